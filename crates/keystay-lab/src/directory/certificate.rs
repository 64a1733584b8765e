//! A certificate as registered on an application: parsed once, used for every assertion.

use std::sync::Arc;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use base64::{Engine, prelude::BASE64_STANDARD, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{DecodingKey, Header};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use time::OffsetDateTime;
use x509_parser::{parse_x509_certificate, public_key::PublicKey};

use super::DirectoryError;

/// The public half of a client's key, with its certificate. Clones are cheap.
#[derive(Clone, Debug)]
pub struct RegisteredCertificate(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    der: Vec<u8>,
    subject: String,
    not_before: OffsetDateTime,
    not_after: OffsetDateTime,
    thumbprint: String,
    x5t: String,
    x5t_s256: String,
    key: DecodingKey,
}

impl RegisteredCertificate {
    /// Reads a certificate in DER form. Entra accepts RSA keys only.
    pub fn parse(der: &[u8]) -> Result<Self, DirectoryError> {
        let (rest, certificate) = parse_x509_certificate(der).map_err(|_| DirectoryError::BadCertificate)?;
        let info = certificate.public_key();
        if !rest.is_empty() || !matches!(info.parsed(), Ok(PublicKey::RSA(_))) {
            return Err(DirectoryError::BadCertificate);
        }
        let sha1 = digest(&SHA1_FOR_LEGACY_USE_ONLY, der);
        Ok(Self(Arc::new(Parts {
            subject: certificate.subject().to_string(),
            not_before: certificate.validity().not_before.to_datetime(),
            not_after: certificate.validity().not_after.to_datetime(),
            x5t: BASE64_URL_SAFE_NO_PAD.encode(sha1),
            x5t_s256: BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, der)),
            key: DecodingKey::from_rsa_der(&info.subject_public_key.data),
            der: der.to_vec(),
            thumbprint: hexadecimal(sha1.as_ref()),
        })))
    }

    /// The certificate in DER form.
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// The subject, as text.
    pub fn subject(&self) -> &str {
        &self.0.subject
    }

    /// The start of its validity.
    pub fn not_before(&self) -> OffsetDateTime {
        self.0.not_before
    }

    /// The end of its validity.
    pub fn not_after(&self) -> OffsetDateTime {
        self.0.not_after
    }

    /// The SHA-1 thumbprint in upper-case hexadecimal, as Azure shows it.
    pub fn thumbprint(&self) -> String {
        self.0.thumbprint.clone()
    }

    /// The SHA-1 thumbprint as in the `x5t` header of a JWT (RFC 7515, section 4.1.7).
    pub fn x5t(&self) -> &str {
        &self.0.x5t
    }

    /// The SHA-256 thumbprint as in the `x5t#S256` header of a JWT (RFC 7515, section 4.1.8).
    pub fn x5t_s256(&self) -> &str {
        &self.0.x5t_s256
    }

    /// Whether the thumbprints in a JWT's header name this certificate; `None` when there are none. SHA-256 decides.
    pub(crate) fn is_named_by(&self, header: &Header) -> Option<bool> {
        match (&header.x5t_s256, &header.x5t) {
            (Some(thumbprint), _) => Some(self.has_sha256(thumbprint)),
            (None, Some(thumbprint)) => Some(self.has_sha1(thumbprint)),
            (None, None) => None,
        }
    }

    fn has_sha256(&self, thumbprint: &str) -> bool {
        base64url(thumbprint) == self.x5t_s256()
    }

    fn has_sha1(&self, thumbprint: &str) -> bool {
        base64url(thumbprint) == self.x5t()
    }

    pub(crate) fn key(&self) -> &DecodingKey {
        &self.0.key
    }
}

impl PartialEq for RegisteredCertificate {
    fn eq(&self, other: &Self) -> bool {
        self.der() == other.der()
    }
}

impl Eq for RegisteredCertificate {}

/// Shipping libraries write thumbprints in the alphabets of base64url (.NET, Node) and of base64 (Go, Rust), padded (Python)
/// or not.
fn base64url(thumbprint: &str) -> String {
    thumbprint.trim_end_matches('=').replace('+', "-").replace('/', "_")
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |text, byte| text + &format!("{byte:02X}"))
}

impl Serialize for RegisteredCertificate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64_STANDARD.encode(self.der()))
    }
}

impl<'de> Deserialize<'de> for RegisteredCertificate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let der = BASE64_STANDARD.decode(text).map_err(D::Error::custom)?;
        Self::parse(&der).map_err(D::Error::custom)
    }
}
