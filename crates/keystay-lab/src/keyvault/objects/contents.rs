//! Everything one vault holds.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{
    attributes::Attributes,
    deleted::Shelf,
    kind::ObjectKind,
    versions::{Version, Versions},
};
use crate::keyvault::{
    certificates::{CertificateObject, Contact, Issuer},
    crypto::{KeyMaterial, KeyType, key_material},
    keys::RotationPolicy,
    wire::VaultError,
};

/// Tags, by name.
pub(in crate::keyvault) type Tags = BTreeMap<String, String>;

/// The live and the deleted objects of a vault, by name.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(in crate::keyvault) struct Objects {
    pub(in crate::keyvault) keys: BTreeMap<String, Versions<KeyVersion>>,
    pub(in crate::keyvault) certificates: BTreeMap<String, CertificateObject>,
    pub(in crate::keyvault) secrets: BTreeMap<String, Versions<SecretVersion>>,
    pub(in crate::keyvault) deleted_keys: Shelf<Versions<KeyVersion>>,
    pub(in crate::keyvault) deleted_certificates: Shelf<CertificateTrio>,
    pub(in crate::keyvault) deleted_secrets: Shelf<Versions<SecretVersion>>,
    /// Of live and of deleted keys: a name is not free before its key is purged.
    #[serde(default)]
    pub(in crate::keyvault) rotation_policies: BTreeMap<String, RotationPolicy>,
    /// Who would be told about certificates near their end.
    #[serde(default)]
    pub(in crate::keyvault) contacts: Option<Vec<Contact>>,
    /// Accounts at certification authorities.
    #[serde(default)]
    pub(in crate::keyvault) issuers: BTreeMap<String, Issuer>,
}

/// A certificate with the key and the secret it owns: they are deleted and come back together.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::keyvault) struct CertificateTrio {
    pub(in crate::keyvault) certificate: CertificateObject,
    pub(in crate::keyvault) key: Versions<KeyVersion>,
    pub(in crate::keyvault) secret: Versions<SecretVersion>,
}

/// One version of a key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::keyvault) struct KeyVersion {
    pub(in crate::keyvault) kty: KeyType,
    #[serde(with = "key_material::shared")]
    pub(in crate::keyvault) key: Arc<KeyMaterial>,
    pub(in crate::keyvault) key_ops: Vec<String>,
    pub(in crate::keyvault) attributes: Attributes,
    pub(in crate::keyvault) exportable: bool,
    pub(in crate::keyvault) tags: Option<Tags>,
    /// A certificate of the same name owns it.
    pub(in crate::keyvault) managed: bool,
}

/// One version of a secret.
#[derive(Clone, Serialize, Deserialize)]
pub(in crate::keyvault) struct SecretVersion {
    pub(in crate::keyvault) value: String,
    pub(in crate::keyvault) content_type: Option<String>,
    pub(in crate::keyvault) attributes: Attributes,
    pub(in crate::keyvault) tags: Option<Tags>,
    /// A certificate of the same name owns it.
    pub(in crate::keyvault) managed: bool,
}

impl std::fmt::Debug for SecretVersion {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("SecretVersion")
            .field("content_type", &self.content_type)
            .field("attributes", &self.attributes)
            .field("managed", &self.managed)
            .finish_non_exhaustive()
    }
}

impl Objects {
    /// A version of a key; an empty `version` means the newest.
    pub(in crate::keyvault) fn key(&self, name: &str, version: &str) -> Result<&Version<KeyVersion>, VaultError> {
        self.version(name, version)
    }

    /// As [`key`](Self::key), to change it.
    pub(in crate::keyvault) fn key_mut(
        &mut self,
        name: &str,
        version: &str,
    ) -> Result<&mut Version<KeyVersion>, VaultError> {
        self.version_mut(name, version)
    }

    /// A version of a secret; an empty `version` means the newest.
    pub(in crate::keyvault) fn secret(&self, name: &str, version: &str) -> Result<&Version<SecretVersion>, VaultError> {
        self.version(name, version)
    }

    /// As [`secret`](Self::secret), to change it.
    pub(in crate::keyvault) fn secret_mut(
        &mut self,
        name: &str,
        version: &str,
    ) -> Result<&mut Version<SecretVersion>, VaultError> {
        self.version_mut(name, version)
    }

    /// The certificate of that name, with or without a finished version.
    pub(in crate::keyvault) fn certificate(&self, name: &str) -> Result<&CertificateObject, VaultError> {
        self.certificates.get(name).ok_or_else(|| VaultError::not_found(ObjectKind::Certificate, name))
    }

    /// As [`certificate`](Self::certificate), to change it.
    pub(in crate::keyvault) fn certificate_mut(&mut self, name: &str) -> Result<&mut CertificateObject, VaultError> {
        self.certificates.get_mut(name).ok_or_else(|| VaultError::not_found(ObjectKind::Certificate, name))
    }

    /// How the vault spells a name it has in another spelling: names are the same whatever their case, and the first stays.
    pub(in crate::keyvault) fn spelling(&self, name: &str) -> Option<String> {
        let known = self.keys.contains_key(name)
            || self.certificates.contains_key(name)
            || self.secrets.contains_key(name)
            || self.deleted_keys.contains_key(name)
            || self.deleted_certificates.contains_key(name)
            || self.deleted_secrets.contains_key(name);
        if known {
            return None;
        }
        let live = self.keys.keys().chain(self.certificates.keys()).chain(self.secrets.keys());
        let deleted =
            self.deleted_keys.keys().chain(self.deleted_certificates.keys()).chain(self.deleted_secrets.keys());
        live.chain(deleted).find(|known| known.eq_ignore_ascii_case(name)).cloned()
    }

    /// Whether a whole object of that name, live or deleted, stands in the way of one that comes with all its versions.
    pub(super) fn is_taken(&self, kind: ObjectKind, name: &str) -> bool {
        let live = match kind {
            ObjectKind::Certificate => self.certificates.contains_key(name),
            ObjectKind::Key => self.keys.contains_key(name),
            ObjectKind::Secret => self.secrets.contains_key(name),
        };
        live || self.check_free(kind, name).is_err()
    }

    /// Refuses a new key, certificate or secret whose name something else has: a deleted object, or one a certificate owns.
    pub(in crate::keyvault) fn check_free(&self, kind: ObjectKind, name: &str) -> Result<(), VaultError> {
        let deleted = match kind {
            ObjectKind::Certificate => {
                self.deleted_certificates.contains_key(name)
                    || self.deleted_keys.contains_key(name)
                    || self.deleted_secrets.contains_key(name)
            }
            ObjectKind::Key => self.deleted_keys.contains_key(name) || self.deleted_certificates.contains_key(name),
            ObjectKind::Secret => {
                self.deleted_secrets.contains_key(name) || self.deleted_certificates.contains_key(name)
            }
        };
        if deleted {
            return Err(VaultError::deleted_but_recoverable(kind, name));
        }
        let taken = match kind {
            // a certificate needs the key and the secret of its name; those it owns already are its own
            ObjectKind::Certificate => {
                !self.certificates.contains_key(name)
                    && (self.keys.contains_key(name) || self.secrets.contains_key(name))
            }
            ObjectKind::Key | ObjectKind::Secret => self.certificates.contains_key(name),
        };
        if taken {
            return Err(VaultError::conflict(
                None,
                format!(
                    "The name {name} is in use by another object of this key vault, so no {} can have it.",
                    kind.noun()
                ),
            ));
        }
        Ok(())
    }
}

/// How the service names an object in its messages.
pub(in crate::keyvault) fn id(name: &str, version: &str) -> String {
    if version.is_empty() { name.to_owned() } else { format!("{name}/{version}") }
}
