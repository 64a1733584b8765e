//! Azure's role-based access control: role definitions, who has which role where, and the one answer to "may this caller do this
//! here?". The data plane of vaults and Resource Manager ask the same records.
//!
//! Not here: deny assignments, and the evaluation of conditions; a condition is kept and shown. The one condition that is built in,
//! which roles a Data Access Administrator may assign, holds.

mod action;
mod assignment;
mod built_in;
mod definition;
mod lag;
mod records;
mod role;
mod scope;

pub(crate) use assignment::{Assignment, PrincipalType};
pub(crate) use definition::{Permission, Plane, RoleDefinition, RoleType};
pub(crate) use records::{Authorization, Records};
pub use role::Role;
pub(crate) use scope::ResourceScope;
