//! `/lab/throttling`, `/lab/client-network`, `/lab/claims-challenges`: what vaults allow whom, and how often.

use axum::{Json, extract::State, http::StatusCode};

use super::Control;
use crate::keyvault::{ClaimsChallenge, ClientNetwork, Throttling};

/// Show how much every vault does before it answers 429
#[utoipa::path(
    get, path = "/lab/throttling", operation_id = "showThrottling", tag = "vaults",
    responses((status = OK, body = Throttling))
)]
pub(super) async fn throttling(State(control): State<Control>) -> Json<Throttling> {
    Json(control.vaults.throttle.limits())
}

/// Set how much every vault does before it answers 429, and forget what was used
#[utoipa::path(
    put, path = "/lab/throttling", operation_id = "setThrottling", tag = "vaults", request_body = Throttling,
    responses((status = OK, body = Throttling))
)]
pub(super) async fn set_throttling(State(control): State<Control>, Json(limits): Json<Throttling>) -> Json<Throttling> {
    control.vaults.throttle.set(limits);
    Json(limits)
}

/// Show where the vaults' callers seem to come from
#[utoipa::path(
    get, path = "/lab/client-network", operation_id = "showClientNetwork", tag = "vaults",
    responses((status = OK, body = ClientNetwork))
)]
pub(super) async fn client_network(State(control): State<Control>) -> Json<ClientNetwork> {
    Json(control.vaults.client_network.read().clone())
}

/// Set where the vaults' callers seem to come from
#[utoipa::path(
    put, path = "/lab/client-network", operation_id = "setClientNetwork", tag = "vaults", request_body = ClientNetwork,
    responses((status = OK, body = ClientNetwork))
)]
pub(super) async fn set_client_network(
    State(control): State<Control>,
    Json(network): Json<ClientNetwork>,
) -> Json<ClientNetwork> {
    control.vaults.client_network.write().clone_from(&network);
    Json(network)
}

/// List the claims that vaults demand of tokens
#[utoipa::path(
    get, path = "/lab/claims-challenges", operation_id = "listClaimsChallenges", tag = "vaults",
    responses((status = OK, body = [ClaimsChallenge]))
)]
pub(super) async fn claims_challenges(State(control): State<Control>) -> Json<Vec<ClaimsChallenge>> {
    Json(control.vaults.challenges.all())
}

/// Answer tokens that lack a claim with a claims challenge from now on
#[utoipa::path(
    post, path = "/lab/claims-challenges", operation_id = "challengeClaims", tag = "vaults",
    request_body = ClaimsChallenge, responses((status = CREATED))
)]
pub(super) async fn challenge_claims(
    State(control): State<Control>,
    Json(challenge): Json<ClaimsChallenge>,
) -> StatusCode {
    control.vaults.challenges.add(challenge);
    StatusCode::CREATED
}

/// Demand no claims any more
#[utoipa::path(
    delete, path = "/lab/claims-challenges", operation_id = "clearClaimsChallenges", tag = "vaults",
    responses((status = NO_CONTENT))
)]
pub(super) async fn clear_claims_challenges(State(control): State<Control>) -> StatusCode {
    control.vaults.challenges.replace(Vec::new());
    StatusCode::NO_CONTENT
}
