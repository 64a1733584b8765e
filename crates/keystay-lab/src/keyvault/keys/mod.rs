//! `/keys`: making, reading, changing keys, and signing with them.

mod create;
mod deleted;
mod import;
mod read;
mod sign;
mod update;
mod wire;

pub(super) use create::create;
pub(super) use deleted::{delete, deleted, list_deleted, purge, recover};
pub(super) use import::import;
pub(super) use read::{list, list_versions, read};
pub(super) use sign::{sign, verify};
pub(super) use update::update;
