//! The door of a virtual machine: the instance metadata service. It has no secret; a header keeps browsers and naive
//! forwarders out.

use axum::{
    Json,
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::{ManagedIdentityDoors, not_stored, says_metadata, token::NoToken};
use crate::entra::Fields;

/// The versions that know managed identities; the SDKs use the first and the last but one.
const API_VERSIONS: [&str; 8] =
    ["2018-02-01", "2018-04-02", "2018-10-01", "2019-02-01", "2019-03-11", "2019-06-01", "2019-08-01", "2021-02-01"];

struct Refusal {
    status: StatusCode,
    error: &'static str,
    words: String,
}

pub(super) async fn handle(
    State(doors): State<ManagedIdentityDoors>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    not_stored(decide(&doors, &headers, &query).unwrap_or_else(|Refusal { status, error, words }| {
        (status, Json(json!({ "error": error, "error_description": words }))).into_response()
    }))
}

fn decide(doors: &ManagedIdentityDoors, headers: &HeaderMap, query: &Fields) -> Result<Response, Refusal> {
    let wrong = |error, words: &str| Refusal { status: StatusCode::BAD_REQUEST, error, words: words.to_owned() };
    if !says_metadata(headers) {
        return Err(wrong("bad_request_102", "Required metadata header not specified"));
    }
    if headers.contains_key("x-forwarded-for") {
        return Err(wrong("invalid_request", "Request contains invalid header 'X-Forwarded-For'"));
    }
    let version = query
        .get("api-version")
        .ok_or_else(|| wrong("invalid_request", "Required query variable 'api-version' is missing"))?;
    if !API_VERSIONS.contains(&version) {
        return Err(wrong("invalid_request", &format!("Version '{version}' is not supported")));
    }
    let resource = query
        .get("resource")
        .ok_or_else(|| wrong("invalid_request", "Required query variable 'resource' is missing"))?;
    doors.answer(resource, query).map_err(|none| match none {
        NoToken::NoIdentity => wrong("invalid_request", "Identity not found"),
        NoToken::NamedTwice => {
            wrong("invalid_request", "Only one of client_id, object_id and msi_res_id can be specified")
        }
        NoToken::Disabled => wrong("access_denied", "The managed identity is disabled."),
        NoToken::NoResource => wrong(
            "invalid_resource",
            &format!("AADSTS500011: The resource principal named {resource} was not found in the tenant."),
        ),
        NoToken::Broken => Refusal {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            error: "unknown",
            words: "Failed to retrieve token from the Active directory.".to_owned(),
        },
    })
}
