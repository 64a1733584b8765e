//! Key Vault: a certificate through its versions.
//!
//! Over the official clients of [`keystay::Vault`], with its limits and retries.

mod certificate;
mod policy;

pub use certificate::{CertificateVersion, Creation, SigningCertificate};
pub use policy::{PolicyFault, SigningPolicy};
