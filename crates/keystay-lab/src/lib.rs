//! A local Azure: Key Vault, Entra, Graph and managed identity behind their real host names.
//!
//! No product crate is among this crate's dependencies: what judges the product must not share its mistakes.

#[allow(dead_code, reason = "the lab's front door is being built beside it")]
mod bearer;
mod clock;
#[allow(dead_code, unused_imports, reason = "the lab's front door is being built beside it")]
mod keyvault;
#[allow(dead_code, reason = "the lab's front door is being built beside it")]
mod request_host;

pub use clock::LabClock;
