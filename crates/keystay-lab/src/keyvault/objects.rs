//! Everything one vault holds.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{
    attributes::Attributes,
    certificates::{CertificateObject, Contact, Issuer},
    deleted::Shelf,
    error::VaultError,
    key_material::{self, KeyMaterial},
    key_spec::KeyType,
    keys::RotationPolicy,
    object_name::ObjectKind,
    versions::{Version, Versions},
};

/// Tags, by name.
pub(super) type Tags = BTreeMap<String, String>;

/// The live and the deleted objects of a vault, by name.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Objects {
    pub(super) keys: BTreeMap<String, Versions<KeyVersion>>,
    pub(super) certificates: BTreeMap<String, CertificateObject>,
    pub(super) secrets: BTreeMap<String, Versions<SecretVersion>>,
    pub(super) deleted_keys: Shelf<Versions<KeyVersion>>,
    pub(super) deleted_certificates: Shelf<CertificateTrio>,
    pub(super) deleted_secrets: Shelf<Versions<SecretVersion>>,
    /// Of live and of deleted keys: a name is not free before its key is purged.
    #[serde(default)]
    pub(super) rotation_policies: BTreeMap<String, RotationPolicy>,
    /// Who would be told about certificates near their end.
    #[serde(default)]
    pub(super) contacts: Option<Vec<Contact>>,
    /// Accounts at certification authorities.
    #[serde(default)]
    pub(super) issuers: BTreeMap<String, Issuer>,
}

/// A certificate with the key and the secret it owns: they are deleted and come back together.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct CertificateTrio {
    pub(super) certificate: CertificateObject,
    pub(super) key: Versions<KeyVersion>,
    pub(super) secret: Versions<SecretVersion>,
}

/// One version of a key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct KeyVersion {
    pub(super) kty: KeyType,
    #[serde(with = "key_material::shared")]
    pub(super) key: Arc<KeyMaterial>,
    pub(super) key_ops: Vec<String>,
    pub(super) attributes: Attributes,
    pub(super) exportable: bool,
    pub(super) tags: Option<Tags>,
    /// A certificate of the same name owns it.
    pub(super) managed: bool,
}

/// One version of a secret.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct SecretVersion {
    pub(super) value: String,
    pub(super) content_type: Option<String>,
    pub(super) attributes: Attributes,
    pub(super) tags: Option<Tags>,
    /// A certificate of the same name owns it.
    pub(super) managed: bool,
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
    pub(super) fn key(&self, name: &str, version: &str) -> Result<&Version<KeyVersion>, VaultError> {
        self.version(name, version)
    }

    /// As [`key`](Self::key), to change it.
    pub(super) fn key_mut(&mut self, name: &str, version: &str) -> Result<&mut Version<KeyVersion>, VaultError> {
        self.version_mut(name, version)
    }

    /// A version of a secret; an empty `version` means the newest.
    pub(super) fn secret(&self, name: &str, version: &str) -> Result<&Version<SecretVersion>, VaultError> {
        self.version(name, version)
    }

    /// As [`secret`](Self::secret), to change it.
    pub(super) fn secret_mut(&mut self, name: &str, version: &str) -> Result<&mut Version<SecretVersion>, VaultError> {
        self.version_mut(name, version)
    }

    /// The certificate of that name, with or without a finished version.
    pub(super) fn certificate(&self, name: &str) -> Result<&CertificateObject, VaultError> {
        self.certificates.get(name).ok_or_else(|| VaultError::not_found(ObjectKind::Certificate, name))
    }

    /// As [`certificate`](Self::certificate), to change it.
    pub(super) fn certificate_mut(&mut self, name: &str) -> Result<&mut CertificateObject, VaultError> {
        self.certificates.get_mut(name).ok_or_else(|| VaultError::not_found(ObjectKind::Certificate, name))
    }

    /// How the vault spells a name it has in another spelling: names are the same whatever their case, and the first stays.
    pub(super) fn spelling(&self, name: &str) -> Option<String> {
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
    pub(super) fn check_free(&self, kind: ObjectKind, name: &str) -> Result<(), VaultError> {
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
pub(super) fn id(name: &str, version: &str) -> String {
    if version.is_empty() { name.to_owned() } else { format!("{name}/{version}") }
}
