//! Error answers of Graph.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;
use time::{OffsetDateTime, format_description::BorrowedFormatItem, macros::format_description};
use uuid::Uuid;

const DATE: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]");

/// An OData error.
#[derive(Debug)]
pub(super) struct GraphError {
    status: StatusCode,
    code: &'static str,
    message: String,
}

impl GraphError {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    pub(super) fn invalid_token(message: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "InvalidAuthenticationToken", message)
    }

    /// What every wrong proof of `addKey` and `removeKey` gets, whatever is wrong with it.
    pub(super) fn proof() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "Authentication_MissingOrMalformed", "Access Token missing or malformed.")
    }

    pub(super) fn denied() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "Authorization_RequestDenied",
            "Insufficient privileges to complete the operation.",
        )
    }

    /// The answer of the audit log, which says what is missing.
    pub(super) fn permission_missing(permission: &str) -> Self {
        let message = format!(
            "The principal does not have required Microsoft Graph permission(s): {permission} to call this API. For \
                more information about Microsoft Graph permissions, please visit \
                https://docs.microsoft.com/graph/permissions-overview."
        );
        Self::new(StatusCode::FORBIDDEN, "Authentication_MSGraphPermissionMissing", message)
    }

    pub(super) fn not_found(name: impl std::fmt::Display) -> Self {
        let message = format!(
            "Resource '{name}' does not exist or one of its queried reference-property objects are not present."
        );
        Self::new(StatusCode::NOT_FOUND, "Request_ResourceNotFound", message)
    }

    pub(super) fn no_such_segment(name: &str) -> Self {
        let message = format!(
            "Resource not found for the segment '{name}', or not with this method. The lab plays a part of Graph only."
        );
        Self::new(StatusCode::BAD_REQUEST, "BadRequest", message)
    }

    pub(super) fn bad_version() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BadRequest", "Invalid version. The lab plays v1.0 and beta.")
    }

    pub(super) fn bad_batch(message: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BadRequest", message)
    }

    pub(super) fn unreadable() -> Self {
        let message = "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of \
            valid JSON format.";
        Self::new(StatusCode::BAD_REQUEST, "BadRequest", message)
    }

    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "Request_BadRequest", message)
    }

    pub(super) fn unsupported_query(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "Request_UnsupportedQuery", message)
    }

    /// A query that the directory answers with `ConsistencyLevel: eventual` only.
    pub(super) fn advanced_query() -> Self {
        Self::unsupported_query(
            "The query is not supported because the required parameters might be missing. Try adding $count=true \
                query parameter and ConsistencyLevel:eventual header. Refer to \
                https://aka.ms/graph-docs/advanced-queries for more information.",
        )
    }

    /// A customer tries to give a locked service principal a credential.
    pub(super) fn locked(property: &str) -> Self {
        let message = format!("Property {property} is invalid.");
        Self::new(StatusCode::BAD_REQUEST, "CannotUpdateLockedServicePrincipalProperty", message)
    }

    /// A policy forbids this kind of credential.
    pub(super) fn credential_type() -> Self {
        let message = "Credential type not allowed as per assigned policy.";
        Self::new(StatusCode::BAD_REQUEST, "CredentialTypeNotAllowedAsPerAppPolicy", message)
    }

    /// A policy forbids credentials that live so long.
    pub(super) fn credential_lifetime() -> Self {
        let message = "Credential lifetime exceeds the max value allowed as per assigned policy.";
        Self::new(StatusCode::BAD_REQUEST, "CredentialInvalidLifetimeAsPerAppPolicy", message)
    }

    pub(super) fn bad_key(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "KeyCredentialsInvalidValue", message)
    }

    pub(super) fn bad_key_end() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "KeyCredentialsInvalidEndDate", "Key credential end date is invalid.")
    }

    /// A member, an owner or a grant that is there already.
    pub(super) fn exists(collection: &str) -> Self {
        Self::bad_request(format!(
            "One or more added object references already exist for the following modified properties: '{collection}'."
        ))
    }

    pub(super) fn conflict(message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "Request_MultipleObjectsWithSameKeyValue", message)
    }

    pub(super) fn answer(
        &self,
        request_id: Uuid,
        client_request_id: Option<&HeaderValue>,
        now: OffsetDateTime,
    ) -> Response {
        let own = request_id.to_string();
        let client = client_request_id.and_then(|id| id.to_str().ok()).unwrap_or(&own);
        let body = json!({
            "error": {
                "code": self.code,
                "message": self.message,
                "innerError": {
                    "date": now.format(DATE).unwrap_or_default(),
                    "request-id": own,
                    "client-request-id": client,
                },
            },
        });
        let mut answer = (self.status, Json(body)).into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static(
                "Bearer realm=\"\", \
                    authorization_uri=\"https://login.microsoftonline.com/common/oauth2/authorize\", \
                    client_id=\"00000003-0000-0000-c000-000000000000\"",
            );
            answer.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        answer
    }
}
