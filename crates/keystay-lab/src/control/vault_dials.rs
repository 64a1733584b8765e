//! `/lab/throttling`, `/lab/client-network`, `/lab/claims-challenges`: what vaults allow whom, and how often.

use axum::{Json, Router, extract::State, http::StatusCode, routing::get};

use super::Control;
use crate::keyvault::{ClaimsChallenge, ClientNetwork, Throttling};

pub(super) fn routes() -> Router<Control> {
    Router::new()
        .route("/lab/throttling", get(throttling).put(set_throttling))
        .route("/lab/client-network", get(client_network).put(set_client_network))
        .route("/lab/claims-challenges", get(claims_challenges).post(challenge_claims).delete(clear_claims_challenges))
}

async fn throttling(State(control): State<Control>) -> Json<Throttling> {
    Json(control.vaults.throttle.limits())
}

/// Starts a new window as well.
async fn set_throttling(State(control): State<Control>, Json(limits): Json<Throttling>) -> Json<Throttling> {
    control.vaults.throttle.set(limits);
    Json(limits)
}

async fn client_network(State(control): State<Control>) -> Json<ClientNetwork> {
    Json(control.vaults.client_network.read().clone())
}

async fn set_client_network(State(control): State<Control>, Json(network): Json<ClientNetwork>) -> Json<ClientNetwork> {
    control.vaults.client_network.write().clone_from(&network);
    Json(network)
}

async fn claims_challenges(State(control): State<Control>) -> Json<Vec<ClaimsChallenge>> {
    Json(control.vaults.challenges.all())
}

async fn challenge_claims(State(control): State<Control>, Json(challenge): Json<ClaimsChallenge>) -> StatusCode {
    control.vaults.challenges.add(challenge);
    StatusCode::CREATED
}

async fn clear_claims_challenges(State(control): State<Control>) -> StatusCode {
    control.vaults.challenges.replace(Vec::new());
    StatusCode::NO_CONTENT
}
