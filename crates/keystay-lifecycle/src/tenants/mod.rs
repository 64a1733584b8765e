//! The vendor's own list of customers and their tenants, which Entra does not give: an embedded database.
//!
//! It holds names, permissions, moments and words; no token, no key, and of links and browsers only hashes.

mod attempts;
mod checks;
mod database;
mod document;
mod error;
mod record;
mod register;
mod rows;
#[cfg(test)]
mod tests;

pub use attempts::{Attempt, Begun, NotSpent};
pub use checks::{Belonging, Check, Meaning};
pub use database::Tenants;
pub use document::{Entry, Imported, read_csv, read_json, write_csv, write_json};
pub use error::TenantsError;
pub use record::{HistoryLine, RecordId, RefusalNote, TenantRecord, TenantState, UnknownState};
pub use register::{Invitation, Selection};
