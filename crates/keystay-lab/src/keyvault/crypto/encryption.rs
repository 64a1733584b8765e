//! The algorithms of `encrypt`, `decrypt`, `wrapkey` and `unwrapkey`, and RSA keys using them.

use aws_lc_rs::{
    error::Unspecified,
    rsa::{
        OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepAlgorithm, OaepPrivateDecryptingKey, OaepPublicEncryptingKey,
        Pkcs1PrivateDecryptingKey, Pkcs1PublicEncryptingKey, PrivateDecryptingKey,
    },
};

use super::{key_material::KeyMaterial, key_spec::KeySpec};
use crate::keyvault::wire::VaultError;

/// A JOSE key management algorithm (RFC 7518, section 4). The symmetric ones belong to `oct` keys, which only a managed HSM
/// has, and the lab not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::keyvault) enum EncryptionAlgorithm {
    Rsa1_5,
    RsaOaep,
    RsaOaep256,
}

impl EncryptionAlgorithm {
    pub(in crate::keyvault) fn parse(name: &str) -> Result<Self, VaultError> {
        [Self::Rsa1_5, Self::RsaOaep, Self::RsaOaep256].into_iter().find(|algorithm| algorithm.name() == name).ok_or_else(
            || {
                VaultError::bad_parameter(format!(
                    "Property alg has invalid value\r\n: '{name}' is not an encryption algorithm this key vault supports."
                ))
            },
        )
    }

    pub(in crate::keyvault) fn name(self) -> &'static str {
        match self {
            Self::Rsa1_5 => "RSA1_5",
            Self::RsaOaep => "RSA-OAEP",
            Self::RsaOaep256 => "RSA-OAEP-256",
        }
    }

    fn oaep(self) -> Option<&'static OaepAlgorithm> {
        match self {
            Self::Rsa1_5 => None,
            Self::RsaOaep => Some(&OAEP_SHA1_MGF1SHA1),
            Self::RsaOaep256 => Some(&OAEP_SHA256_MGF1SHA256),
        }
    }
}

impl KeyMaterial {
    /// Encrypts with the public half; none when the algorithm is not for this kind of key.
    pub(in crate::keyvault) fn encrypt(
        &self,
        algorithm: EncryptionAlgorithm,
        text: &[u8],
    ) -> Option<Result<Vec<u8>, VaultError>> {
        let key = self.rsa_decrypting_key()?;
        let sealed = key.and_then(|key| {
            let mut sealed = vec![0; key.key_size_bytes()];
            match algorithm.oaep() {
                Some(oaep) => {
                    OaepPublicEncryptingKey::new(key.public_key())?.encrypt(oaep, text, &mut sealed, None)?;
                }
                None => {
                    Pkcs1PublicEncryptingKey::new(key.public_key())?.encrypt(text, &mut sealed)?;
                }
            }
            Ok(sealed)
        });
        // the one thing that can go wrong with a sound key; the service's own text is not documented
        Some(sealed.map_err(|Unspecified| {
            VaultError::bad_parameter(format!(
                "Invalid length of 'value': {} bytes are too many for {} with this key.",
                text.len(),
                algorithm.name()
            ))
        }))
    }

    /// Decrypts with the private half; none when the algorithm is not for this kind of key.
    pub(in crate::keyvault) fn decrypt(
        &self,
        algorithm: EncryptionAlgorithm,
        sealed: &[u8],
    ) -> Option<Result<Vec<u8>, VaultError>> {
        let key = self.rsa_decrypting_key()?;
        let text = key.and_then(|key| {
            let mut text = vec![0; key.key_size_bytes()];
            let length = match algorithm.oaep() {
                Some(oaep) => OaepPrivateDecryptingKey::new(key)?.decrypt(oaep, sealed, &mut text, None)?.len(),
                None => Pkcs1PrivateDecryptingKey::new(key)?.decrypt(sealed, &mut text)?.len(),
            };
            text.truncate(length);
            Ok(text)
        });
        Some(text.map_err(|Unspecified| VaultError::bad_parameter("Unable to decrypt specified value with this key.")))
    }

    fn rsa_decrypting_key(&self) -> Option<Result<PrivateDecryptingKey, Unspecified>> {
        matches!(self.spec(), KeySpec::Rsa { .. })
            .then(|| PrivateDecryptingKey::from_pkcs8(self.pkcs8()).map_err(|_| Unspecified))
    }
}
