//! Secrets of callers, known by their hash only.

use std::{fmt, str::FromStr};

use aws_lc_rs::digest::{SHA256, digest};

/// The SHA-256 of a caller's secret. The secret itself is random and long, so a plain hash protects it.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub struct BearerHash([u8; 32]);

/// A secret is at least so many characters of base64url: 256 bits.
const LEAST_LENGTH: usize = 43;

impl BearerHash {
    /// The hash of a secret as it was presented.
    pub fn of(secret: &str) -> Self {
        let mut hash = [0; 32];
        hash.copy_from_slice(digest(&SHA256, secret.as_bytes()).as_ref());
        Self(hash)
    }

    /// The hash as the configuration has it.
    pub fn to_hex(self) -> String {
        use std::fmt::Write;
        self.0.iter().fold(String::with_capacity(64), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }

    /// Whether a text is long enough to be a secret of a caller at all.
    pub fn could_be_secret(text: &str) -> bool {
        (LEAST_LENGTH..=512).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
    }
}

impl FromStr for BearerHash {
    type Err = BearerHashError;

    fn from_str(text: &str) -> Result<Self, BearerHashError> {
        let mut hash = [0; 32];
        if text.len() != 64 || !text.is_ascii() {
            return Err(BearerHashError);
        }
        for (byte, digits) in hash.iter_mut().zip(text.as_bytes().chunks(2)) {
            let digits = std::str::from_utf8(digits).map_err(|_| BearerHashError)?;
            *byte = u8::from_str_radix(digits, 16).map_err(|_| BearerHashError)?;
        }
        Ok(Self(hash))
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
