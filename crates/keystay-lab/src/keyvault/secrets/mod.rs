//! `/secrets`: plain secrets, and the secrets certificates own.

mod named;
mod read;
mod wire;
mod write;

pub(super) use read::{list, list_versions, read};
pub(super) use write::{set, update};
