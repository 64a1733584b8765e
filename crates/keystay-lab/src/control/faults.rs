//! `/lab/faults`

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};

use super::{
    Control,
    answer::{Answer, Problem},
};
use crate::faults::{Fault, PlacedFault};

/// List the faults, those used up among them
#[utoipa::path(
    get, path = "/lab/faults", operation_id = "listFaults", tag = "faults",
    responses((status = OK, body = [PlacedFault]))
)]
pub(super) async fn list(State(control): State<Control>) -> Json<Vec<PlacedFault>> {
    Json(control.faults.list())
}

/// Break something
///
/// When several faults meet a request, the one added first happens.
#[utoipa::path(
    post, path = "/lab/faults", operation_id = "addFault", tag = "faults", request_body = Fault,
    responses((status = CREATED, body = PlacedFault), (status = BAD_REQUEST, body = Problem))
)]
pub(super) async fn add(
    State(control): State<Control>,
    Json(fault): Json<Fault>,
) -> Answer<(StatusCode, Json<PlacedFault>)> {
    if let Some(mistake) = fault.mistake() {
        return Err(Problem::bad_request(mistake));
    }
    let id = control.faults.add(fault);
    let placed = control.faults.get(id).ok_or_else(|| none(id))?;
    Ok((StatusCode::CREATED, Json(placed)))
}

/// Mend everything
#[utoipa::path(
    delete, path = "/lab/faults", operation_id = "clearFaults", tag = "faults", responses((status = NO_CONTENT))
)]
pub(super) async fn clear(State(control): State<Control>) -> StatusCode {
    control.faults.clear();
    StatusCode::NO_CONTENT
}

/// Show one fault: how often it happened and may happen yet
#[utoipa::path(
    get, path = "/lab/faults/{id}", operation_id = "showFault", tag = "faults",
    params(("id" = u64, Path, description = "The fault's id")),
    responses((status = OK, body = PlacedFault), (status = NOT_FOUND, body = Problem))
)]
pub(super) async fn show(State(control): State<Control>, Path(id): Path<u64>) -> Answer<Json<PlacedFault>> {
    control.faults.get(id).map(Json).ok_or_else(|| none(id))
}

/// Mend one thing
#[utoipa::path(
    delete, path = "/lab/faults/{id}", operation_id = "removeFault", tag = "faults",
    params(("id" = u64, Path, description = "The fault's id")),
    responses((status = NO_CONTENT), (status = NOT_FOUND, body = Problem))
)]
pub(super) async fn remove(State(control): State<Control>, Path(id): Path<u64>) -> Answer<StatusCode> {
    if control.faults.remove(id) { Ok(StatusCode::NO_CONTENT) } else { Err(none(id)) }
}

fn none(id: u64) -> Problem {
    Problem::not_found(format_args!("no fault has the id {id}")).hint("GET /lab/faults lists them")
}
