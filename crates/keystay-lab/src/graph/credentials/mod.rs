//! What applications and service principals authenticate with: certificates, secrets, tokens of others.

mod changed;
pub(super) mod federated;
mod holder;
pub(super) mod keys;
pub(super) mod passwords;
pub(super) mod proof;

pub(super) use changed::Look;
pub(super) use holder::{Holder, Restricted, Target};
