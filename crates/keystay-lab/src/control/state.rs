//! `/lab/state`: directory and vaults as a document.

use axum::{
    body::Bytes,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

use super::{Control, bad_request};
use crate::{error::LabError, state::LabState};

pub(super) async fn export(State(control): State<Control>) -> Response {
    match LabState::of(&control.entra, &control.vaults).and_then(|state| state.to_json()) {
        Ok(json) => ([(header::CONTENT_TYPE, "application/json")], json).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

/// Replaces the directory and the vaults. The key that signs Entra's tokens and the clock stay as they are.
pub(super) async fn import(State(control): State<Control>, body: Bytes) -> Response {
    let taken = LabState::from_json(&body).and_then(|mut state| {
        control.vaults.import(state.vaults.take())?;
        let keys = control.entra.issuers.import(&state.issuer_keys);
        keys.map_err(|error| LabError::TokenKey(Box::new(error)))?;
        Ok(state)
    });
    match taken {
        Ok(state) => {
            control.entra.directory.ids().resume(state.ids);
            *control.entra.directory.write() = state.directory;
            StatusCode::NO_CONTENT.into_response()
        }
        Err(error) => bad_request(chain(&error)),
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words = format!("{words}: {error}");
        cause = error.source();
    }
    words
}
