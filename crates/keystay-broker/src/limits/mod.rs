//! How much anybody may ask for: strangers, callers, and the broker itself of a vault.

mod settings;
mod strangers;

pub use settings::Limits;
pub(crate) use strangers::Strangers;
