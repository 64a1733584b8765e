//! One record, as in learn.microsoft.com/azure/key-vault/general/logging.

use std::{net::IpAddr, time::Duration};

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::bearer::Caller;

/// An `AuditEvent` record of Key Vault. Serialized in the service's own names. Holds no body, token, digest or value.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AuditRecord {
    /// When the answer was ready, by the lab's clock.
    #[serde(with = "time::serde::rfc3339")]
    pub time: OffsetDateTime,
    /// The vault, in capitals.
    pub resource_id: String,
    /// For example `KeySign`; `Authentication` when the token was missing or refused.
    pub operation_name: String,
    /// The api-version of the request.
    pub operation_version: String,
    /// Always `AuditEvent`.
    pub category: String,
    /// `Success` also where access was denied: look at the status instead. `Failure` when the service itself failed.
    pub result_type: String,
    /// The status in words.
    pub result_signature: String,
    /// What was wrong; empty when nothing was.
    pub result_description: String,
    /// How long the service took, the network left out; milliseconds, as text.
    pub duration_ms: String,
    /// From where.
    pub caller_ip_address: String,
    /// The client's own id for the request (`x-ms-client-request-id`), or the service's.
    pub correlation_id: String,
    /// Who, as the token says.
    pub identity: AuditIdentity,
    /// What, in detail.
    pub properties: AuditProperties,
    /// Not in the service's schema: whether a diagnostic setting of the vault would have delivered this record.
    pub lab_delivered: bool,
}

/// Who called.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct AuditIdentity {
    /// Claims of the token; empty when there was none.
    #[serde(default)]
    pub claim: AuditIdentityClaim,
}

/// Claims of a token.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct AuditIdentityClaim {
    /// The principal's object id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oid: Option<Uuid>,
    /// The client application.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub appid: Option<Uuid>,
    /// The sign-in name, of a user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upn: Option<String>,
}

/// What was asked.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditProperties {
    /// The client's `User-Agent`.
    pub client_info: String,
    /// The address asked.
    pub request_uri: String,
    /// The object, with its version where the request named one, or the vault.
    pub id: String,
    /// The HTTP status.
    pub http_status_code: u16,
}

impl AuditRecord {
    pub(super) fn is_of(&self, host: &str) -> bool {
        let object = self.properties.id.strip_prefix("https://");
        object.and_then(|rest| rest.split('/').next()).is_some_and(|own| own.eq_ignore_ascii_case(host))
    }
}

/// What happened, before it is written down.
pub(crate) struct Event<'a> {
    pub(crate) at: OffsetDateTime,
    /// The vault's host name.
    pub(crate) host: &'a str,
    /// The vault's resource id.
    pub(crate) resource_id: String,
    pub(crate) operation: &'static str,
    pub(crate) operation_version: &'a str,
    pub(crate) status: StatusCode,
    pub(crate) description: String,
    pub(crate) duration: Duration,
    pub(crate) address: IpAddr,
    pub(crate) correlation_id: String,
    pub(crate) caller: Option<&'a Caller>,
    pub(crate) user_principal_name: Option<String>,
    pub(crate) client: String,
    pub(crate) uri: String,
    /// The path of the object below the vault, without slash; empty for the vault itself.
    pub(crate) object: String,
}

impl Event<'_> {
    pub(super) fn into_record(self, delivered: bool) -> AuditRecord {
        let claim = AuditIdentityClaim {
            oid: self.caller.map(|caller| caller.object_id),
            appid: self.caller.and_then(|caller| caller.app_id),
            upn: self.user_principal_name,
        };
        AuditRecord {
            time: self.at,
            resource_id: self.resource_id.to_ascii_uppercase(),
            operation_name: self.operation.to_owned(),
            operation_version: self.operation_version.to_owned(),
            category: "AuditEvent".to_owned(),
            // A denied call was seen with "Success" (azure-docs#97977). Not documented: which calls fail in this field's sense
            result_type: if self.status.is_server_error() { "Failure" } else { "Success" }.to_owned(),
            result_signature: self.status.canonical_reason().unwrap_or_default().to_owned(),
            result_description: self.description,
            duration_ms: self.duration.as_millis().to_string(),
            caller_ip_address: self.address.to_string(),
            correlation_id: self.correlation_id,
            identity: AuditIdentity { claim },
            properties: AuditProperties {
                client_info: self.client,
                request_uri: self.uri,
                id: format!("https://{}/{}", self.host, self.object),
                http_status_code: self.status.as_u16(),
            },
            lab_delivered: delivered,
        }
    }
}
