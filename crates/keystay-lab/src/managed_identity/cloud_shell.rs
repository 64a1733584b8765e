//! The door of Cloud Shell: `POST {MSI_ENDPOINT}` with the resource in a form. The real one speaks for the person in front of
//! the shell; the lab's speaks for the host.

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::{ManagedIdentityDoors, not_stored, says_metadata, token::NoToken};
use crate::entra::Fields;

struct Refusal {
    status: StatusCode,
    code: &'static str,
    words: String,
}

pub(super) async fn handle(State(doors): State<ManagedIdentityDoors>, headers: HeaderMap, body: Bytes) -> Response {
    not_stored(decide(&doors, &headers, &Fields::parse(&body)).unwrap_or_else(|Refusal { status, code, words }| {
        (status, Json(json!({ "error": { "code": code, "message": words } }))).into_response()
    }))
}

// not documented: the codes, beyond the shape of the body
fn decide(doors: &ManagedIdentityDoors, headers: &HeaderMap, form: &Fields) -> Result<Response, Refusal> {
    let wrong = |code, words: &str| Refusal { status: StatusCode::BAD_REQUEST, code, words: words.to_owned() };
    if !says_metadata(headers) {
        return Err(wrong("InvalidRequest", "The required header 'Metadata: true' is missing."));
    }
    let resource = form
        .get("resource")
        .ok_or_else(|| wrong("AudienceNotFound", "Audience is a required parameter. Specify 'resource'."))?;
    doors.answer(resource, form).map_err(|none| match none {
        NoToken::NoIdentity | NoToken::NamedTwice => {
            wrong("InvalidRequest", "No such managed identity can be used in this shell.")
        }
        NoToken::Disabled => Refusal {
            status: StatusCode::FORBIDDEN,
            code: "AccessDenied",
            words: "The managed identity is disabled.".to_owned(),
        },
        NoToken::NoResource => {
            wrong("AudienceNotSupported", &format!("Audience {resource} is not a supported MSI token audience."))
        }
        NoToken::Broken => Refusal {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            code: "InternalServerError",
            words: "The token could not be issued.".to_owned(),
        },
    })
}
