//! A private key in a file: the insecure baseline.

use std::fmt;

use async_trait::async_trait;
use aws_lc_rs::{
    rsa,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, ECDSA_P521_SHA512_FIXED_SIGNING,
        EcdsaKeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384,
        RSA_PSS_SHA512, RsaEncoding,
    },
};
use p12_keystore::{KeyStore, KeyStoreEntry, Pkcs12ImportPolicy};
use uuid::Uuid;

use super::{
    Algorithm, Certificate, Digest, Exportability, Keeper, KeyError, KeyErrorKind, KeyKind, Signature, SigningKey,
    sign_verified,
};
use crate::secret::Secret;

/// **The insecure baseline:** a private key in this process, from a PEM or PKCS#12 file.
///
/// Whoever gets into the process or its host, for one minute, walks off with the key and holds access to every customer
/// tenant until the certificate ends or is removed. It exists for development, for tests, and to show the difference.
/// Production uses [`VaultKey`](super::VaultKey).
pub struct LocalKey {
    id: String,
    certificate: Certificate,
    private: PrivateKey,
}

enum PrivateKey {
    Rsa(rsa::KeyPair),
    Ec(EcdsaKeyPair),
}

impl LocalKey {
    /// Reads a PEM text that holds a `CERTIFICATE` and its `PRIVATE KEY` (PKCS#8) or `RSA PRIVATE KEY` (PKCS#1).
    ///
    /// `id` is what messages call the key, for example the file's path.
    pub async fn from_pem(id: impl Into<String>, text: &Secret) -> Result<Self, KeyError> {
        let id = id.into();
        let invalid = |detail: &str| KeyError::new(&id, KeyErrorKind::Invalid).with_detail(detail);
        let blocks = pem::parse_many(text.expose()).map_err(|_| invalid("this is not a PEM text"))?;
        let certificate = Certificate::from_pem(text.expose()).map_err(|error| invalid(&error.to_string()))?;
        let private = blocks.iter().find(|block| block.tag().ends_with("PRIVATE KEY")).ok_or_else(|| {
            invalid("it holds a certificate but no private key, as a non-exportable certificate's does")
        })?;
        if private.tag() == "ENCRYPTED PRIVATE KEY" {
            return Err(invalid("the private key is encrypted; use a PKCS#12 file with a password"));
        }
        Self::assemble(id, certificate, private.contents()).await
    }

    /// Reads a PKCS#12 (PFX) file. Key Vault's own downloads have an empty password.
    ///
    /// `id` is what messages call the key, for example the file's path.
    pub async fn from_pkcs12(id: impl Into<String>, pfx: &[u8], password: &Secret) -> Result<Self, KeyError> {
        let id = id.into();
        let invalid = |detail: &str| KeyError::new(&id, KeyErrorKind::Invalid).with_detail(detail);
        let store = KeyStore::from_pkcs12(pfx, password.expose(), Pkcs12ImportPolicy::Relaxed)
            .map_err(|_| invalid("this is not a PKCS#12 file, or the password is wrong"))?;
        let chain = store
            .entries()
            .find_map(|(_, entry)| match entry {
                KeyStoreEntry::PrivateKeyChain(chain) => Some(chain),
                _ => None,
            })
            .ok_or_else(|| {
                invalid("it holds a certificate but no private key, as a non-exportable certificate's does")
            })?;
        let leaf = chain.certs().first().ok_or_else(|| invalid("the private key comes without a certificate"))?;
        let certificate = Certificate::from_der(leaf.as_der()).map_err(|error| invalid(&error.to_string()))?;
        Self::assemble(id, certificate, chain.key().as_der()).await
    }

    /// Key and certificate must belong together: a trial signature shows it.
    async fn assemble(id: String, certificate: Certificate, private: &[u8]) -> Result<Self, KeyError> {
        let invalid = |detail: &str| KeyError::new(&id, KeyErrorKind::Invalid).with_detail(detail);
        let private = match certificate.key_kind() {
            KeyKind::Rsa { .. } => {
                rsa::KeyPair::from_pkcs8(private).or_else(|_| rsa::KeyPair::from_der(private)).map(PrivateKey::Rsa)
            }
            kind => {
                let algorithm = match kind {
                    KeyKind::P384 => &ECDSA_P384_SHA384_FIXED_SIGNING,
                    KeyKind::P521 => &ECDSA_P521_SHA512_FIXED_SIGNING,
                    _ => &ECDSA_P256_SHA256_FIXED_SIGNING,
                };
                EcdsaKeyPair::from_pkcs8(algorithm, private)
                    .or_else(|_| EcdsaKeyPair::from_private_key_der(algorithm, private))
                    .map(PrivateKey::Ec)
            }
        }
        .map_err(|_| invalid("the private key cannot be read, or is of another kind than the certificate's"))?;
        let key = Self { id, certificate, private };
        let trial = Digest::of(key.certificate.key_kind().algorithms()[0], b"keystay: do key and certificate fit?");
        match sign_verified(&key, &trial, Uuid::nil()).await {
            Ok(_) => Ok(key),
            Err(_) => {
                Err(KeyError::new(&key.id, KeyErrorKind::Invalid)
                    .with_detail("the private key is not the certificate's"))
            }
        }
    }
}

#[async_trait]
impl SigningKey for LocalKey {
    fn id(&self) -> &str {
        &self.id
    }

    fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    fn exportability(&self) -> Exportability {
        Exportability::Exportable
    }

    fn keeper(&self) -> Keeper {
        Keeper::Software
    }

    async fn sign(&self, digest: &Digest, _request: Uuid) -> Result<Signature, KeyError> {
        let wrong_algorithm =
            || KeyError::new(&self.id, KeyErrorKind::Algorithm).with_detail(digest.algorithm().name());
        match &self.private {
            PrivateKey::Rsa(pair) => {
                let padding = rsa_padding(digest.algorithm()).ok_or_else(wrong_algorithm)?;
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign_digest(padding, digest.hash(), &mut signature).map_err(|_| wrong_algorithm())?;
                Ok(Signature::new(signature))
            }
            PrivateKey::Ec(pair) => {
                if !self.certificate.key_kind().algorithms().contains(&digest.algorithm()) {
                    return Err(wrong_algorithm());
                }
                let signature = pair.sign_digest(digest.hash()).map_err(|_| wrong_algorithm())?;
                Ok(Signature::new(signature.as_ref().to_vec()))
            }
        }
    }
}

impl fmt::Debug for LocalKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("LocalKey")
            .field("id", &self.id)
            .field("certificate", &self.certificate)
            .finish_non_exhaustive()
    }
}

fn rsa_padding(algorithm: Algorithm) -> Option<&'static dyn RsaEncoding> {
    Some(match algorithm {
        Algorithm::Ps256 => &RSA_PSS_SHA256,
        Algorithm::Ps384 => &RSA_PSS_SHA384,
        Algorithm::Ps512 => &RSA_PSS_SHA512,
        Algorithm::Rs256 => &RSA_PKCS1_SHA256,
        Algorithm::Rs384 => &RSA_PKCS1_SHA384,
        Algorithm::Rs512 => &RSA_PKCS1_SHA512,
        Algorithm::Es256 | Algorithm::Es384 | Algorithm::Es512 => return None,
    })
}
