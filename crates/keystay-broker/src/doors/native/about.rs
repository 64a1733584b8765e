//! What a caller may know about itself.

use axum::{
    Json,
    extract::{Extension, Request, State},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{NOT_STORED, Shared, recognised};
use crate::{caller::Evidence, doors::problem::Problem, listen::Connection};

/// Who the broker takes a caller for.
#[derive(Serialize, ToSchema)]
pub(super) struct Whoami<'a> {
    /// Its name in the configuration.
    caller: &'a str,
    /// How it was recognised.
    #[schema(value_type = Object)]
    evidence: &'a Evidence,
}

/// What a caller may use.
#[derive(Serialize, ToSchema)]
pub(super) struct IdentityList {
    identities: Vec<IdentityView>,
}

/// One app.
#[derive(Serialize, ToSchema)]
pub(super) struct IdentityView {
    /// Its name in the configuration.
    name: String,
    /// The app.
    client_id: Uuid,
}

/// Show who you are
#[utoipa::path(
    get, path = "/v1/whoami", operation_id = "whoami", tag = "about",
    responses((status = OK, body = Whoami<'_>), (status = UNAUTHORIZED, response = Problem))
)]
pub(super) async fn whoami(
    State(shared): State<Shared>,
    Extension(connection): Extension<Connection>,
    request: Request,
) -> Result<Response, Problem> {
    let caller = recognised(&shared, &connection, request.headers()).await?;
    let answer = Whoami { caller: caller.name.as_str(), evidence: &caller.evidence };
    Ok(([NOT_STORED], Json(answer)).into_response())
}

/// List the identities you may use
///
/// Those that a rule gives you in some tenant for some scope.
#[utoipa::path(
    get, path = "/v1/identities", operation_id = "listIdentities", tag = "about",
    responses((status = OK, body = IdentityList), (status = UNAUTHORIZED, response = Problem))
)]
pub(super) async fn identities(
    State(shared): State<Shared>,
    Extension(connection): Extension<Connection>,
    request: Request,
) -> Result<Response, Problem> {
    let caller = recognised(&shared, &connection, request.headers()).await?;
    let setup = shared.desk.setup();
    let identities = setup
        .identities
        .iter()
        .filter(|(name, _)| setup.policy.may_use(&caller.name, name))
        .filter(|(name, _)| caller.lease().is_none_or(|lease| lease.identity == name.as_str()))
        .map(|(name, identity)| IdentityView {
            name: name.to_string(),
            client_id: identity.settings().client_id.as_uuid(),
        })
        .collect();
    Ok(([NOT_STORED], Json(IdentityList { identities })).into_response())
}
