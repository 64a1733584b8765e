//! `/lab/state`: directory and vaults as a document.

use axum::{
    body::Bytes,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

use super::{
    Control,
    answer::{Answer, Problem},
};
use crate::{error::LabError, state::LabState};

/// Save the world
///
/// The document holds every private key of the lab. Start another lab with it, or bring it back here.
#[utoipa::path(
    get, path = "/lab/state", operation_id = "exportState", tag = "state",
    responses((status = OK, body = Object, content_type = "application/json"))
)]
pub(super) async fn export(State(control): State<Control>) -> Answer<Response> {
    control.entra.key.made().await;
    let json = LabState::of(&control.entra, &control.vaults).and_then(|state| state.to_json())?;
    Ok(([(header::CONTENT_TYPE, "application/json")], json).into_response())
}

/// Bring a saved world back
///
/// Replaces the directory and the vaults. The key that signs Entra's tokens and the clock stay as they are.
#[utoipa::path(
    put, path = "/lab/state", operation_id = "importState", tag = "state",
    request_body(content = Object, content_type = "application/json"),
    responses((status = NO_CONTENT), (status = BAD_REQUEST, body = Problem))
)]
pub(super) async fn import(State(control): State<Control>, body: Bytes) -> Answer<StatusCode> {
    let mut state = LabState::from_json(&body)?;
    control.vaults.import(state.vaults.take()).map_err(LabError::from)?;
    control.entra.issuers.import(&state.issuer_keys).map_err(|error| LabError::TokenKey(Box::new(error)))?;
    control.entra.directory.ids().resume(state.ids);
    *control.entra.directory.write() = state.directory;
    Ok(StatusCode::NO_CONTENT)
}
