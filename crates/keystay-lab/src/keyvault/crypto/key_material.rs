//! A private key as the lab holds it: parsed once, signing from then on.

use std::fmt;

use aws_lc_rs::{
    digest::Digest,
    encoding::AsDer as _,
    rsa::KeyPair as RsaKeyPair,
    signature::{EcdsaKeyPair, KeyPair as _, UnparsedPublicKey},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};

use super::{
    algorithm::{Algorithm, ecdsa_signing, rsa_size},
    key_spec::{Curve, KeySpec},
};
use crate::keyvault::wire::{BASE64URL, VaultError};

/// A private key with its PKCS#8 form. Signing takes `&self`, so any number of requests sign at once.
#[derive(Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct KeyMaterial {
    pair: Pair,
    pkcs8: Vec<u8>,
}

enum Pair {
    Rsa(RsaKeyPair),
    Ec(Curve, EcdsaKeyPair),
}

/// The public half in JWK members, base64url.
#[derive(Clone, Debug, Default, Serialize)]
pub(in crate::keyvault) struct PublicJwk {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::keyvault) n: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::keyvault) e: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::keyvault) crv: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::keyvault) x: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::keyvault) y: Option<String>,
}

impl KeyMaterial {
    /// Makes a key. RSA takes from tenths of a second to seconds: not for a thread that serves others.
    pub(crate) fn generate(spec: KeySpec) -> Result<Self, VaultError> {
        let failed = |_| VaultError::internal("the key could not be generated");
        let pair = match spec {
            KeySpec::Rsa { bits } => Pair::Rsa(RsaKeyPair::generate(rsa_size(bits)).map_err(failed)?),
            KeySpec::Ec(curve) => Pair::Ec(curve, EcdsaKeyPair::generate(ecdsa_signing(curve)).map_err(failed)?),
        };
        Self::of(pair)
    }

    /// Reads an unencrypted PKCS#8 key (RFC 5208).
    pub(in crate::keyvault) fn from_pkcs8(der: &[u8]) -> Result<Self, VaultError> {
        if let Ok(pair) = RsaKeyPair::from_pkcs8(der) {
            return Self::of(Pair::Rsa(pair));
        }
        Curve::ALL
            .into_iter()
            .find_map(|curve| {
                EcdsaKeyPair::from_pkcs8(ecdsa_signing(curve), der).ok().map(|pair| Pair::Ec(curve, pair))
            })
            .ok_or_else(|| {
                VaultError::bad_parameter("The private key is neither an RSA key nor one on a supported curve.")
            })
            .and_then(Self::of)
    }

    pub(in crate::keyvault) fn from_rsa(pair: RsaKeyPair) -> Result<Self, VaultError> {
        Self::of(Pair::Rsa(pair))
    }

    pub(in crate::keyvault) fn from_ec(curve: Curve, pair: EcdsaKeyPair) -> Result<Self, VaultError> {
        Self::of(Pair::Ec(curve, pair))
    }

    fn of(pair: Pair) -> Result<Self, VaultError> {
        let failed = |_| VaultError::internal("the key could not be encoded");
        let pkcs8 = match &pair {
            Pair::Rsa(pair) => pair.as_der().map_err(failed)?.as_ref().to_vec(),
            Pair::Ec(_, pair) => pair.to_pkcs8v1().map_err(failed)?.as_ref().to_vec(),
        };
        Ok(Self { pair, pkcs8 })
    }

    /// The private key in PKCS#8 DER.
    pub(crate) fn pkcs8(&self) -> &[u8] {
        &self.pkcs8
    }

    pub(in crate::keyvault) fn spec(&self) -> KeySpec {
        match &self.pair {
            Pair::Rsa(pair) => KeySpec::Rsa { bits: u32::try_from(pair.public_modulus_len() * 8).unwrap_or_default() },
            Pair::Ec(curve, _) => KeySpec::Ec(*curve),
        }
    }

    /// The content of the public key's BIT STRING in a certificate: `RSAPublicKey`, or the uncompressed point.
    pub(in crate::keyvault) fn public_bytes(&self) -> &[u8] {
        match &self.pair {
            Pair::Rsa(pair) => pair.public_key().as_ref(),
            Pair::Ec(_, pair) => pair.public_key().as_ref(),
        }
    }

    pub(in crate::keyvault) fn public_jwk(&self) -> PublicJwk {
        match &self.pair {
            Pair::Rsa(pair) => {
                let public = pair.public_key();
                PublicJwk {
                    n: Some(BASE64URL.encode(public.modulus().big_endian_without_leading_zero())),
                    e: Some(BASE64URL.encode(public.exponent().big_endian_without_leading_zero())),
                    ..PublicJwk::default()
                }
            }
            Pair::Ec(curve, pair) => {
                // 0x04, then both coordinates at the same length (SEC 1, 2.3.3)
                let point = pair.public_key().as_ref().get(1..).unwrap_or_default();
                let (x, y) = point.split_at(point.len() / 2);
                PublicJwk {
                    crv: Some(curve.name()),
                    x: Some(BASE64URL.encode(x)),
                    y: Some(BASE64URL.encode(y)),
                    ..PublicJwk::default()
                }
            }
        }
    }

    /// Signs a digest; none when the algorithm is not for this kind of key.
    pub(in crate::keyvault) fn sign(
        &self,
        algorithm: Algorithm,
        digest: &Digest,
    ) -> Option<Result<Vec<u8>, VaultError>> {
        let failed = |_| VaultError::internal("the key could not sign");
        match &self.pair {
            Pair::Rsa(pair) => {
                let encoding = algorithm.rsa_signing()?;
                let mut signature = vec![0; pair.public_modulus_len()];
                Some(pair.sign_digest(encoding, digest, &mut signature).map_err(failed).map(|()| signature))
            }
            Pair::Ec(curve, pair) if algorithm.curve() == Some(*curve) => {
                Some(pair.sign_digest(digest).map_err(failed).map(|signature| signature.as_ref().to_vec()))
            }
            Pair::Ec(..) => None,
        }
    }

    /// Whether a signature is this key's; none when the algorithm is not for this kind of key.
    pub(in crate::keyvault) fn verify(&self, algorithm: Algorithm, digest: &Digest, signature: &[u8]) -> Option<bool> {
        let fits = match &self.pair {
            Pair::Rsa(_) => algorithm.rsa_signing().is_some(),
            Pair::Ec(curve, _) => algorithm.curve() == Some(*curve),
        };
        fits.then(|| {
            UnparsedPublicKey::new(algorithm.verification(), self.public_bytes())
                .verify_digest(digest, signature)
                .is_ok()
        })
    }
}

impl fmt::Debug for KeyMaterial {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("KeyMaterial").field("spec", &self.spec()).finish_non_exhaustive()
    }
}

impl TryFrom<String> for KeyMaterial {
    type Error = VaultError;

    fn try_from(pkcs8: String) -> Result<Self, VaultError> {
        let der = STANDARD.decode(pkcs8).map_err(|_| VaultError::bad_parameter("a stored key is not base64"))?;
        Self::from_pkcs8(&der)
    }
}

/// Keys are shared between versions and objects, yet each stands in the state file for itself.
pub(in crate::keyvault) mod shared {
    use std::sync::Arc;

    use base64::Engine as _;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{KeyMaterial, STANDARD};

    pub(in crate::keyvault) fn serialize<S: Serializer>(
        key: &Arc<KeyMaterial>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        STANDARD.encode(key.pkcs8()).serialize(serializer)
    }

    pub(in crate::keyvault) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Arc<KeyMaterial>, D::Error> {
        KeyMaterial::deserialize(deserializer).map(Arc::new)
    }
}
