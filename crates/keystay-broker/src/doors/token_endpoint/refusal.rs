//! Why there is no token, as RFC 6749 section 5.2 says and SDKs of Entra read it.

use std::time::Duration;

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use uuid::Uuid;

use crate::{caller::Unknown, desk::Refused, policy::Denial};

#[derive(Debug, Serialize)]
pub(super) struct Refusal {
    error: &'static str,
    error_description: String,
    /// The broker's own name for it, as at its other doors.
    code: &'static str,
    /// The decision's name in the journal, where it came to one.
    #[serde(skip_serializing_if = "Option::is_none")]
    correlation_id: Option<Uuid>,
    #[serde(skip)]
    status: StatusCode,
    #[serde(skip)]
    retry: Option<Duration>,
}

/// When an issuer's keys are looked for again.
const SOON: Duration = Duration::from_secs(10);

impl Refusal {
    fn new(error: &'static str, code: &'static str, words: impl Into<String>) -> Self {
        Self {
            error,
            error_description: words.into(),
            code,
            correlation_id: None,
            status: StatusCode::BAD_REQUEST,
            retry: None,
        }
    }

    pub(super) fn malformed(words: impl Into<String>) -> Self {
        Self::new("invalid_request", "malformed", words)
    }

    pub(super) fn grant_type() -> Self {
        let words = "the broker knows `client_credentials` only: it has tokens of apps, not of people";
        Self::new("unsupported_grant_type", "grant-type", words)
    }

    pub(super) fn scope(words: String) -> Self {
        Self::new("invalid_scope", "malformed", words)
    }

    pub(super) fn ambiguous(words: String) -> Self {
        Self::new("invalid_request", "identity-ambiguous", words)
    }

    pub(super) fn refused(decision: Uuid, refused: &Refused) -> Self {
        let retry = refused.retry();
        let error = match refused {
            _ if retry.is_some() => "temporarily_unavailable",
            Refused::Denied(Denial::Scope | Denial::Forbidden(_)) => "invalid_scope",
            _ => "unauthorized_client",
        };
        let status = if retry.is_some() { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::BAD_REQUEST };
        let words = format!("{refused}; {}", refused.hint());
        Self { correlation_id: Some(decision), retry, status, ..Self::new(error, refused.code(), words) }
    }
}

impl From<Unknown> for Refusal {
    fn from(unknown: Unknown) -> Self {
        let (error, status, retry) = match unknown {
            Unknown::Jwt(fault) if fault.passes() => {
                ("temporarily_unavailable", StatusCode::SERVICE_UNAVAILABLE, Some(SOON))
            }
            Unknown::InTheClear => ("invalid_request", StatusCode::FORBIDDEN, None),
            _ => ("invalid_client", StatusCode::UNAUTHORIZED, None),
        };
        Self { status, retry, ..Self::new(error, unknown.code(), unknown.to_string()) }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, retry) = (self.status, self.retry);
        let mut response = (status, Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(retry) = retry {
            headers.insert(header::RETRY_AFTER, retry.as_secs().max(1).into());
        }
        response
    }
}
