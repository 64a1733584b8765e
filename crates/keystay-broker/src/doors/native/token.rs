//! A token, as JSON or as the header that carries it.

use std::time::UNIX_EPOCH;

use axum::{
    Json,
    extract::{Extension, FromRequest, Path, Query, Request, State},
    http::header,
    response::{IntoResponse, Response},
};
use keystay::{Scopes, Tenant};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{DOOR, Shared, malformed, recognised};
use crate::{
    caller::Caller,
    desk::{Ask, Granted},
    doors::{
        body::{NOT_STORED, as_text, with_token},
        problem::Problem,
    },
    listen::Connection,
};

/// Which token.
#[derive(Debug, Deserialize, IntoParams, ToSchema)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct TokenRequest {
    /// The identity's name in the configuration.
    identity: String,
    /// The customer's tenant: its id or one of its domains.
    tenant: String,
    /// The scope; Microsoft Graph without one.
    #[serde(default)]
    scope: Option<String>,
}

/// The same without the identity, which the path names.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct HeaderRequest {
    /// The customer's tenant: its id or one of its domains.
    tenant: String,
    /// The scope; Microsoft Graph without one.
    #[serde(default)]
    scope: Option<String>,
}

/// A token, as RFC 6749 section 5.1 says, with what a caller wants to know about it.
#[derive(Serialize, ToSchema)]
pub(super) struct TokenAnswer<'a> {
    /// For `Authorization: Bearer`.
    access_token: &'static str,
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// Seconds.
    expires_in: u64,
    /// Seconds since 1970.
    expires_on: u64,
    scope: &'a str,
    identity: &'a str,
    #[schema(value_type = String)]
    #[serde(serialize_with = "as_text")]
    tenant: &'a Tenant,
    /// The name of this decision in the audit log.
    decision: Uuid,
}

/// Get a token
#[utoipa::path(
    get, path = "/v1/token", operation_id = "getToken", tag = "tokens", params(TokenRequest),
    responses(
        (status = OK, body = TokenAnswer<'_>), (status = BAD_REQUEST, response = Problem),
        (status = UNAUTHORIZED, response = Problem), (status = FORBIDDEN, response = Problem),
        (status = SERVICE_UNAVAILABLE, response = Problem),
    )
)]
pub(super) async fn by_query(
    State(shared): State<Shared>,
    Extension(connection): Extension<Connection>,
    request: Request,
) -> Result<Response, Problem> {
    let caller = recognised(&shared, &connection, request.headers()).await?;
    let Query(asked) = Query::from_request(request, &()).await.map_err(|rejection| malformed(rejection.body_text()))?;
    token(&shared, &caller, asked).await
}

/// Get a token, asked for in the body
#[utoipa::path(
    post, path = "/v1/token", operation_id = "postToken", tag = "tokens", request_body = TokenRequest,
    responses(
        (status = OK, body = TokenAnswer<'_>), (status = BAD_REQUEST, response = Problem),
        (status = UNAUTHORIZED, response = Problem), (status = FORBIDDEN, response = Problem),
        (status = SERVICE_UNAVAILABLE, response = Problem),
    )
)]
pub(super) async fn by_body(
    State(shared): State<Shared>,
    Extension(connection): Extension<Connection>,
    request: Request,
) -> Result<Response, Problem> {
    let caller = recognised(&shared, &connection, request.headers()).await?;
    let Json(asked) = Json::from_request(request, &()).await.map_err(|rejection| malformed(rejection.body_text()))?;
    token(&shared, &caller, asked).await
}

/// Get the value of an Authorization header
///
/// For programs that can set a header and read no JSON: `Bearer`, a space and the token, as plain text.
#[utoipa::path(
    get, path = "/v1/header/{identity}", operation_id = "getHeader", tag = "tokens",
    params(("identity" = String, Path, description = "The identity's name in the configuration"), HeaderRequest),
    responses(
        (status = OK, body = String, content_type = "text/plain"), (status = BAD_REQUEST, response = Problem),
        (status = UNAUTHORIZED, response = Problem), (status = FORBIDDEN, response = Problem),
        (status = SERVICE_UNAVAILABLE, response = Problem),
    )
)]
pub(super) async fn header(
    State(shared): State<Shared>,
    Extension(connection): Extension<Connection>,
    Path(identity): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let caller = recognised(&shared, &connection, request.headers()).await?;
    let Query(HeaderRequest { tenant, scope }) =
        Query::from_request(request, &()).await.map_err(|rejection| malformed(rejection.body_text()))?;
    let (_, granted) = granted(&shared, &caller, TokenRequest { identity, tenant, scope }).await?;
    let plain = (header::CONTENT_TYPE, "text/plain; charset=utf-8");
    Ok(([NOT_STORED], [plain], format!("Bearer {}", granted.token.secret())).into_response())
}

async fn token(shared: &Shared, caller: &Caller, asked: TokenRequest) -> Result<Response, Problem> {
    let (ask, granted) = granted(shared, caller, asked).await?;
    let answer = TokenAnswer {
        access_token: "",
        token_type: "Bearer",
        expires_in: granted.remaining.as_secs(),
        expires_on: granted.expires_on.duration_since(UNIX_EPOCH).map_or(0, |life| life.as_secs()),
        scope: ask.scopes.as_str(),
        identity: granted.identity.name().as_str(),
        tenant: &ask.tenant,
        decision: granted.decision,
    };
    Ok(with_token(granted.token.secret(), &answer))
}

async fn granted(shared: &Shared, caller: &Caller, asked: TokenRequest) -> Result<(Ask, Granted), Problem> {
    let tenant = asked.tenant.parse().map_err(|error: keystay::AuthorityError| malformed(error.to_string()))?;
    let scopes = match &asked.scope {
        None => Scopes::graph(),
        Some(scope) => scope.parse().map_err(|error: keystay::ScopesError| malformed(error.to_string()))?,
    };
    let ask = Ask { identity: asked.identity, tenant, scopes };
    let granted = shared.desk.token(caller, &ask, DOOR).await?;
    Ok((ask, granted))
}
