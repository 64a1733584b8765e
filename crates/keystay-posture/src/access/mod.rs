//! Who can get a signature, and by which way.
//!
//! A power is one thing somebody can do at one place. Roles give actions, with wildcards and exceptions; assignments give
//! roles at a scope and everything below it; groups hand on what they have. All three are indexed once: the work grows
//! with the number of assignments and memberships, not with their product.
//!
//! Deny assignments and conditions are not evaluated. Both only take away, so nobody is missed; somebody may be named who
//! is stopped by one.

mod action;
mod built_in;
mod groups;
mod place;
mod power;
mod reach;
mod roles;
#[cfg(test)]
mod tests;

pub(crate) use built_in::CONTROL_ROLES;
pub(crate) use groups::Groups;
pub(crate) use place::contains;
pub(crate) use power::{Power, Powers};
pub(crate) use reach::{Grant, Holder, Reach, Targets};
pub(crate) use roles::Roles;
