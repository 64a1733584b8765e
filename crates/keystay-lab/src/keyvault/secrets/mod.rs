//! `/secrets`: plain secrets, and the secrets certificates own.

mod read;
mod versioned;
mod wire;
mod write;

pub(super) use read::read;
pub(super) use write::{set, update};
