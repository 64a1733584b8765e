//! The broker's own door: a token for any identity and tenant the caller may have, and what a caller may know.

mod about;
mod document;
mod leases;
mod page;
mod token;

use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};

pub use document::openapi;

use super::{Doors, Shared, problem, problem::Problem, recognise};
use crate::{caller::Caller, listen::Connection};

const DOOR: &str = "native";

/// Adds its routes.
pub(crate) fn add(doors: Doors) -> Doors {
    doors
        .route(Method::GET, "/v1/token", token::by_query)
        .route(Method::POST, "/v1/token", token::by_body)
        .route(Method::GET, "/v1/header/{identity}", token::header)
        .route(Method::POST, "/v1/leases", leases::take)
        .route(Method::GET, "/v1/identities", about::identities)
        .route(Method::GET, "/v1/whoami", about::whoami)
        .route(Method::GET, "/openapi.json", document::show)
        .route(Method::GET, "/", page::show)
}

/// The caller. First of all: a stranger learns nothing about what a request should look like, and has no body read.
async fn recognised(shared: &Shared, connection: &Connection, headers: &HeaderMap) -> Result<Caller, Problem> {
    Ok(recognise(shared, connection, bearer(headers), DOOR).await?)
}

/// The secret in `Authorization: Bearer …` (RFC 6750 section 2.1).
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?;
    // what is no bearer header at all is a secret that is wrong, not a missing one
    let (scheme, secret) = value.to_str().unwrap_or_default().split_once(' ').unwrap_or_default();
    Some(if scheme.eq_ignore_ascii_case("bearer") { secret.trim() } else { "" })
}

fn malformed(detail: impl Into<String>) -> Problem {
    problem(StatusCode::BAD_REQUEST, "malformed", detail)
}

/// What is somebody's alone is stored by nobody.
const NOT_STORED: (header::HeaderName, HeaderValue) = (header::CACHE_CONTROL, HeaderValue::from_static("no-store"));

/// Anything else. Not 404, which some SDKs take for a reason to wait and ask again.
pub(crate) async fn no_such_route() -> Problem {
    problem(StatusCode::FORBIDDEN, "no-such-route", "the broker has no such route; see `/` for those it has")
}

/// A route, asked in another way.
pub(crate) async fn no_such_method() -> Problem {
    problem(StatusCode::METHOD_NOT_ALLOWED, "no-such-method", "the route is asked with another method; see `/`")
}
