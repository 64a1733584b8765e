//! Errors of the native door, as RFC 9457 says.

use std::time::Duration;

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::{ToResponse, ToSchema};

use crate::{caller::Unknown, desk::Refused};

/// When an issuer's keys are looked for again, or a clock that is behind has come up.
const SOON: Duration = Duration::from_secs(10);

/// What went wrong, and what to do (RFC 9457)
#[derive(Debug, Serialize, ToResponse, ToSchema)]
#[response(description = "What went wrong, and what to do", content_type = "application/problem+json")]
pub(crate) struct Problem {
    title: &'static str,
    status: u16,
    /// In words.
    detail: String,
    /// A name that stays.
    code: &'static str,
    /// What to do, and who can.
    #[serde(skip_serializing_if = "String::is_empty")]
    hint: String,
    #[serde(skip)]
    retry: Option<Duration>,
}

/// A problem with its words.
pub(crate) fn problem(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Problem {
    Problem {
        title: status.canonical_reason().unwrap_or("Error"),
        status: status.as_u16(),
        detail: detail.into(),
        code,
        hint: String::new(),
        retry: None,
    }
}

impl Problem {
    fn hint(mut self, words: impl Into<String>) -> Self {
        self.hint = words.into();
        self
    }
}

impl From<Unknown> for Problem {
    fn from(unknown: Unknown) -> Self {
        if let Unknown::Jwt(fault) = unknown
            && fault.passes()
        {
            let mut problem = problem(StatusCode::SERVICE_UNAVAILABLE, unknown.code(), unknown.to_string());
            problem.retry = Some(SOON);
            return problem;
        }
        problem(StatusCode::UNAUTHORIZED, unknown.code(), unknown.to_string())
            .hint("the operator of the broker names callers in `[callers]` of its configuration")
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        let retry = refused.retry();
        // asking again helps, or it does not: clients act on the status alone
        let status = match refused {
            Refused::Busy(_) => StatusCode::TOO_MANY_REQUESTS,
            _ if retry.is_some() => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::FORBIDDEN,
        };
        let mut problem = problem(status, refused.code(), refused.to_string()).hint(refused.hint());
        problem.retry = retry;
        problem
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry = self.retry;
        let mut response = (status, Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(retry) = retry {
            headers.insert(header::RETRY_AFTER, retry.as_secs().max(1).into());
        }
        response
    }
}
