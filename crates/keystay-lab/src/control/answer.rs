//! How the control API answers when it cannot do what it was asked: JSON that says what to do.

use axum::{
    Json,
    body::{Body, to_bytes},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{directory::DirectoryError, error::LabError};

/// Why a request was not followed.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Problem {
    #[serde(skip)]
    status: StatusCode,
    /// What is wrong, with the value that is.
    error: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

/// An answer, or why there is none.
pub(super) type Answer<T> = Result<T, Problem>;

impl Problem {
    fn new(status: StatusCode, words: impl std::fmt::Display) -> Self {
        Self { status, error: words.to_string(), hint: None }
    }

    pub(super) fn bad_request(words: impl std::fmt::Display) -> Self {
        Self::new(StatusCode::BAD_REQUEST, words)
    }

    pub(super) fn not_found(words: impl std::fmt::Display) -> Self {
        Self::new(StatusCode::NOT_FOUND, words)
    }

    pub(super) fn conflict(words: impl std::fmt::Display) -> Self {
        Self::new(StatusCode::CONFLICT, words)
    }

    pub(super) fn hint(mut self, words: impl Into<String>) -> Self {
        self.hint = Some(words.into());
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        (self.status, Json(self)).into_response()
    }
}

impl From<DirectoryError> for Problem {
    fn from(error: DirectoryError) -> Self {
        match error {
            DirectoryError::NoTenant(_) => Self::not_found(error).hint("GET /lab/tenants lists them"),
            DirectoryError::NoApplication(_) | DirectoryError::NoCredential { .. } => {
                Self::not_found(error).hint("GET /lab/apps lists the apps with their credentials")
            }
            DirectoryError::NoPrincipal { .. } => {
                Self::not_found(error).hint("PUT /lab/tenants/{tenant}/consents/{app} consents to it")
            }
            DirectoryError::NoGroup(_) | DirectoryError::NoObject(_) => {
                Self::not_found(error).hint("GET /lab/tenants/{tenant} lists the tenant's people, groups and apps")
            }
            _ => Self::bad_request(error),
        }
    }
}

impl From<LabError> for Problem {
    fn from(error: LabError) -> Self {
        match error {
            LabError::Vault(words) => {
                Self::bad_request(words).hint("GET /lab/vaults lists the vaults and what is in them")
            }
            other => Self::bad_request(chain(&other)),
        }
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words = format!("{words}: {error}");
        cause = error.source();
    }
    words
}

/// A path below `/lab/` that is nothing.
pub(super) async fn no_such_address() -> Problem {
    Problem::not_found("the control API has no such address").hint(DESCRIBED)
}

/// What the framework refuses, such as a body that cannot be read, in the shape all refusals have.
pub(super) async fn in_json(answer: Response) -> Response {
    let is_plain = answer
        .headers()
        .get(header::CONTENT_TYPE)
        .is_none_or(|kind| kind.to_str().is_ok_and(|kind| kind.starts_with("text/plain")));
    if !(answer.status().is_client_error() && is_plain) {
        return answer;
    }
    let (mut parts, body) = answer.into_parts();
    let words = to_bytes(body, LONGEST_WORDS).await.unwrap_or_default();
    let words = String::from_utf8_lossy(&words);
    let words = match parts.status {
        StatusCode::METHOD_NOT_ALLOWED => {
            "this address does not take this method; the Allow header says which it takes"
        }
        _ => words.trim(),
    };
    let problem = Problem::new(parts.status, words);
    for field in [header::CONTENT_TYPE, header::CONTENT_LENGTH] {
        parts.headers.remove(field);
    }
    let problem = problem.hint(DESCRIBED);
    let text = serde_json::to_string(&problem).unwrap_or_default();
    parts.headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    Response::from_parts(parts, Body::from(text))
}

const DESCRIBED: &str = "GET /lab/openapi.json describes every request";
/// The framework's own refusals are a line.
const LONGEST_WORDS: usize = 16 * 1024;
