//! `/lab/tenants`: customers and the home tenant.

use std::time::Duration;

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
    view::TenantView,
};

/// A customer to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewTenant {
    /// The organisation's name. Its domain becomes `{name}.onmicrosoft.com`, or has a number after the name when that is
    /// taken.
    #[schema(example = "Wharf")]
    name: String,
}

/// What to change; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TenantChange {
    /// The life of access tokens issued from now on.
    token_lifetime_seconds: Option<u64>,
    /// Whether ordinary users may register applications.
    allowed_to_create_apps: Option<bool>,
}

/// List the tenants
#[utoipa::path(
    get, path = "/lab/tenants", operation_id = "listTenants", tag = "tenants",
    responses((status = OK, body = [TenantView]))
)]
pub(super) async fn list(State(control): State<Control>) -> Json<Vec<TenantView>> {
    let world = control.entra.directory.read();
    Json(world.tenants.values().map(|tenant| TenantView::new(tenant, &world)).collect())
}

/// Make a customer with an administrator and two users
#[utoipa::path(
    post, path = "/lab/tenants", operation_id = "createTenant", tag = "tenants", request_body = NewTenant,
    responses((status = CREATED, body = TenantView), (status = BAD_REQUEST, body = Problem))
)]
pub(super) async fn create(
    State(control): State<Control>,
    Json(new): Json<NewTenant>,
) -> Answer<(StatusCode, Json<TenantView>)> {
    if new.name.trim().is_empty() {
        return Err(Problem::bad_request("the tenant needs a name"));
    }
    let id = control.entra.directory.create_tenant(new.name.trim());
    Ok((StatusCode::CREATED, shown(&control, id)?))
}

/// Show a tenant
#[utoipa::path(
    get, path = "/lab/tenants/{tenant}", operation_id = "showTenant", tag = "tenants",
    params(("tenant" = String, Path, description = "The tenant's id or one of its domains")),
    responses((status = OK, body = TenantView), (status = NOT_FOUND, body = Problem))
)]
pub(super) async fn show(State(control): State<Control>, Path(tenant): Path<String>) -> Answer<Json<TenantView>> {
    shown(&control, control.tenant(&tenant)?)
}

/// Change a tenant's policies
#[utoipa::path(
    patch, path = "/lab/tenants/{tenant}", operation_id = "changeTenant", tag = "tenants",
    request_body = TenantChange,
    params(("tenant" = String, Path, description = "The tenant's id or one of its domains")),
    responses((status = OK, body = TenantView), (status = NOT_FOUND, body = Problem))
)]
pub(super) async fn change(
    State(control): State<Control>,
    Path(tenant): Path<String>,
    Json(change): Json<TenantChange>,
) -> Answer<Json<TenantView>> {
    let tenant = control.tenant(&tenant)?;
    let directory = &control.entra.directory;
    if let Some(seconds) = change.token_lifetime_seconds {
        directory.set_token_lifetime(tenant, Duration::from_secs(seconds))?;
    }
    if let Some(allowed) = change.allowed_to_create_apps {
        directory.set_allowed_to_create_apps(tenant, allowed)?;
    }
    shown(&control, tenant)
}

/// Delete a customer: its tokens are refused from now on
#[utoipa::path(
    delete, path = "/lab/tenants/{tenant}", operation_id = "deleteTenant", tag = "tenants",
    params(("tenant" = String, Path, description = "The tenant's id or one of its domains")),
    responses((status = NO_CONTENT), (status = BAD_REQUEST, body = Problem), (status = NOT_FOUND, body = Problem))
)]
pub(super) async fn delete(State(control): State<Control>, Path(tenant): Path<String>) -> Answer<StatusCode> {
    control.entra.directory.delete_tenant(control.tenant(&tenant)?)?;
    Ok(StatusCode::NO_CONTENT)
}

fn shown(control: &Control, tenant: Uuid) -> Answer<Json<TenantView>> {
    let world = control.entra.directory.read();
    let found = world.tenants.get(&tenant).ok_or(crate::directory::DirectoryError::NoTenant(tenant))?;
    Ok(Json(TenantView::new(found, &world)))
}
