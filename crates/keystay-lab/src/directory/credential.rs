//! What an application, or its service principal in one tenant, may authenticate with.

use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

use super::RegisteredCertificate;

/// A certificate that was registered.
#[derive(Clone, Debug, Serialize, Deserialize)]
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
    pub(crate) fn new(certificate: RegisteredCertificate, display_name: Option<String>) -> Self {
        Self {
            key_id: Uuid::new_v4(),
            display_name: display_name.or_else(|| Some(certificate.subject().to_owned())),
            custom_key_identifier: certificate.thumbprint(),
            start: certificate.not_before(),
            end: certificate.not_after(),
            certificate,
        }
    }
}

/// A client secret. Only its hash is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
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
    /// Makes a secret and the credential that knows it again. The text is not kept.
    pub(crate) fn issue(display_name: Option<String>, start: OffsetDateTime, end: OffsetDateTime) -> (Self, String) {
        let secret = format!("lab~{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        let credential = Self {
            key_id: Uuid::new_v4(),
            display_name,
            hint: secret.chars().take(3).collect(),
            sha256: digest(&SHA256, secret.as_bytes()).as_ref().to_vec(),
            start,
            end,
        };
        (credential, secret)
    }

    /// The life it was given.
    pub(crate) fn lifetime(&self) -> Duration {
        (self.end - self.start).try_into().unwrap_or_default()
    }
}

/// A foreign token an application may authenticate with. Issuer, subject and audience must match exactly.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FederatedCredential {
    /// The id of the credential.
    #[serde(default = "Uuid::new_v4")]
    pub id: Uuid,
    /// A name, unique in the application.
    pub name: String,
    /// The issuer of the token (`iss`).
    pub issuer: String,
    /// The subject of the token (`sub`).
    pub subject: String,
    /// The audience of the token (`aud`), `api://AzureADTokenExchange` as a rule.
    pub audience: String,
    /// What it is for.
    #[serde(default)]
    pub description: Option<String>,
}

impl FederatedCredential {
    /// Trusts the tokens of `issuer` about `subject` that are meant for the exchange (`api://AzureADTokenExchange`).
    pub fn new(name: impl Into<String>, issuer: impl Into<String>, subject: impl Into<String>) -> Self {
        Self {
            id: Uuid::new_v4(),
            name: name.into(),
            issuer: issuer.into(),
            subject: subject.into(),
            audience: "api://AzureADTokenExchange".to_owned(),
            description: None,
        }
    }

    /// Trusts tokens for another audience instead.
    pub fn with_audience(self, audience: impl Into<String>) -> Self {
        Self { audience: audience.into(), ..self }
    }
}
