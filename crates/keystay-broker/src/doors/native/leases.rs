//! A lease for a child process: `keystay exec` takes it and holds it.

use std::{collections::HashSet, convert::Infallible};

use axum::{
    Json,
    body::{Body, Bytes},
    extract::{Extension, FromRequest, Request, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use futures::{StreamExt, stream};
use keystay::Scopes;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{NOT_STORED, Shared, malformed, recognised};
use crate::{
    caller::{BearerHashError, Lease},
    doors::{problem, problem::Problem},
    listen::Connection,
};

/// What a lease is for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LeaseRequest {
    /// The identity's name in the configuration.
    identity: String,
    /// The customer's tenant: its id or one of its domains.
    tenant: String,
    /// These scopes only; without any, whatever the caller may have.
    #[serde(default)]
    scopes: Vec<String>,
    /// The SHA-256 of the lease's secret in 64 hexadecimal digits. The secret itself, 256 random bits in lower-case
    /// hexadecimal digits, is known to the taker alone.
    secret_sha256: String,
}

/// The first line of the answer.
#[derive(Serialize, ToSchema)]
pub(super) struct LeaseAnswer<'a> {
    /// The lease's name in the audit log.
    lease: Uuid,
    /// For IDENTITY_ENDPOINT; the secret is for IDENTITY_HEADER.
    endpoint: String,
    identity: &'a str,
    tenant: String,
}

/// Take a lease
///
/// The answer is one line and does not end: while the connection is open, whoever presents the secret is the caller,
/// for this identity in this tenant only. When it closes, the secret is worth nothing any more. The broker ends the
/// answer when it stops.
#[utoipa::path(
    post, path = "/v1/leases", operation_id = "takeLease", tag = "leases", request_body = LeaseRequest,
    responses(
        (status = OK, body = LeaseAnswer<'_>, content_type = "application/x-ndjson"),
        (status = BAD_REQUEST, response = Problem), (status = UNAUTHORIZED, response = Problem),
        (status = FORBIDDEN, response = Problem),
    )
)]
pub(super) async fn take(
    State(shared): State<Shared>,
    Extension(connection): Extension<Connection>,
    request: Request,
) -> Result<Response, Problem> {
    let caller = recognised(&shared, &connection, request.headers()).await?;
    let Json(asked) =
        Json::<LeaseRequest>::from_request(request, &()).await.map_err(|rejection| malformed(rejection.body_text()))?;
    let hash = asked.secret_sha256.parse().map_err(|error: BearerHashError| malformed(error.to_string()))?;
    let tenant = asked.tenant.parse().map_err(|error: keystay::AuthorityError| malformed(error.to_string()))?;
    let scopes = asked.scopes.iter().map(|scope| scope.parse()).collect::<Result<HashSet<Scopes>, _>>();
    let scopes = scopes.map_err(|error: keystay::ScopesError| malformed(error.to_string()))?;
    let Some(address) = shared.loopback else {
        return Err(problem(
            StatusCode::FORBIDDEN,
            "no-loopback",
            "SDKs ask for tokens over TCP, and this broker listens on the unix socket alone; its operator can set `listen.loopback`",
        ));
    };
    let lease = Lease { id: Uuid::new_v4(), identity: asked.identity, tenant, scopes };
    let answer = LeaseAnswer {
        lease: lease.id,
        endpoint: format!("http://{address}/msi/{}/{}", lease.identity, lease.tenant),
        identity: &lease.identity,
        tenant: lease.tenant.to_string(),
    };
    let mut line = serde_json::to_vec(&answer).map_err(|error| malformed(error.to_string()))?;
    line.push(b'\n');
    let mut hold = shared.desk.lease(&caller, hash, lease)?;
    // the hold is the stream's: it goes when the connection does, or ends the answer when the broker ends the lease
    let end = stream::once(async move { hold.ended().await }).filter_map(|()| async { None });
    let body = stream::once(async move { Ok::<_, Infallible>(Bytes::from(line)) }).chain(end);
    let lines = (header::CONTENT_TYPE, "application/x-ndjson");
    Ok(([NOT_STORED], [lines], Body::from_stream(body)).into_response())
}
