//! `/lab/openapi.json`: the control API, described for programs (OpenAPI 3.1).

use std::sync::LazyLock;

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use utoipa::{
    OpenApi,
    openapi::{self, RefOr},
};

/// What is common to all requests.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "keystay lab control API",
        description = "Looks at a running lab and changes it. It listens on the loopback interface, on the port of the lab's \
            proxy, and takes requests whose Host header names that address and that no other web site has caused.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    servers((url = "/")),
    tags(
        (name = "overview", description = "What the lab is and what is in it"),
        (name = "clock", description = "The clock of all services"),
        (name = "journal", description = "Which requests were made of the lab"),
        (name = "faults", description = "Faults and delays on purpose"),
        (name = "tenants", description = "Tenants, their people, groups and consents"),
        (name = "apps", description = "App registrations, their credentials, and managed identities"),
        (name = "vaults", description = "Vaults, from inside: no role is asked for"),
        (name = "state", description = "The whole world as a document"),
    )
)]
pub(super) struct Common;

static DOCUMENT: LazyLock<String> = LazyLock::new(|| {
    let mut document = super::doors().into_openapi();
    describe_answers(&mut document);
    document.to_json().unwrap_or_else(|error| error.to_string())
});

/// OpenAPI wants words for every answer; the name of its status says it all here.
fn describe_answers(document: &mut openapi::OpenApi) {
    let operations = document.paths.paths.values_mut().flat_map(|path| {
        [&mut path.get, &mut path.put, &mut path.post, &mut path.patch, &mut path.delete].into_iter().flatten()
    });
    for (status, answer) in operations.flat_map(|operation| &mut operation.responses.responses) {
        if let RefOr::T(answer) = answer
            && let Ok(status) = StatusCode::from_bytes(status.as_bytes())
        {
            status.canonical_reason().unwrap_or_default().clone_into(&mut answer.description);
        }
    }
}

/// This document
#[utoipa::path(
    get, path = "/lab/openapi.json", operation_id = "showDocument", tag = "overview",
    responses((status = OK, body = Object, content_type = "application/json"))
)]
pub(super) async fn show() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], DOCUMENT.as_str()).into_response()
}
