//! A local Azure: Key Vault, Entra, Graph and managed identity behind their real host names.
//!
//! No product crate is among this crate's dependencies: what judges the product must not share its mistakes.

mod clock;

pub use clock::LabClock;
