//! Keys that sign and stay where they are.

mod algorithm;
mod certificate;
mod error;
mod local;
mod object_id;
mod vault;

use std::fmt;

use async_trait::async_trait;
use tracing::field::Empty;
use uuid::Uuid;

pub use algorithm::{Algorithm, Digest, Signature};
pub use certificate::{Certificate, CertificateError, KeyKind};
pub use error::{KeyError, KeyErrorKind};
pub use local::LocalKey;
pub use object_id::{ObjectId, ObjectIdError, ObjectKind, VaultUrl};
pub use vault::{Vault, VaultKey};

use crate::traced::traced;

/// A private key somebody else keeps, together with the certificate that is its public half.
///
/// **Who hashes:** the caller; the key sees a [`Digest`], which knows its algorithm and so has the right length.
/// **Which encoding returns:** the one of JWS (RFC 7518 sections 3.3 to 3.5): for RSA the block as long as the modulus,
/// for ECDSA `r‖s` of fixed length, never DER.
/// **Concurrency:** any number of signatures at once. **Cancellation:** dropping the future abandons the signature; the
/// keeper may have made, counted and billed it.
///
/// An implementation need not verify what it returns: [`sign_verified`] does, for every key.
#[async_trait]
pub trait SigningKey: fmt::Debug + Send + Sync {
    /// What messages call this key: the vault's key URL with its version, or a file.
    fn id(&self) -> &str;

    /// The certificate whose public key belongs to this private key.
    fn certificate(&self) -> &Certificate;

    /// Whether the private key could leave its place.
    fn exportability(&self) -> Exportability;

    /// What keeps the private key, as far as it is known: how many signatures it makes depends on it.
    fn keeper(&self) -> Keeper {
        Keeper::Unknown
    }

    /// Signs a digest. `request` names this signature in the keeper's own log (Key Vault: `correlationId`).
    async fn sign(&self, digest: &Digest, request: Uuid) -> Result<Signature, KeyError>;
}

/// Whether a private key can be copied away by somebody with enough rights.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Exportability {
    /// It can never leave: signatures only.
    NonExportable,
    /// It can be downloaded, or already lies in a file.
    Exportable,
    /// What was read does not tell.
    Unknown,
}

impl fmt::Display for Exportability {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::NonExportable => "non-exportable",
            Self::Exportable => "exportable",
            Self::Unknown => "unknown",
        })
    }
}

/// What keeps a private key.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Keeper {
    /// Software: a vault's keys of types `RSA` and `EC`, or a file.
    Software,
    /// A vault's hardware security module: its keys of types `RSA-HSM` and `EC-HSM`.
    VaultHsm,
    /// A Managed HSM.
    ManagedHsm,
    /// What was read does not tell.
    Unknown,
}

/// Signs a digest and verifies the signature against the key's certificate before anybody uses it.
///
/// Catches a rotated key, a wrong version and a faulty keeper here, with a clear message, instead of as AADSTS700027 at
/// the other end. Costs one RSA verification, about 15 µs.
pub async fn sign_verified(key: &dyn SigningKey, digest: &Digest, request: Uuid) -> Result<Signature, KeyError> {
    let span = tracing::debug_span!("sign", "error.type" = Empty);
    let signature = traced(span, key.sign(digest, request), KeyError::code).await?;
    if key.certificate().verifies(digest, &signature) {
        Ok(signature)
    } else {
        Err(KeyError::new(key.id(), KeyErrorKind::WrongSignature))
    }
}
