//! `/keys`: making, reading, changing keys, and what keys can be asked to do.

mod create;
mod deleted;
mod encrypt;
mod import;
mod operate;
mod read;
mod sign;
mod update;
mod usable;
mod wire;

pub(super) use create::create;
pub(super) use deleted::{delete, deleted, list_deleted, purge, recover};
pub(super) use import::import;
pub(super) use operate::operation;
pub(super) use read::{list, list_versions, read};
pub(super) use update::update;
