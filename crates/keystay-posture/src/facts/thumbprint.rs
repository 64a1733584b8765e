//! What identifies a certificate, and until when it is good.

use std::fmt;

use aws_lc_rs::digest;
use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use time::OffsetDateTime;
use x509_parser::prelude::{FromDer, X509Certificate};

/// SHA-1 of a certificate's DER: what Entra and Key Vault call its thumbprint. An identifier here, not a protection.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Thumbprint([u8; 20]);

impl Thumbprint {
    /// Of a certificate in DER.
    pub fn of(der: &[u8]) -> Self {
        let mut bytes = [0; 20];
        bytes.copy_from_slice(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, der).as_ref());
        Self(bytes)
    }

    /// Reads it as hex, as base64 or as base64url: Entra and the tools around it write all three.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().trim_end_matches('=');
        let bytes = if text.len() == 40 {
            let digit = |at: usize| u8::from_str_radix(text.get(at..at + 2)?, 16).ok();
            (0..40).step_by(2).map(digit).collect::<Option<Vec<u8>>>()?
        } else {
            let text = text.replace('+', "-").replace('/', "_");
            BASE64_URL_SAFE_NO_PAD.decode(text).ok()?
        };
        Some(Self(bytes.try_into().ok()?))
    }
}

impl fmt::Display for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02X}"))
    }
}

impl fmt::Debug for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What a certificate says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Certified {
    pub(crate) thumbprint: Thumbprint,
    pub(crate) not_before: OffsetDateTime,
    pub(crate) not_after: OffsetDateTime,
}

impl Certified {
    /// Reads a certificate in base64 of its DER.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let der = BASE64_STANDARD.decode(text.trim()).ok()?;
        let (_, certificate) = X509Certificate::from_der(&der).ok()?;
        let validity = certificate.validity();
        Some(Self {
            thumbprint: Thumbprint::of(&der),
            not_before: validity.not_before.to_datetime(),
            not_after: validity.not_after.to_datetime(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thumbprint_in_every_spelling() {
        // SHA-1 of the empty text, FIPS 180-4 implementations' classic vector
        let expected = Thumbprint::of(b"");
        assert_eq!(expected.to_string(), "DA39A3EE5E6B4B0D3255BFEF95601890AFD80709");
        for text in [
            "DA39A3EE5E6B4B0D3255BFEF95601890AFD80709",
            "da39a3ee5e6b4b0d3255bfef95601890afd80709",
            "2jmj7l5rSw0yVb/vlWAYkK/YBwk=",
            "2jmj7l5rSw0yVb_vlWAYkK_YBwk",
        ] {
            assert_eq!(Thumbprint::parse(text), Some(expected), "{text}");
        }
        for text in ["", "DA39", "zz39A3EE5E6B4B0D3255BFEF95601890AFD80709", "ééééééééééééééééééééé"]
        {
            assert_eq!(Thumbprint::parse(text), None, "{text}");
        }
    }
}
