//! The life of an app's credential: set up, bring tenants in, rotate, and cut when something was stolen.
//!
//! The calls to Key Vault, Graph and Resource Manager that change or collect things. Each operation is idempotent and goes
//! on from what it observes, so a run that was broken off is simply run again.

pub mod tenants;
