//! What a request is answered when there is nothing to show.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use keystay::Fault;
use serde_json::json;

/// Why there is no answer.
pub(crate) enum Failure {
    /// The query names no usable tenant.
    Tenant(String),
    /// No token.
    Token(keystay::Error),
    /// Graph refused, with that status, or could not be reached.
    Graph(Option<u16>),
    /// The routes of the heist are switched off.
    TheftIsOff,
}

impl From<keystay::Error> for Failure {
    fn from(error: keystay::Error) -> Self {
        Self::Token(error)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let (status, error, hint) = match self {
            Self::Tenant(message) => (StatusCode::BAD_REQUEST, message, "pass ?tenantId={id or domain}".to_owned()),
            Self::Token(error) => {
                tracing::warn!(code = error.code(), "{error}");
                let status = match error.fault() {
                    Fault::TenantAdmin => StatusCode::FORBIDDEN,
                    Fault::Network | Fault::Service => StatusCode::SERVICE_UNAVAILABLE,
                    _ => StatusCode::INTERNAL_SERVER_ERROR,
                };
                (status, error.to_string(), error.hint())
            }
            Self::Graph(Some(status)) => (
                StatusCode::BAD_GATEWAY,
                format!("Graph answered {status}"),
                "check that the app was granted User.ReadBasic.All in this tenant".to_owned(),
            ),
            Self::Graph(None) => (StatusCode::BAD_GATEWAY, "Graph cannot be reached".to_owned(), String::new()),
            Self::TheftIsOff => (
                StatusCode::NOT_FOUND,
                "this route gives secrets away and is off".to_owned(),
                "set SHOW_THEFT=true in a lab, never in production".to_owned(),
            ),
        };
        (status, Json(json!({ "error": error, "hint": hint }))).into_response()
    }
}
