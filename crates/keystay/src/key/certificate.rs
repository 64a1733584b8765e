//! The public half of a key, as it is registered on the app.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

use aws_lc_rs::{
    digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest},
    signature::{
        self, ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED, ParsedPublicKey,
        RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256,
        RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512,
    },
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use x509_parser::{certificate::X509Certificate, prelude::FromDer, public_key::PublicKey};

use super::{Algorithm, Digest, Signature};
use crate::clock::{from_unix_seconds, unix_seconds};

/// An X.509 certificate: thumbprints, validity and the public key. Cheap to clone.
///
/// Nothing about its chain is checked: Entra trusts a certificate because it is registered on the app, and self-signed
/// ones are the rule.
#[derive(Clone)]
pub struct Certificate(Arc<Parsed>);

struct Parsed {
    der: Vec<u8>,
    subject: String,
    not_before: SystemTime,
    not_after: SystemTime,
    kind: KeyKind,
    public_key: Vec<u8>,
    verifiers: Vec<(Algorithm, ParsedPublicKey)>,
}

/// What sort of public key a certificate holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum KeyKind {
    /// RSA, with the length of the modulus.
    Rsa {
        /// Length of the modulus in bits.
        bits: usize,
    },
    /// The curve P-256.
    P256,
    /// The curve P-384.
    P384,
    /// The curve P-521.
    P521,
}

impl KeyKind {
    /// The algorithms a key of this kind can sign with, the preferred one first.
    pub fn algorithms(self) -> &'static [Algorithm] {
        match self {
            Self::Rsa { .. } => &[
                Algorithm::Ps256,
                Algorithm::Ps384,
                Algorithm::Ps512,
                Algorithm::Rs256,
                Algorithm::Rs384,
                Algorithm::Rs512,
            ],
            Self::P256 => &[Algorithm::Es256],
            Self::P384 => &[Algorithm::Es384],
            Self::P521 => &[Algorithm::Es512],
        }
    }
}

impl fmt::Display for KeyKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rsa { bits } => write!(formatter, "RSA {bits}"),
            Self::P256 => formatter.write_str("EC P-256"),
            Self::P384 => formatter.write_str("EC P-384"),
            Self::P521 => formatter.write_str("EC P-521"),
        }
    }
}

impl Certificate {
    /// Reads a certificate in DER.
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        let (rest, certificate) = X509Certificate::from_der(der).map_err(|_| CertificateError::Malformed)?;
        if !rest.is_empty() {
            return Err(CertificateError::Malformed);
        }
        let spki = certificate.public_key();
        let kind = key_kind(spki)?;
        let verifiers = kind
            .algorithms()
            .iter()
            .map(|&algorithm| Ok((algorithm, parse_public_key(algorithm, spki.raw)?)))
            .collect::<Result<_, CertificateError>>()?;
        let moment =
            |time: x509_parser::time::ASN1Time| from_unix_seconds(u64::try_from(time.timestamp()).unwrap_or(0));
        Ok(Self(Arc::new(Parsed {
            der: der.to_vec(),
            subject: certificate.subject().to_string(),
            not_before: moment(certificate.validity().not_before),
            not_after: moment(certificate.validity().not_after),
            kind,
            public_key: spki.raw.to_vec(),
            verifiers,
        })))
    }

    /// Reads the first `CERTIFICATE` block of a PEM text.
    pub fn from_pem(text: &str) -> Result<Self, CertificateError> {
        let blocks = pem::parse_many(text).map_err(|_| CertificateError::Malformed)?;
        let block = blocks.iter().find(|block| block.tag() == "CERTIFICATE").ok_or(CertificateError::NoCertificate)?;
        Self::from_der(block.contents())
    }

    /// The certificate in DER.
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// The subject's name, for people.
    pub fn subject(&self) -> &str {
        &self.0.subject
    }

    /// The beginning of its validity.
    pub fn not_before(&self) -> SystemTime {
        self.0.not_before
    }

    /// The end of its validity. Entra refuses it afterwards (AADSTS1000502).
    pub fn not_after(&self) -> SystemTime {
        self.0.not_after
    }

    /// How long it stays valid after `now`; zero when it is over.
    pub fn remaining(&self, now: SystemTime) -> Duration {
        Duration::from_secs(unix_seconds(self.0.not_after).saturating_sub(unix_seconds(now)))
    }

    /// The kind of its public key.
    pub fn key_kind(&self) -> KeyKind {
        self.0.kind
    }

    /// The header value `x5t#S256`: base64url of the SHA-256 of the DER, without padding (RFC 7515 section 4.1.8).
    pub fn x5t_s256(&self) -> String {
        URL_SAFE_NO_PAD.encode(digest(&SHA256, &self.0.der))
    }

    /// The header value `x5t`: base64url of the SHA-1 of the DER, without padding (RFC 7515 section 4.1.7).
    pub fn x5t(&self) -> String {
        URL_SAFE_NO_PAD.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, &self.0.der))
    }

    /// The SHA-1 thumbprint in upper-case hexadecimal, as the portal shows it.
    pub fn thumbprint(&self) -> String {
        use std::fmt::Write;
        digest(&SHA1_FOR_LEGACY_USE_ONLY, &self.0.der).as_ref().iter().fold(String::new(), |mut text, byte| {
            // writing to a String cannot fail
            let _ = write!(text, "{byte:02X}");
            text
        })
    }

    /// Whether `signature` was made over `digest` by the private key that belongs to this certificate.
    pub fn verifies(&self, digest: &Digest, signature: &Signature) -> bool {
        self.0
            .verifiers
            .iter()
            .find(|(algorithm, _)| *algorithm == digest.algorithm())
            .is_some_and(|(_, key)| key.verify_digest_sig(digest.hash(), signature.as_bytes()).is_ok())
    }

    /// Whether two certificates hold the same public key.
    pub fn same_key(&self, other: &Self) -> bool {
        self.0.public_key == other.0.public_key
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Certificate({}, {}, {})", self.subject(), self.key_kind(), self.thumbprint())
    }
}

/// Why bytes are no certificate to sign under.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// Not DER or PEM of a certificate.
    #[error("this is not an X.509 certificate")]
    Malformed,
    /// A PEM text without the block.
    #[error("the PEM text holds no `CERTIFICATE` block")]
    NoCertificate,
    /// A key nobody here can use.
    #[error("the certificate's key is not RSA of at least 2048 bits, nor EC on P-256, P-384 or P-521")]
    UnsupportedKey,
}

fn key_kind(spki: &x509_parser::x509::SubjectPublicKeyInfo<'_>) -> Result<KeyKind, CertificateError> {
    match spki.parsed() {
        Ok(PublicKey::RSA(key)) => Ok(KeyKind::Rsa { bits: key.key_size() }),
        Ok(PublicKey::EC(point)) => match point.key_size() {
            256 => Ok(KeyKind::P256),
            384 => Ok(KeyKind::P384),
            521 | 528 => Ok(KeyKind::P521),
            _ => Err(CertificateError::UnsupportedKey),
        },
        _ => Err(CertificateError::UnsupportedKey),
    }
}

/// Parsed once, so that checking a signature costs no parsing. Refuses curves that only look like P-256 (secp256k1).
fn parse_public_key(algorithm: Algorithm, spki: &[u8]) -> Result<ParsedPublicKey, CertificateError> {
    let verification: &'static dyn signature::VerificationAlgorithm = match algorithm {
        Algorithm::Es256 => &ECDSA_P256_SHA256_FIXED,
        Algorithm::Es384 => &ECDSA_P384_SHA384_FIXED,
        Algorithm::Es512 => &ECDSA_P521_SHA512_FIXED,
        Algorithm::Ps256 => &RSA_PSS_2048_8192_SHA256,
        Algorithm::Ps384 => &RSA_PSS_2048_8192_SHA384,
        Algorithm::Ps512 => &RSA_PSS_2048_8192_SHA512,
        Algorithm::Rs256 => &RSA_PKCS1_2048_8192_SHA256,
        Algorithm::Rs384 => &RSA_PKCS1_2048_8192_SHA384,
        Algorithm::Rs512 => &RSA_PKCS1_2048_8192_SHA512,
    };
    ParsedPublicKey::new(verification, spki).map_err(|_| CertificateError::UnsupportedKey)
}
