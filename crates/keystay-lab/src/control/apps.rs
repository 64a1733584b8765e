//! `/lab/apps`: app registrations of the home tenant.

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
    view::AppView,
};
use crate::directory::{DirectoryError, GRAPH_APP_ID, NewApp, Resource};

/// An app to be registered in the home tenant.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AppRegistration {
    #[schema(example = "Harbor Reports")]
    display_name: String,
    /// Whether other tenants may consent to it.
    #[serde(default)]
    multi_tenant: bool,
    /// Application permissions of Microsoft Graph it asks for, by name or id.
    #[serde(default)]
    #[schema(example = json!(["User.ReadBasic.All"]))]
    graph_permissions: Vec<String>,
    /// Where a browser may be sent back to.
    #[serde(default)]
    redirect_uris: Vec<String>,
    /// Where a browser may be sent back to when a program without a secret signs somebody in.
    #[serde(default)]
    public_redirect_uris: Vec<String>,
}

/// What to change about an app.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AppChange {
    /// No tenant gives it a token while true.
    disabled: Option<bool>,
    /// Whether it may prove itself by the TLS handshake at `mtlsauth.microsoft.com`.
    mtls: Option<bool>,
}

/// List the apps with their credentials
#[utoipa::path(
    get, path = "/lab/apps", operation_id = "listApps", tag = "apps", responses((status = OK, body = [AppView]))
)]
pub(super) async fn list(State(control): State<Control>) -> Json<Vec<AppView>> {
    let world = control.entra.directory.read();
    Json(world.applications.values().map(|app| AppView::new(app, &world)).collect())
}

/// Register an app in the home tenant
#[utoipa::path(
    post, path = "/lab/apps", operation_id = "registerApp", tag = "apps", request_body = AppRegistration,
    responses((status = CREATED, body = AppView), (status = BAD_REQUEST, body = Problem))
)]
pub(super) async fn create(
    State(control): State<Control>,
    Json(new): Json<AppRegistration>,
) -> Answer<(StatusCode, Json<AppView>)> {
    if new.display_name.trim().is_empty() {
        return Err(Problem::bad_request("the app needs a display_name"));
    }
    let graph_roles = new.graph_permissions.iter().map(|name| graph_role(name)).collect::<Answer<_>>()?;
    let app = control.entra.directory.create_app(NewApp {
        display_name: new.display_name,
        multi_tenant: new.multi_tenant,
        graph_roles,
        redirect_uris: new.redirect_uris,
        public_redirect_uris: new.public_redirect_uris,
    })?;
    Ok((StatusCode::CREATED, shown(&control, app.app_id)?))
}

/// Show an app
#[utoipa::path(
    get, path = "/lab/apps/{app}", operation_id = "showApp", tag = "apps",
    params(("app" = Uuid, Path, description = "The app's client id")),
    responses((status = OK, body = AppView), (status = NOT_FOUND, body = Problem))
)]
pub(super) async fn show(State(control): State<Control>, Path(app): Path<Uuid>) -> Answer<Json<AppView>> {
    shown(&control, app)
}

/// Disable or enable an app in all tenants, or let it prove itself by TLS
#[utoipa::path(
    patch, path = "/lab/apps/{app}", operation_id = "changeApp", tag = "apps", request_body = AppChange,
    params(("app" = Uuid, Path, description = "The app's client id")),
    responses((status = OK, body = AppView), (status = NOT_FOUND, body = Problem))
)]
pub(super) async fn change(
    State(control): State<Control>,
    Path(app): Path<Uuid>,
    Json(change): Json<AppChange>,
) -> Answer<Json<AppView>> {
    let directory = &control.entra.directory;
    match change.disabled {
        Some(true) => directory.disable_app(app)?,
        Some(false) => directory.enable_app(app)?,
        None => {}
    }
    if let Some(enabled) = change.mtls {
        directory.set_mtls(app, enabled)?;
    }
    shown(&control, app)
}

fn shown(control: &Control, app: Uuid) -> Answer<Json<AppView>> {
    let world = control.entra.directory.read();
    let found = world.applications.get(&app).ok_or(DirectoryError::NoApplication(app))?;
    Ok(Json(AppView::new(found, &world)))
}

fn graph_role(name: &str) -> Answer<Uuid> {
    let known = Resource::by_app_id(GRAPH_APP_ID).map_or(&[][..], |graph| graph.roles);
    let id = Uuid::try_parse(name).ok();
    known.iter().find(|role| role.value == name || Some(role.id) == id).map(|role| role.id).ok_or_else(|| {
        let names = known.iter().map(|role| role.value).collect::<Vec<_>>().join(", ");
        Problem::bad_request(format_args!("the lab knows no application permission `{name}` of Microsoft Graph"))
            .hint(format!("it knows {names}"))
    })
}
