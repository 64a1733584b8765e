//! The pin: which version of a certificate signs now, in a file that running programs follow.

mod error;
mod follow;
mod pinned_key;

use std::{fmt, path::Path};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::key::{Exportability, KeyError, KeyErrorKind, ObjectId, ObjectKind, SigningKey, Vault, VaultKey, VaultUrl};

pub use error::PinError;
pub use follow::{Confirmation, Following};
pub use pinned_key::PinnedKey;

/// Which version of a certificate signs: its id and thumbprint, which change together, and a number that grows with each
/// change.
///
/// Whoever rotates the key writes it; who signs reads it, and never asks the vault for the newest version. Holds no
/// secret: the file may be readable by everybody, but writable only by whoever may decide what signs.
///
/// ```json
/// {
///   "generation": 7,
///   "certificate": "https://contoso.vault.azure.net/certificates/graph-signer/0123456789abcdef0123456789abcdef",
///   "x5t#S256": "n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg",
///   "since": "2026-11-24T15:00:00Z",
///   "exportable": false
/// }
/// ```
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Pin {
    /// Grows with every change; a follower takes no smaller one.
    pub generation: u64,
    /// The certificate's version.
    #[serde(with = "id")]
    pub certificate: ObjectId,
    /// The SHA-256 thumbprint of the certificate, base64url (RFC 7515 section 4.1.8).
    #[serde(rename = "x5t#S256")]
    pub thumbprint: String,
    /// When the pin was set to this version.
    #[serde(with = "time::serde::rfc3339")]
    pub since: OffsetDateTime,
    /// Whether the private key of this version can leave the vault, as its policy said while the version was the newest;
    /// the vault does not tell it of older ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exportable: Option<bool>,
    /// The version that signed before: it stays registered until everybody has changed. None at first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Previous>,
}

/// The version a pin named before.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Previous {
    /// Its name in the vault.
    pub version: String,
    /// The SHA-256 thumbprint of its certificate, base64url.
    #[serde(rename = "x5t#S256")]
    pub thumbprint: String,
}

impl Pin {
    /// Reads a pin file.
    pub fn read(path: &Path) -> Result<Self, PinError> {
        let text = std::fs::read(path).map_err(|source| PinError::File { path: path.display().to_string(), source })?;
        let wrong = |detail: String| PinError::Content { path: path.display().to_string(), detail };
        let pin: Self = serde_json::from_slice(&text).map_err(|error| wrong(error.to_string()))?;
        if pin.certificate.kind != ObjectKind::Certificate || pin.certificate.version.is_none() {
            return Err(wrong("`certificate` must be a certificate's id with its version".to_owned()));
        }
        Ok(pin)
    }

    /// The file's content.
    pub fn to_json(&self) -> String {
        // plain strings and numbers always serialise
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// Refuses a pin that is about another certificate than the one that was configured.
    pub fn check_names(&self, vault: &VaultUrl, name: &str) -> Result<(), PinError> {
        if self.certificate.vault == *vault && self.certificate.name.eq_ignore_ascii_case(name) {
            return Ok(());
        }
        Err(PinError::OtherCertificate {
            pinned: self.certificate.to_string(),
            configured: format!("{vault}/certificates/{name}"),
        })
    }

    /// The version's name in the vault.
    pub fn version(&self) -> &str {
        self.certificate.version.as_deref().unwrap_or_default()
    }

    /// The key of the pinned version. Reads the certificate once, and refuses one with another thumbprint.
    pub async fn key(&self, vault: &Vault) -> Result<VaultKey, KeyError> {
        let key = VaultKey::from_certificate_id(vault, &self.certificate).await?;
        let found = key.certificate().x5t_s256();
        if found != self.thumbprint {
            return Err(KeyError::new(self.certificate.to_string(), KeyErrorKind::Invalid)
                .with_detail(format!("its thumbprint is {found}, the pin says {}", self.thumbprint)));
        }
        Ok(match (key.exportability(), self.exportable) {
            (Exportability::Unknown, Some(true)) => key.known_as(Exportability::Exportable),
            (Exportability::Unknown, Some(false)) => key.known_as(Exportability::NonExportable),
            _ => key,
        })
    }
}

impl fmt::Display for Pin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "generation {}, version {}", self.generation, self.version())
    }
}

/// An id as the text it is.
mod id {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use crate::key::ObjectId;

    pub(super) fn serialize<S: Serializer>(id: &ObjectId, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(id)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ObjectId, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}
