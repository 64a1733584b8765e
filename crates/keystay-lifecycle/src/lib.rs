//! The life of an app's credential: set up, bring tenants in, rotate, and cut when something was stolen.
//!
//! The calls to Key Vault, Graph and Resource Manager that change or collect things. Each operation is idempotent and goes
//! on from what it observes, so a run that was broken off is simply run again.
//!
//! [`graph`], [`resource_manager`] and [`vault`] are thin typed calls, for every operation to share. All go over one
//! [`Transport`](keystay::Transport), in the name of a [`TokenCredential`](keystay::TokenCredential) of the operator.
//! [`onboard`] needs none of them: its proof of a consent is a token, and [`tenants`] is the list it keeps.
//! [`collect`] reads what the doctor asks for.

pub mod breach;
mod call;
pub mod collect;
mod files;
pub mod graph;
pub mod onboard;
pub mod resource_manager;
pub mod rotate;
pub mod setup;
pub mod tenants;
pub mod vault;

pub use call::{CallError, CallErrorKind, Remote};
