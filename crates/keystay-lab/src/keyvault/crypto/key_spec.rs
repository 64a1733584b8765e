//! What kind of key is wanted: type, size, curve.

use serde::{Deserialize, Serialize};

use crate::keyvault::wire::VaultError;

/// `kty`. The HSM types are kept in software here, but never leave the lab by any service operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum KeyType {
    /// An RSA key in software.
    #[serde(rename = "RSA")]
    Rsa,
    /// An RSA key in an HSM.
    #[serde(rename = "RSA-HSM")]
    RsaHsm,
    /// An elliptic-curve key in software.
    #[serde(rename = "EC")]
    Ec,
    /// An elliptic-curve key in an HSM.
    #[serde(rename = "EC-HSM")]
    EcHsm,
}

impl KeyType {
    /// Reads `kty` as a key request has it.
    pub(in crate::keyvault) fn parse(text: &str) -> Result<Self, VaultError> {
        let all = [Self::Rsa, Self::RsaHsm, Self::Ec, Self::EcHsm];
        all.into_iter().find(|kty| kty.name() == text).ok_or_else(|| VaultError::unknown_key_type(text))
    }

    pub(in crate::keyvault) fn is_hsm(self) -> bool {
        matches!(self, Self::RsaHsm | Self::EcHsm)
    }

    pub(in crate::keyvault) fn is_rsa(self) -> bool {
        matches!(self, Self::Rsa | Self::RsaHsm)
    }

    /// What a key of the type can do, as `key_ops`.
    pub(in crate::keyvault) fn operations(self) -> &'static [&'static str] {
        if self.is_rsa() {
            &["encrypt", "decrypt", "sign", "verify", "wrapKey", "unwrapKey"]
        } else {
            &["sign", "verify"]
        }
    }

    /// The same family of keys, in an HSM or not.
    pub(in crate::keyvault) fn in_hsm(self, hsm: bool) -> Self {
        match (self.is_rsa(), hsm) {
            (true, true) => Self::RsaHsm,
            (true, false) => Self::Rsa,
            (false, true) => Self::EcHsm,
            (false, false) => Self::Ec,
        }
    }

    pub(in crate::keyvault) fn name(self) -> &'static str {
        match self {
            Self::Rsa => "RSA",
            Self::RsaHsm => "RSA-HSM",
            Self::Ec => "EC",
            Self::EcHsm => "EC-HSM",
        }
    }
}

/// `crv`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Curve {
    /// NIST P-256.
    #[serde(rename = "P-256")]
    P256,
    /// secp256k1.
    #[serde(rename = "P-256K")]
    P256K,
    /// NIST P-384.
    #[serde(rename = "P-384")]
    P384,
    /// NIST P-521.
    #[serde(rename = "P-521")]
    P521,
}

impl Curve {
    pub(in crate::keyvault) const ALL: [Self; 4] = [Self::P256, Self::P256K, Self::P384, Self::P521];

    pub(in crate::keyvault) fn name(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P256K => "P-256K",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
        }
    }
}

/// Everything needed to make a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeySpec {
    Rsa { bits: u32 },
    Ec(Curve),
}

impl KeySpec {
    /// Reads a request's type, size and curve; the service's defaults are RSA 2048 and P-256.
    pub(in crate::keyvault) fn new(kty: KeyType, bits: Option<u32>, curve: Option<Curve>) -> Result<Self, VaultError> {
        if !kty.is_rsa() {
            return Ok(Self::Ec(curve.unwrap_or(Curve::P256)));
        }
        match bits.unwrap_or(2048) {
            bits @ (2048 | 3072 | 4096) => Ok(Self::Rsa { bits }),
            other => Err(VaultError::bad_parameter(format!(
                "Invalid key size: {other}. RSA keys may have 2048, 3072 or 4096 bits."
            ))),
        }
    }
}
