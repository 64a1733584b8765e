//! How much anybody may ask for: strangers, callers, and the broker itself of a vault.

mod attempts;
mod bucket;
mod settings;
mod signs;
mod strangers;
mod turnstile;
mod turnstiles;

pub(crate) use bucket::Bucket;
pub use settings::Limits;
pub(crate) use settings::within;
pub(crate) use signs::{SignBudget, SignBudgets, in_ten_seconds};
pub(crate) use strangers::Strangers;
pub(crate) use turnstile::Busy;
pub(crate) use turnstiles::Turnstiles;
