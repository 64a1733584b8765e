//! `/openapi.json`: the native door, described for programs (OpenAPI 3.1).

use std::sync::LazyLock;

use axum::{
    extract::{Extension, Request, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use utoipa::{
    Modify, OpenApi,
    openapi::{
        OpenApi as Description, RefOr,
        security::{Http, HttpAuthScheme, SecurityScheme},
    },
};

use super::{Shared, about, leases, page, recognised, token};
use crate::{doors::problem::Problem, listen::Connection};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "keystay broker",
        description = "Access tokens of the broker's identities, for callers its operator named. Over the unix socket a \
            caller is known by its user; over TCP by its secret. Every route is refused to strangers, and to requests that a \
            page of another site, a proxy or another host name brought along.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    servers((url = "/")),
    tags(
        (name = "tokens", description = "Access tokens, by identity, tenant and scope"),
        (name = "leases", description = "Secrets that live as long as a connection"),
        (name = "about", description = "What a caller may know"),
    ),
    paths(
        token::by_query, token::by_body, token::header, leases::take, about::identities, about::whoami, show, page::show
    ),
    components(responses(Problem)),
    modifiers(&Security),
    security((), ("secret" = []))
)]
struct Document;

/// How callers prove themselves: by nothing on the unix socket, by their secret on TCP.
struct Security;

impl Modify for Security {
    fn modify(&self, document: &mut Description) {
        let secret = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        document.components.get_or_insert_default().add_security_scheme("secret", secret);
    }
}

static DOCUMENT: LazyLock<String> = LazyLock::new(openapi);

/// The description of the native door.
pub fn openapi() -> String {
    let mut document = Document::openapi();
    describe_answers(&mut document);
    document.to_pretty_json().unwrap_or_else(|error| error.to_string())
}

/// OpenAPI wants words for every answer; the name of its status says it all here.
fn describe_answers(document: &mut Description) {
    let operations =
        document.paths.paths.values_mut().flat_map(|path| [&mut path.get, &mut path.post].into_iter().flatten());
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
    get, path = "/openapi.json", operation_id = "showDocument", tag = "about",
    responses((status = OK, body = Object, content_type = "application/json"), (status = UNAUTHORIZED, response = Problem))
)]
pub(super) async fn show(
    State(shared): State<Shared>,
    Extension(connection): Extension<Connection>,
    request: Request,
) -> Result<Response, Problem> {
    recognised(&shared, &connection, request.headers()).await?;
    Ok(([(header::CONTENT_TYPE, "application/json")], DOCUMENT.as_str()).into_response())
}
