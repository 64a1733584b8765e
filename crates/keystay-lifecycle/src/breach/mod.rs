//! The breach cut: ends what a stolen credential is worth, in the order that ends it soonest.
//!
//! ```text
//! 0 save      everything that is about to be removed, in the record
//! 1 remove    certificates, secrets and federated credentials that are not on the allow list: foreign ones first
//! 2 disable   the versions of the signing key
//! 3 role      the signing identity's right to sign; optionally the vault's public network
//! 4 app       optionally: owners, who could undo it, then the app itself, in every tenant
//! 5 tell      when the last token that was given out dies
//! ```
//!
//! Removing the credential comes before disabling the key: assertions made ahead live until it is removed. Every step is
//! done whether or not another one failed, so it works while the vault or Graph cannot be reached; run again, it does what is left.

mod cut;
mod plan;
mod record;
mod settings;

pub use cut::{Cut, CutError};
pub use plan::{Action, CutPlan, Whose};
pub use record::{CutRecord, Outcome, Saved};
pub use settings::CutSettings;
