//! `/lab/latency`

use axum::{Json, extract::State};

use super::Control;
use crate::latency::Latency;

/// Show how long services take
#[utoipa::path(
    get, path = "/lab/latency", operation_id = "showLatency", tag = "faults", responses((status = OK, body = Latency))
)]
pub(super) async fn show(State(control): State<Control>) -> Json<Latency> {
    Json(control.latency.get())
}

/// Set how long services take from now on; what is left out takes no time
#[utoipa::path(
    put, path = "/lab/latency", operation_id = "setLatency", tag = "faults", request_body = Latency,
    responses((status = OK, body = Latency))
)]
pub(super) async fn set(State(control): State<Control>, Json(latency): Json<Latency>) -> Json<Latency> {
    control.latency.set(latency);
    Json(control.latency.get())
}
