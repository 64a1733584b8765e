//! The one error that suits every SDK.

use std::time::Duration;

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use uuid::Uuid;

use crate::{caller::Unknown, desk::Refused};

/// Why there is no token, in the fields of all protocols at once: each SDK shows another one.
///
/// Statuses are chosen by what SDKs do about them: 400, 401 and 403 are shown at once, 503 is asked again, and 404 would
/// make some of them ask again for 20 seconds. `Retry-After` comes with 503 alone.
#[derive(Debug, Serialize)]
pub(crate) struct NoToken {
    error: &'static str,
    error_description: String,
    message: String,
    #[serde(rename = "statusCode")]
    status: u16,
    /// The decision's name in the journal, where it came to one.
    #[serde(rename = "correlationId", skip_serializing_if = "Option::is_none")]
    decision: Option<Uuid>,
    #[serde(skip)]
    retry: Option<Duration>,
}

impl NoToken {
    pub(crate) fn new(status: StatusCode, error: &'static str, words: String) -> Self {
        Self {
            error,
            error_description: words.clone(),
            message: words,
            status: status.as_u16(),
            decision: None,
            retry: None,
        }
    }

    /// The request cannot be understood.
    pub(crate) fn malformed(words: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed", words.into())
    }

    /// The request fits several identities. Not 400, which Rust's SDK shows without its words.
    pub(super) fn ambiguous(words: String) -> Self {
        Self::new(StatusCode::FORBIDDEN, "identity-ambiguous", words)
    }

    /// The desk said no.
    pub(crate) fn refused(decision: Uuid, refused: &Refused) -> Self {
        let retry = refused.retry();
        let status = if retry.is_some() { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::FORBIDDEN };
        let words = format!("{refused}; {}", refused.hint());
        Self { decision: Some(decision), retry, ..Self::new(status, refused.code(), words) }
    }
}

impl From<Unknown> for NoToken {
    fn from(unknown: Unknown) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, unknown.code(), unknown.to_string())
    }
}

impl IntoResponse for NoToken {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry = self.retry;
        let mut response = (status, Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(retry) = retry {
            headers.insert(header::RETRY_AFTER, retry.as_secs().max(1).into());
        }
        response
    }
}
