//! Azure Resource Manager, of which the lab has the front door only.

use axum::{
    Json, Router,
    http::{StatusCode, Uri},
    response::{IntoResponse, Response},
};
use serde_json::json;

/// The routes of `management.azure.com`.
pub(crate) fn router() -> Router {
    Router::new().fallback(not_found)
}

async fn not_found(uri: Uri) -> Response {
    let message = format!(
        "The Resource '{}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix",
        uri.path()
    );
    (StatusCode::NOT_FOUND, Json(json!({ "error": { "code": "ResourceNotFound", "message": message } })))
        .into_response()
}
