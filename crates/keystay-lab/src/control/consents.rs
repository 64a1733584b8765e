//! `/lab/tenants/{tenant}/consents/{app}`: whom a tenant let in.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    Control,
    answer::{Answer, Problem},
    view::ConsentView,
};
use crate::directory::DirectoryError;

/// What to change about an app in one tenant.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ConsentChange {
    /// No token is issued while false.
    enabled: bool,
}

/// Consent to everything an app asks for
#[utoipa::path(
    put, path = "/lab/tenants/{tenant}/consents/{app}", operation_id = "giveConsent", tag = "tenants",
    params(
        ("tenant" = String, Path, description = "The tenant's id or one of its domains"),
        ("app" = Uuid, Path, description = "The app's client id")
    ),
    responses(
        (status = OK, body = ConsentView), (status = BAD_REQUEST, body = Problem),
        (status = NOT_FOUND, body = Problem)
    )
)]
pub(super) async fn give(
    State(control): State<Control>,
    Path((tenant, app)): Path<(String, Uuid)>,
) -> Answer<Json<ConsentView>> {
    let tenant = control.tenant(&tenant)?;
    control.entra.directory.consent(app, tenant)?;
    shown(&control, tenant, app)
}

/// Enable or disable an app in one tenant
#[utoipa::path(
    patch, path = "/lab/tenants/{tenant}/consents/{app}", operation_id = "changeConsent", tag = "tenants",
    request_body = ConsentChange,
    params(
        ("tenant" = String, Path, description = "The tenant's id or one of its domains"),
        ("app" = Uuid, Path, description = "The app's client id")
    ),
    responses((status = OK, body = ConsentView), (status = NOT_FOUND, body = Problem))
)]
pub(super) async fn change(
    State(control): State<Control>,
    Path((tenant, app)): Path<(String, Uuid)>,
    Json(change): Json<ConsentChange>,
) -> Answer<Json<ConsentView>> {
    let tenant = control.tenant(&tenant)?;
    let directory = &control.entra.directory;
    if change.enabled {
        directory.enable_principal(app, tenant)?;
    } else {
        directory.disable_principal(app, tenant)?;
    }
    shown(&control, tenant, app)
}

/// Withdraw a consent: the app's service principal goes
#[utoipa::path(
    delete, path = "/lab/tenants/{tenant}/consents/{app}", operation_id = "withdrawConsent", tag = "tenants",
    params(
        ("tenant" = String, Path, description = "The tenant's id or one of its domains"),
        ("app" = Uuid, Path, description = "The app's client id")
    ),
    responses((status = NO_CONTENT), (status = NOT_FOUND, body = Problem))
)]
pub(super) async fn withdraw(
    State(control): State<Control>,
    Path((tenant, app)): Path<(String, Uuid)>,
) -> Answer<StatusCode> {
    control.entra.directory.revoke_consent(app, control.tenant(&tenant)?)?;
    Ok(StatusCode::NO_CONTENT)
}

fn shown(control: &Control, tenant: Uuid, app: Uuid) -> Answer<Json<ConsentView>> {
    let principal = control.entra.directory.principal(app, tenant);
    Ok(Json(ConsentView::new(&principal.ok_or(DirectoryError::NoPrincipal { app, tenant })?)))
}
