//! The broker's own door: a token for any identity and tenant the caller may have.

use std::time::UNIX_EPOCH;

use axum::{
    Json,
    extract::{Extension, FromRequest, Query, Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use keystay::{Scopes, Tenant};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Doors, Shared, problem, problem::Problem, recognise};
use crate::{desk::Ask, listen::Connection};

const DOOR: &str = "native";

/// Adds its routes.
pub(crate) fn add(doors: Doors) -> Doors {
    doors.route(Method::GET, "/v1/token", token_by_query).route(Method::POST, "/v1/token", token_by_body)
}

/// Which token.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenRequest {
    /// The identity's name in the configuration.
    identity: String,
    /// The customer's tenant: its id or one of its domains.
    tenant: String,
    /// The scope; Microsoft Graph without one.
    #[serde(default)]
    scope: Option<String>,
}

/// A token, as RFC 6749 section 5.1 says, with what a caller wants to know about it.
#[derive(Serialize)]
struct TokenAnswer<'a> {
    access_token: &'a str,
    token_type: &'static str,
    expires_in: u64,
    /// Seconds since 1970.
    expires_on: u64,
    scope: &'a str,
    identity: &'a str,
    tenant: String,
    decision: Uuid,
}

async fn token_by_query(
    State(shared): State<Shared>,
    Extension(connection): Extension<Connection>,
    request: Request,
) -> Result<Response, Problem> {
    let headers = request.headers().clone();
    token(&shared, &connection, &headers, || async {
        Query::from_request(request, &()).await.map(|Query(asked)| asked).map_err(|rejection| rejection.body_text())
    })
    .await
}

async fn token_by_body(
    State(shared): State<Shared>,
    Extension(connection): Extension<Connection>,
    request: Request,
) -> Result<Response, Problem> {
    let headers = request.headers().clone();
    token(&shared, &connection, &headers, || async {
        Json::from_request(request, &()).await.map(|Json(asked)| asked).map_err(|rejection| rejection.body_text())
    })
    .await
}

/// Recognises first: a stranger learns nothing about what a request should look like, and has no body read.
async fn token<F>(
    shared: &Shared,
    connection: &Connection,
    headers: &HeaderMap,
    read: impl FnOnce() -> F,
) -> Result<Response, Problem>
where
    F: Future<Output = Result<TokenRequest, String>>,
{
    let caller = recognise(shared, connection, bearer(headers), DOOR).await?;
    let malformed = |detail: String| problem(StatusCode::BAD_REQUEST, "malformed", detail);
    let asked = read().await.map_err(malformed)?;
    let tenant: Tenant = asked.tenant.parse().map_err(|error: keystay::AuthorityError| malformed(error.to_string()))?;
    let scopes = match &asked.scope {
        None => Scopes::graph(),
        Some(scope) => scope.parse().map_err(|error: keystay::ScopesError| malformed(error.to_string()))?,
    };
    let ask = Ask { identity: asked.identity, tenant, scopes };
    let granted = shared.desk.token(&caller, &ask, DOOR).await?;
    let answer = TokenAnswer {
        access_token: granted.token.secret(),
        token_type: "Bearer",
        expires_in: granted.remaining.as_secs(),
        expires_on: granted.expires_on.duration_since(UNIX_EPOCH).map_or(0, |life| life.as_secs()),
        scope: ask.scopes.as_str(),
        identity: granted.identity.name().as_str(),
        tenant: ask.tenant.to_string(),
        decision: granted.decision,
    };
    Ok(([(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))], Json(answer)).into_response())
}

/// The secret in `Authorization: Bearer …` (RFC 6750 section 2.1).
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?;
    // what is no bearer header at all is a secret that is wrong, not a missing one
    let (scheme, secret) = value.to_str().unwrap_or_default().split_once(' ').unwrap_or_default();
    Some(if scheme.eq_ignore_ascii_case("bearer") { secret.trim() } else { "" })
}

/// Anything else. Not 404, which some SDKs take for a reason to wait and ask again.
pub(crate) async fn no_such_route() -> Problem {
    problem(StatusCode::FORBIDDEN, "no-such-route", "the broker has no such route; see `/` for those it has")
}

/// A route, asked in another way.
pub(crate) async fn no_such_method() -> Problem {
    problem(StatusCode::METHOD_NOT_ALLOWED, "no-such-method", "the route is asked with another method; see `/`")
}
