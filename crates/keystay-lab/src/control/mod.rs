//! The lab's own doors, over plain HTTP on the loopback listener: look at it, move its clock, break it, save it.

mod audit;
mod clock;
pub(crate) mod guard;
mod overview;
mod state;
mod vault_dials;

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::json;

use crate::{
    clock::LabClock,
    directory::Propagation,
    entra::Entra,
    faults::{Fault, Faults},
    journal::{Journal, Kind},
    keyvault::Vaults,
    latency::{Latency, LatencyDial},
    oidc_issuer::NewOidcToken,
    seed::Seed,
};

/// A world with thousands of tenants must fit.
const MOST_STATE_BYTES: usize = 64 * 1024 * 1024;

/// What the control API reads and changes.
#[derive(Clone)]
pub(crate) struct Control {
    pub(crate) entra: Entra,
    pub(crate) vaults: Arc<Vaults>,
    pub(crate) clock: LabClock,
    pub(crate) journal: Journal,
    pub(crate) faults: Faults,
    pub(crate) latency: LatencyDial,
    pub(crate) seed: Seed,
    pub(crate) port: u16,
}

impl Control {
    pub(crate) fn router(self) -> Router {
        Router::new()
            .route("/", get(overview::page))
            .route("/lab/state-summary", get(overview::summary))
            .route("/lab/clock", get(clock::show).post(clock::change))
            .route("/lab/journal", get(journal).delete(clear_journal))
            .route("/lab/faults", post(add_fault).delete(clear_faults))
            .route("/lab/latency", get(latency).put(set_latency))
            .route("/lab/propagation", get(propagation).put(set_propagation))
            .route("/lab/oidc-tokens", post(issue_oidc_token))
            .route("/lab/state", get(state::export).put(state::import).layer(DefaultBodyLimit::max(MOST_STATE_BYTES)))
            .merge(audit::routes())
            .merge(vault_dials::routes())
            .with_state(self)
    }
}

/// A request the control API could not follow.
fn bad_request(words: impl std::fmt::Display) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({ "error": words.to_string() }))).into_response()
}

async fn journal(State(control): State<Control>) -> Response {
    let counts: serde_json::Map<_, _> = Kind::ALL
        .into_iter()
        .filter_map(|kind| {
            let name = serde_json::to_value(kind).ok()?.as_str()?.to_owned();
            Some((name, control.journal.count(kind).into()))
        })
        .collect();
    Json(json!({ "counts": counts, "entries": control.journal.entries() })).into_response()
}

async fn clear_journal(State(control): State<Control>) -> StatusCode {
    control.journal.clear();
    StatusCode::NO_CONTENT
}

async fn add_fault(State(control): State<Control>, Json(fault): Json<Fault>) -> StatusCode {
    control.faults.add(fault);
    StatusCode::CREATED
}

async fn clear_faults(State(control): State<Control>) -> StatusCode {
    control.faults.clear();
    StatusCode::NO_CONTENT
}

async fn latency(State(control): State<Control>) -> Json<Latency> {
    Json(control.latency.get())
}

async fn set_latency(State(control): State<Control>, Json(latency): Json<Latency>) -> Json<Latency> {
    control.latency.set(latency);
    Json(control.latency.get())
}

async fn propagation(State(control): State<Control>) -> Json<Propagation> {
    Json(control.entra.directory.propagation())
}

async fn set_propagation(State(control): State<Control>, Json(delay): Json<Propagation>) -> Json<Propagation> {
    control.entra.directory.set_propagation(delay);
    Json(control.entra.directory.propagation())
}

async fn issue_oidc_token(State(control): State<Control>, Json(order): Json<NewOidcToken>) -> Response {
    match tokio::task::spawn_blocking(move || control.entra.issuers.mint(&order)).await {
        Ok(Ok(token)) => Json(json!({ "token": token })).into_response(),
        _ => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
