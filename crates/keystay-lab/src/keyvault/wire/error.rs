//! What a vault answers when it refuses, in the service's own shape and words.

use std::time::Duration;

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::keyvault::objects::ObjectKind;

/// A refusal: HTTP status, code, inner code and message, as in `{"error":{"code","message","innererror":{"code"}}}`.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{code}: {message}")]
pub(crate) struct VaultError {
    pub(in crate::keyvault) status: StatusCode,
    pub(in crate::keyvault) code: &'static str,
    pub(in crate::keyvault) inner: Option<&'static str>,
    pub(in crate::keyvault) message: String,
    challenge: Option<String>,
    retry_after: Option<Duration>,
}

impl VaultError {
    fn new(status: StatusCode, code: &'static str, inner: Option<&'static str>, message: impl Into<String>) -> Self {
        Self { status, code, inner, message: message.into(), challenge: None, retry_after: None }
    }

    /// 400: the request itself is wrong.
    pub(in crate::keyvault) fn bad_parameter(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BadParameter", None, message)
    }

    /// 400 with the inner code that says which rule refused.
    pub(in crate::keyvault) fn bad_parameter_because(inner: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BadParameter", Some(inner), message)
    }

    /// 400 for a type of key that cannot be here.
    pub(in crate::keyvault) fn unknown_key_type(kty: &str) -> Self {
        Self::bad_parameter_because("KeyTypeNotSupported", format!("Invalid kty value: {kty}"))
    }

    /// 401 with the challenge that tells the client where to get a token for what.
    pub(in crate::keyvault) fn unauthorized(message: impl Into<String>, challenge: String) -> Self {
        let mut error = Self::new(StatusCode::UNAUTHORIZED, "Unauthorized", None, message);
        error.challenge = Some(challenge);
        error
    }

    /// 403 with the inner code that says which rule refused.
    pub(in crate::keyvault) fn forbidden(inner: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "Forbidden", Some(inner), message)
    }

    /// 429, with or without word when to come back.
    pub(in crate::keyvault) fn throttled(message: impl Into<String>, retry_after: Option<Duration>) -> Self {
        Self { retry_after, ..Self::new(StatusCode::TOO_MANY_REQUESTS, "Throttled", None, message) }
    }

    /// 403 for the few rules that have no inner code.
    pub(in crate::keyvault) fn forbidden_without_inner(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "Forbidden", None, message)
    }

    /// 400 for JSON that does not fit. What was found is left out: it may be a secret, and errors go into the audit log.
    pub(in crate::keyvault) fn unreadable(what: &str, error: &serde_json::Error) -> Self {
        let text = error.to_string();
        let reason = text.rsplit_once("expected ").map(|(_, rest)| format!("expected {rest}"));
        Self::bad_parameter(format!("The {what} has an invalid value: {}", reason.unwrap_or(text)))
    }

    /// 404 for an object; `id` is its name, or name and version.
    pub(in crate::keyvault) fn not_found(kind: ObjectKind, id: &str) -> Self {
        let noun = kind.noun();
        Self::new(
            StatusCode::NOT_FOUND,
            kind.not_found_code(),
            None,
            format!(
                "A {noun} with (name/id) {id} was not found in this key vault. If you recently deleted this {noun} \
                 you may be able to recover it using the correct recovery command. For help resolving this issue, please see \
                 https://go.microsoft.com/fwlink/?linkid=2125182"
            ),
        )
    }

    /// 404 for an object that is not among the deleted ones.
    pub(in crate::keyvault) fn deleted_not_found(kind: ObjectKind, name: &str) -> Self {
        let text = format!("Deleted {} not found: {name}", kind.capitalised());
        Self::new(StatusCode::NOT_FOUND, kind.not_found_code(), None, text)
    }

    /// 403: the object lives and dies with the certificate of its name. Not documented: code and words. That the service
    /// refuses is.
    pub(in crate::keyvault) fn managed(kind: ObjectKind, name: &str) -> Self {
        let noun = kind.noun();
        Self::forbidden(
            "ManagedByCertificate",
            format!("The {noun} {name} belongs to the certificate of that name, and changes only with it."),
        )
    }

    /// 404 for something that is not an object.
    pub(in crate::keyvault) fn missing(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, None, message)
    }

    /// 409: the name is taken.
    pub(in crate::keyvault) fn conflict(inner: Option<&'static str>, message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "Conflict", inner, message)
    }

    /// 409: the name belongs to a deleted object that can still be recovered.
    pub(in crate::keyvault) fn deleted_but_recoverable(kind: ObjectKind, name: &str) -> Self {
        let noun = kind.noun();
        Self::conflict(
            Some("ObjectIsDeletedButRecoverable"),
            format!(
                "{} {name} is currently in a deleted but recoverable state, and its name cannot be reused; in this state, the \
                 {noun} can only be recovered or purged.",
                kind.capitalised()
            ),
        )
    }

    /// 500: the lab itself failed.
    pub(in crate::keyvault) fn internal(message: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError", None, message)
    }
}

impl IntoResponse for VaultError {
    fn into_response(self) -> Response {
        let mut error = json!({ "code": self.code, "message": self.message });
        if let Some(inner) = self.inner {
            error["innererror"] = json!({ "code": inner });
        }
        let mut response = (self.status, Json(json!({ "error": error }))).into_response();
        if let Some(challenge) = self.challenge.and_then(|text| HeaderValue::try_from(text).ok()) {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        if let Some(wait) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs()));
        }
        response
    }
}
