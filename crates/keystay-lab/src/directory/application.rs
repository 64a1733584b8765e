//! Applications: the registration in the home tenant, with its credentials.

use aws_lc_rs::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::{FederatedCredential, RegisteredCertificate};

/// An application registration. It stands in its home tenant; other tenants hold service principals of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Application {
    /// The object id.
    pub id: Uuid,
    /// The client id.
    pub app_id: Uuid,
    /// The tenant it is registered in.
    pub home_tenant: Uuid,
    /// Its name, as an admin sees it when asked for consent.
    pub display_name: String,
    /// Whether other tenants may consent to it (`signInAudience` `AzureADMultipleOrgs`).
    pub multi_tenant: bool,
    /// No tenant gives it a token while set (`isDisabled`).
    pub disabled: bool,
    /// Names under which it can be asked for as a resource.
    pub identifier_uris: Vec<String>,
    /// The permissions it asks for.
    pub required_resource_access: Vec<ResourceAccess>,
    /// The certificates it may authenticate with.
    pub key_credentials: Vec<KeyCredential>,
    /// The secrets it may authenticate with.
    pub password_credentials: Vec<PasswordCredential>,
    /// The foreign tokens it may authenticate with.
    pub federated_credentials: Vec<FederatedCredential>,
    /// Where a browser may be sent back to.
    pub redirect_uris: Vec<String>,
    /// Where a browser may be sent back to when the application is a public client (`publicClient`): a command line or an
    /// app on a device, which has no secret to prove itself with.
    #[serde(default)]
    pub public_redirect_uris: Vec<String>,
    /// Users and service principals that may change it, by object id.
    pub owners: Vec<Uuid>,
    /// When it was registered.
    #[serde(with = "time::serde::rfc3339")]
    pub created: OffsetDateTime,
}

/// The permissions an application asks of one resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceAccess {
    /// The client id of the resource, for example Microsoft Graph's.
    pub resource_app_id: Uuid,
    /// Application permissions (app roles) by id.
    pub roles: Vec<Uuid>,
    /// Delegated permissions (scopes) by id.
    pub scopes: Vec<Uuid>,
}

/// A certificate on an application.
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

/// A client secret on an application. Only its hash is kept.
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
    /// A credential for `secret` that lives from now on.
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
}

/// What to register an application with.
#[derive(Clone, Debug, Default)]
pub struct NewApp {
    /// Its name.
    pub display_name: String,
    /// Whether other tenants may consent to it.
    pub multi_tenant: bool,
    /// Application permissions of Microsoft Graph, by id.
    pub graph_roles: Vec<Uuid>,
    /// Where a browser may be sent back to.
    pub redirect_uris: Vec<String>,
    /// The same for a public client.
    pub public_redirect_uris: Vec<String>,
}
