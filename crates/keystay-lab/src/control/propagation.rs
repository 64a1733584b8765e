//! `/lab/propagation`

use axum::{Json, extract::State};

use super::Control;
use crate::directory::Propagation;

/// Show how long changes take to reach the token service and the vaults
#[utoipa::path(
    get, path = "/lab/propagation", operation_id = "showPropagation", tag = "faults",
    responses((status = OK, body = Propagation))
)]
pub(super) async fn show(State(control): State<Control>) -> Json<Propagation> {
    Json(control.entra.directory.propagation())
}

/// Set how long changes take to reach the token service and the vaults
#[utoipa::path(
    put, path = "/lab/propagation", operation_id = "setPropagation", tag = "faults", request_body = Propagation,
    responses((status = OK, body = Propagation))
)]
pub(super) async fn set(State(control): State<Control>, Json(delay): Json<Propagation>) -> Json<Propagation> {
    control.entra.directory.set_propagation(delay);
    Json(control.entra.directory.propagation())
}
