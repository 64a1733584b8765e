//! `/lab/managed-identities`: identities of the computer the apps run on.

use axum::{Json, extract::State, http::StatusCode};
use serde::Deserialize;
use utoipa::ToSchema;

use super::Control;
use crate::directory::ManagedIdentity;

/// A user-assigned managed identity to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewIdentity {
    name: String,
}

/// List the managed identities of the host
#[utoipa::path(
    get, path = "/lab/managed-identities", operation_id = "listManagedIdentities", tag = "apps",
    responses((status = OK, body = [ManagedIdentity]))
)]
pub(super) async fn list(State(control): State<Control>) -> Json<Vec<ManagedIdentity>> {
    Json(control.entra.directory.read().managed_identities.clone())
}

/// Make a user-assigned managed identity and give it to the host
#[utoipa::path(
    post, path = "/lab/managed-identities", operation_id = "createManagedIdentity", tag = "apps",
    request_body = NewIdentity, responses((status = CREATED, body = ManagedIdentity))
)]
pub(super) async fn create(
    State(control): State<Control>,
    Json(new): Json<NewIdentity>,
) -> (StatusCode, Json<ManagedIdentity>) {
    (StatusCode::CREATED, Json(control.entra.directory.create_managed_identity(&new.name)))
}
