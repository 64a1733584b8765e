//! What applications and service principals authenticate with: certificates, secrets, tokens of others.

pub(super) mod federated;
mod holder;
pub(super) mod keys;
pub(super) mod passwords;
pub(super) mod proof;

pub(super) use holder::{Holder, Restricted, Target};
