//! `/keys`: making, reading, changing keys, and what keys can be asked to do.

mod create;
mod encrypt;
mod import;
mod operate;
mod period;
mod random;
mod read;
mod rotation;
mod rotation_policy;
mod sign;
mod update;
mod usable;
mod versioned;
mod wire;

pub(super) use create::create;
pub(super) use import::import;
pub(super) use operate::operation;
pub(super) use random::random_bytes;
pub(super) use read::read;
pub(super) use rotation::{rotate, rotate_due, rotation_policy, set_rotation_policy};
pub(super) use rotation_policy::RotationPolicy;
pub(super) use update::update;
