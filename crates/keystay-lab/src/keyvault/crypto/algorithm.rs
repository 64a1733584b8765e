//! The signature algorithms of `sign` and `verify`: which digest, which key, which encoding.

use aws_lc_rs::{
    digest::{self, Digest},
    rsa,
    signature::{
        self, EcdsaSigningAlgorithm, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384,
        RSA_PKCS1_2048_8192_SHA512, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_2048_8192_SHA256,
        RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512,
        VerificationAlgorithm,
    },
};

use super::key_spec::Curve;
use crate::keyvault::wire::VaultError;

/// A JOSE signature algorithm (RFC 7518 section 3, RFC 8812 for ES256K) that takes a finished digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::keyvault) enum Algorithm {
    Rs256,
    Rs384,
    Rs512,
    Ps256,
    Ps384,
    Ps512,
    Es256,
    Es256K,
    Es384,
    Es512,
}

impl Algorithm {
    pub(in crate::keyvault) fn parse(name: &str) -> Result<Self, VaultError> {
        ALL.into_iter().find(|algorithm| algorithm.name() == name).ok_or_else(|| {
            VaultError::bad_parameter(format!(
                "Property alg has invalid value\r\n: '{name}' is not a signature algorithm this key vault supports."
            ))
        })
    }

    pub(in crate::keyvault) fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::Es256 => "ES256",
            Self::Es256K => "ES256K",
            Self::Es384 => "ES384",
            Self::Es512 => "ES512",
        }
    }

    /// Takes a finished digest. `field` is its name in the body.
    pub(in crate::keyvault) fn digest(self, field: &str, bytes: &[u8]) -> Result<Digest, VaultError> {
        self.check_length(field, bytes)?;
        Digest::import_less_safe(bytes, self.hash())
            .map_err(|_| VaultError::internal("the digest is not one of its hash function"))
    }

    /// Refuses a digest that does not have exactly the length the algorithm hashes to.
    fn check_length(self, field: &str, bytes: &[u8]) -> Result<(), VaultError> {
        let required = self.hash().output_len();
        if bytes.len() == required {
            return Ok(());
        }
        Err(VaultError::bad_parameter(format!(
            "Invalid length of '{field}': {} bytes. {} requires {required} bytes, encoded with base64url.",
            bytes.len(),
            self.name(),
        )))
    }

    /// The encoding an RSA key signs in; none for elliptic curves.
    pub(super) fn rsa_signing(self) -> Option<&'static dyn signature::RsaEncoding> {
        Some(match self {
            Self::Rs256 => &RSA_PKCS1_SHA256,
            Self::Rs384 => &RSA_PKCS1_SHA384,
            Self::Rs512 => &RSA_PKCS1_SHA512,
            Self::Ps256 => &RSA_PSS_SHA256,
            Self::Ps384 => &RSA_PSS_SHA384,
            Self::Ps512 => &RSA_PSS_SHA512,
            Self::Es256 | Self::Es256K | Self::Es384 | Self::Es512 => return None,
        })
    }

    /// The curve the algorithm belongs to; none for RSA.
    pub(in crate::keyvault) fn curve(self) -> Option<Curve> {
        match self {
            Self::Es256 => Some(Curve::P256),
            Self::Es256K => Some(Curve::P256K),
            Self::Es384 => Some(Curve::P384),
            Self::Es512 => Some(Curve::P521),
            _ => None,
        }
    }

    /// How a signature is checked. Elliptic-curve signatures are the two numbers side by side, as JOSE wants them.
    pub(super) fn verification(self) -> &'static dyn VerificationAlgorithm {
        match self {
            Self::Rs256 => &RSA_PKCS1_2048_8192_SHA256,
            Self::Rs384 => &RSA_PKCS1_2048_8192_SHA384,
            Self::Rs512 => &RSA_PKCS1_2048_8192_SHA512,
            Self::Ps256 => &RSA_PSS_2048_8192_SHA256,
            Self::Ps384 => &RSA_PSS_2048_8192_SHA384,
            Self::Ps512 => &RSA_PSS_2048_8192_SHA512,
            Self::Es256 => &signature::ECDSA_P256_SHA256_FIXED,
            Self::Es256K => &signature::ECDSA_P256K1_SHA256_FIXED,
            Self::Es384 => &signature::ECDSA_P384_SHA384_FIXED,
            Self::Es512 => &signature::ECDSA_P521_SHA512_FIXED,
        }
    }

    fn hash(self) -> &'static digest::Algorithm {
        match self {
            Self::Rs256 | Self::Ps256 | Self::Es256 | Self::Es256K => &digest::SHA256,
            Self::Rs384 | Self::Ps384 | Self::Es384 => &digest::SHA384,
            Self::Rs512 | Self::Ps512 | Self::Es512 => &digest::SHA512,
        }
    }
}

/// How a key on the curve signs.
pub(in crate::keyvault) fn ecdsa_signing(curve: Curve) -> &'static EcdsaSigningAlgorithm {
    match curve {
        Curve::P256 => &signature::ECDSA_P256_SHA256_FIXED_SIGNING,
        Curve::P256K => &signature::ECDSA_P256K1_SHA256_FIXED_SIGNING,
        Curve::P384 => &signature::ECDSA_P384_SHA384_FIXED_SIGNING,
        Curve::P521 => &signature::ECDSA_P521_SHA512_FIXED_SIGNING,
    }
}

/// The library's name for an RSA size the service allows.
pub(super) fn rsa_size(bits: u32) -> rsa::KeySize {
    match bits {
        4096 => rsa::KeySize::Rsa4096,
        3072 => rsa::KeySize::Rsa3072,
        _ => rsa::KeySize::Rsa2048,
    }
}

const ALL: [Algorithm; 10] = [
    Algorithm::Rs256,
    Algorithm::Rs384,
    Algorithm::Rs512,
    Algorithm::Ps256,
    Algorithm::Ps384,
    Algorithm::Ps512,
    Algorithm::Es256,
    Algorithm::Es256K,
    Algorithm::Es384,
    Algorithm::Es512,
];
