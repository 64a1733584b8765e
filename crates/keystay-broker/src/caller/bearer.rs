//! Secrets of callers, known by their hash only.

use std::{fmt, str::FromStr};

use super::sha256;

/// The SHA-256 of a caller's secret. The secret itself is random and long, so a plain hash protects it.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub struct BearerHash([u8; 32]);

/// A secret is at least so many characters of base64url: 256 bits.
const LEAST_LENGTH: usize = 43;

impl BearerHash {
    /// The hash of a secret as it was presented.
    pub fn of(secret: &str) -> Self {
        Self(sha256::of(secret.as_bytes()))
    }

    /// The hash as the configuration has it.
    pub fn to_hex(self) -> String {
        sha256::to_hex(self.0)
    }

    /// Whether a text is long enough to be a secret of a caller at all.
    pub fn could_be_secret(text: &str) -> bool {
        (LEAST_LENGTH..=512).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
    }
}

impl FromStr for BearerHash {
    type Err = BearerHashError;

    fn from_str(text: &str) -> Result<Self, BearerHashError> {
        sha256::from_hex(text).map(Self).ok_or(BearerHashError)
    }
}

/// The text is not repeated: somebody may have written the secret itself.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("expected the SHA-256 of a secret in 64 hexadecimal digits; `keystay secret` makes both")]
pub struct BearerHashError;

impl fmt::Debug for BearerHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("BearerHash([redacted])")
    }
}
