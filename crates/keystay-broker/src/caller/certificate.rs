//! Callers that show a certificate in the TLS handshake.

use std::{fmt, str::FromStr};

use serde::{Serialize, Serializer};

use super::sha256;

/// The SHA-256 of a certificate in DER: what `openssl x509 -fingerprint -sha256` prints.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct CertificateHash([u8; 32]);

impl CertificateHash {
    /// The hash of a certificate in DER.
    pub fn of(der: &[u8]) -> Self {
        Self(sha256::of(der))
    }
}

/// Not the hash of a certificate.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("expected the SHA-256 of a certificate in 64 hexadecimal digits, with colons or without")]
pub struct CertificateHashError;

impl FromStr for CertificateHash {
    type Err = CertificateHashError;

    fn from_str(text: &str) -> Result<Self, CertificateHashError> {
        sha256::from_hex(&text.replace(':', "")).map(Self).ok_or(CertificateHashError)
    }
}

impl fmt::Display for CertificateHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&sha256::to_hex(self.0))
    }
}

impl Serialize for CertificateHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
