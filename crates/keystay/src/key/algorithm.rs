//! Signature algorithms, what they sign and what comes back.

use std::fmt;

use aws_lc_rs::digest::{self, SHA256, SHA384, SHA512};

/// A signature algorithm by its name in JOSE (RFC 7518 section 3.1), which is also Key Vault's.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Algorithm {
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// ECDSA on P-521 with SHA-512.
    Es512,
    /// RSASSA-PSS with SHA-256, salt as long as the hash.
    Ps256,
    /// RSASSA-PSS with SHA-384.
    Ps384,
    /// RSASSA-PSS with SHA-512.
    Ps512,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
}

impl Algorithm {
    /// The name in a JOSE header.
    pub fn name(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::Es512 => "ES512",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
        }
    }

    fn hash(self) -> &'static digest::Algorithm {
        match self {
            Self::Es256 | Self::Ps256 | Self::Rs256 => &SHA256,
            Self::Es384 | Self::Ps384 | Self::Rs384 => &SHA384,
            Self::Es512 | Self::Ps512 | Self::Rs512 => &SHA512,
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// A message's hash, made with the hash of the algorithm that will sign it, and so of the length Key Vault demands.
#[derive(Clone)]
pub struct Digest {
    algorithm: Algorithm,
    hash: digest::Digest,
}

impl Digest {
    /// Hashes `message` for `algorithm`.
    pub fn of(algorithm: Algorithm, message: &[u8]) -> Self {
        Self { algorithm, hash: digest::digest(algorithm.hash(), message) }
    }

    /// The algorithm this digest is for.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The hash: 32, 48 or 64 bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.hash.as_ref()
    }

    pub(super) fn hash(&self) -> &digest::Digest {
        &self.hash
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Digest({})", self.algorithm)
    }
}

/// A signature in the encoding of JWS: an RSA block, or `r‖s`. `Debug` shows its length only.
#[derive(Clone, Eq, PartialEq)]
pub struct Signature(Vec<u8>);

impl Signature {
    /// Takes over the bytes the keeper returned.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Signature({} bytes)", self.0.len())
    }
}
