//! What an application, or its service principal in one tenant, may authenticate with.

use aws_lc_rs::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::RegisteredCertificate;
use crate::ids::passing_id;

/// A certificate that was registered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct KeyCredential {
    /// The id of the credential.
    pub key_id: Uuid,
    /// Its name.
    pub display_name: Option<String>,
    /// What the caller that registered it calls it; the SHA-1 thumbprint unless given.
    pub custom_key_identifier: String,
    /// The certificate.
    pub certificate: RegisteredCertificate,
    /// From when it may be used.
    #[serde(with = "time::serde::rfc3339")]
    pub start: OffsetDateTime,
    /// Until when it may be used.
    #[serde(with = "time::serde::rfc3339")]
    pub end: OffsetDateTime,
}

impl KeyCredential {
    /// A credential that is valid as long as its certificate.
    pub(crate) fn new(key_id: Uuid, certificate: RegisteredCertificate, display_name: Option<String>) -> Self {
        Self {
            key_id,
            display_name: display_name.or_else(|| Some(certificate.subject().to_owned())),
            custom_key_identifier: certificate.thumbprint(),
            start: certificate.not_before(),
            end: certificate.not_after(),
            certificate,
        }
    }
}

/// A client secret. Only its hash is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PasswordCredential {
    /// The id of the credential.
    pub key_id: Uuid,
    /// Its name.
    pub display_name: Option<String>,
    /// The first characters, which Azure shows as a reminder.
    pub hint: String,
    /// SHA-256 of the secret.
    pub(crate) sha256: Vec<u8>,
    /// From when it may be used.
    #[serde(with = "time::serde::rfc3339")]
    pub start: OffsetDateTime,
    /// Until when it may be used.
    #[serde(with = "time::serde::rfc3339")]
    pub end: OffsetDateTime,
}

impl PasswordCredential {
    /// A credential for `secret` that lives from `now` on.
    pub(crate) fn new(key_id: Uuid, secret: &str, display_name: &str, now: OffsetDateTime, lifetime: Duration) -> Self {
        Self {
            key_id,
            display_name: Some(display_name.to_owned()),
            hint: secret.chars().take(3).collect(),
            sha256: digest(&SHA256, secret.as_bytes()).as_ref().to_vec(),
            start: now,
            end: now.saturating_add(lifetime),
        }
    }

    /// Makes a secret and the credential that knows it again. The text is not kept.
    pub(crate) fn issue(
        key_id: Uuid,
        display_name: Option<String>,
        start: OffsetDateTime,
        end: OffsetDateTime,
    ) -> (Self, String) {
        // Not from `Ids`: a seed must not tell a secret.
        let secret = format!("lab~{}{}", passing_id().simple(), passing_id().simple());
        (Self { display_name, ..Self::new(key_id, &secret, "", start, end - start) }, secret)
    }

    /// The life it was given.
    pub(crate) fn lifetime(&self) -> Duration {
        self.end - self.start
    }
}
