//! Refusals of Resource Manager: `{"error":{"code","message"}}`, in its own words.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::address::Address;
use crate::bearer::Caller;

/// A refusal.
#[derive(Debug)]
pub(super) struct ArmError {
    status: StatusCode,
    code: &'static str,
    message: String,
    challenge: Option<String>,
}

impl ArmError {
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), challenge: None }
    }

    pub(super) fn bad_request(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    pub(super) fn conflict(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, message)
    }

    pub(super) fn not_found(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, message)
    }

    /// 401 with the place to get a token from; the tenant is told also to strangers, as the service does.
    pub(super) fn unauthenticated(code: &'static str, message: impl Into<String>, authority: &str, why: &str) -> Self {
        let challenge = format!(
            "Bearer authorization_uri=\"https://login.windows.net/{authority}\", error=\"invalid_token\", \
             error_description=\"{why}\""
        );
        Self { challenge: Some(challenge), ..Self::new(StatusCode::UNAUTHORIZED, code, message) }
    }

    /// 403: no role of the caller allows the action there.
    pub(super) fn unauthorized(caller: &Caller, name: &str, action: &str, scope: &str) -> Self {
        let id = caller.object_id;
        Self::new(
            StatusCode::FORBIDDEN,
            "AuthorizationFailed",
            format!(
                "The client '{name}' with object id '{id}' does not have authorization to perform action '{action}' over scope \
                 '{scope}' or the scope is invalid. If access was recently granted, please refresh your credentials."
            ),
        )
    }

    pub(super) fn unreadable(error: &serde_json::Error) -> Self {
        Self::bad_request(
            "InvalidRequestContent",
            format!("The request content was invalid and could not be deserialized: '{error}'."),
        )
    }

    pub(super) fn no_resource(kind: &str, name: &str, group: &str) -> Self {
        Self::not_found(
            "ResourceNotFound",
            format!(
                "The Resource '{kind}/{name}' under resource group '{group}' was not found. For more details please go to \
                 https://aka.ms/ARMResourceNotFoundFix"
            ),
        )
    }

    pub(super) fn no_group(name: &str) -> Self {
        Self::not_found("ResourceGroupNotFound", format!("Resource group '{name}' could not be found."))
    }

    pub(super) fn no_such_operation(address: &Address) -> Self {
        let path = address.segments.join("/");
        Self::not_found(
            "NotFound",
            format!("The lab's Resource Manager has no operation for this method at '/{path}'."),
        )
    }
}

impl IntoResponse for ArmError {
    fn into_response(self) -> Response {
        let body = json!({ "error": { "code": self.code, "message": self.message } });
        let mut response = (self.status, Json(body)).into_response();
        let failure = HeaderValue::from_static("gateway");
        response.headers_mut().insert("x-ms-failure-cause", failure);
        if let Some(challenge) = self.challenge.and_then(|text| HeaderValue::try_from(text).ok()) {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}
