//! The door of App Service and Functions (2019-08-01): `GET {IDENTITY_ENDPOINT}?resource=…` with the secret in a header.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use axum::{
    Json,
    extract::{RawQuery, State},
    http::{HeaderMap, HeaderValue, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::{ManagedIdentityDoors, not_stored, token::NoToken};
use crate::{entra::Fields, ids::passing_id};

const API_VERSION: &str = "2019-08-01";

pub(super) async fn handle(
    State(doors): State<ManagedIdentityDoors>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    not_stored(decide(&doors, &headers, &query).unwrap_or_else(|(status, words)| refuse(status, &words)))
}

fn decide(doors: &ManagedIdentityDoors, headers: &HeaderMap, query: &Fields) -> Result<Response, (StatusCode, String)> {
    let wrong = |words: &str| (StatusCode::BAD_REQUEST, words.to_owned());
    let secret = headers.get("x-identity-header").map(HeaderValue::as_bytes).unwrap_or_default();
    if verify_slices_are_equal(secret, doors.secret.as_bytes()).is_err() {
        let words = "The X-IDENTITY-HEADER header is not the secret in IDENTITY_HEADER.";
        return Err((StatusCode::UNAUTHORIZED, words.to_owned()));
    }
    if query.get("api-version") != Some(API_VERSION) {
        return Err(wrong("The api-version must be 2019-08-01."));
    }
    let resource = query.get("resource").ok_or_else(|| wrong("The resource parameter is missing."))?;
    doors.answer(resource, query).map_err(|none| match none {
        NoToken::NoIdentity => {
            wrong("No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.")
        }
        NoToken::NamedTwice => wrong("Only one of client_id, principal_id and mi_res_id can be specified."),
        NoToken::Disabled => (StatusCode::FORBIDDEN, "The managed identity is disabled.".to_owned()),
        NoToken::NoResource => {
            wrong(&format!("AADSTS500011: The resource principal named {resource} was not found in the tenant."))
        }
        NoToken::Broken => (StatusCode::INTERNAL_SERVER_ERROR, "An unexpected error occured.".to_owned()),
    })
}

fn refuse(status: StatusCode, words: &str) -> Response {
    let body = json!({ "statusCode": status.as_u16(), "message": words, "correlationId": passing_id() });
    (status, Json(body)).into_response()
}
