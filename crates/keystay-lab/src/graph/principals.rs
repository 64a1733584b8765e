//! `/servicePrincipals`: applications as the caller's tenant sees them.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{Call, Graph, address::Key, error::GraphError, view};
use crate::directory::{DirectoryError, Resource, ServicePrincipal, World};

/// `GET /servicePrincipals`
pub(super) fn list(graph: &Graph, call: &Call) -> Result<Response, GraphError> {
    if !call.access.may_read_applications() {
        return Err(GraphError::denied());
    }
    let world = graph.entra.directory.read();
    let found: Vec<_> = if let Some(app) = call.query.app_id_filter()? {
        shown(&world, call.access.caller.tenant_id, &Key::AppId(app)).into_iter().collect()
    } else {
        let tenant = world.tenants.get(&call.access.caller.tenant_id);
        let principals = tenant.into_iter().flat_map(|tenant| tenant.principals.values());
        principals.map(|principal| view_of(&world, principal)).collect()
    };
    let found: Result<Vec<_>, _> = found.into_iter().map(|one| call.query.select(one, "servicePrincipal")).collect();
    Ok(Json(view::collection("servicePrincipals", found?, None)).into_response())
}

/// `GET /servicePrincipals/{id}`
pub(super) fn read(graph: &Graph, call: &Call, key: &Key) -> Result<Response, GraphError> {
    if !call.access.may_read_applications() {
        return Err(GraphError::denied());
    }
    let world = graph.entra.directory.read();
    let found = shown(&world, call.access.caller.tenant_id, key).ok_or_else(|| GraphError::not_found(&key.name()))?;
    let found = call.query.select(found, "servicePrincipal")?;
    Ok(Json(view::with_context("servicePrincipals/$entity", found)).into_response())
}

/// `POST /servicePrincipals`
pub(super) fn create(graph: &Graph, call: &Call) -> Result<Response, GraphError> {
    let app = call.body.get("appId").and_then(Value::as_str).and_then(|id| Uuid::try_parse(id).ok());
    let app = app.ok_or_else(|| GraphError::bad_request("Required property 'appId' is missing or not a GUID."))?;
    let tenant = call.access.caller.tenant_id;
    let mut world = graph.entra.directory.write();
    let owns = world.application(app).is_ok_and(|one| one.home_tenant == tenant && call.access.may_change(&world, one));
    if !owns && !call.access.may_change_principals(&world) {
        return Err(GraphError::denied());
    }
    if world.tenants.get(&tenant).is_some_and(|one| one.principals.contains_key(&app)) {
        return Err(GraphError::conflict(format!(
            "The service principal cannot be created, updated, or restored because the service principal \
                name {app} is already in use."
        )));
    }
    world.ensure_principal(app, tenant, graph.entra.directory.ids()).map_err(|error| match error {
        DirectoryError::NoApplication(_) => GraphError::bad_request(format!(
            "The appId '{app}' of the service principal does not reference a valid application object."
        )),
        _ => GraphError::denied(),
    })?;
    let created = shown(&world, tenant, &Key::AppId(app)).ok_or_else(GraphError::denied)?;
    Ok((StatusCode::CREATED, Json(view::with_context("servicePrincipals/$entity", created))).into_response())
}

/// `PATCH /servicePrincipals/{id}`: `accountEnabled` only.
pub(super) fn update(graph: &Graph, call: &Call, key: &Key) -> Result<Response, GraphError> {
    let mut world = graph.entra.directory.write();
    if !call.access.may_change_principals(&world) {
        return Err(GraphError::denied());
    }
    let enabled = match call.body.as_object() {
        Some(body) if body.len() == 1 => body.get("accountEnabled").and_then(Value::as_bool),
        _ => None,
    };
    let enabled = enabled.ok_or_else(|| {
        GraphError::bad_request("The lab changes 'accountEnabled' of a service principal and nothing else.")
    })?;
    let tenant = world.tenant_mut(call.access.caller.tenant_id).map_err(|_| GraphError::denied())?;
    let found = match key {
        Key::AppId(app) => tenant.principals.get_mut(app),
        Key::Object(_) => tenant.principals.values_mut().find(|one| Some(one.id) == key.object_id()),
    };
    found.ok_or_else(|| GraphError::not_found(&key.name()))?.account_enabled = enabled;
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn shown(world: &World, tenant: Uuid, key: &Key) -> Option<Map<String, Value>> {
    if let Key::AppId(app) = key
        && let Some(resource) = Resource::by_app_id(*app)
    {
        return Some(view::service(resource, tenant));
    }
    let principals = &world.tenants.get(&tenant)?.principals;
    let found = match key {
        Key::AppId(app) => principals.get(app),
        Key::Object(_) => principals.values().find(|one| Some(one.id) == key.object_id()),
    };
    found.map(|principal| view_of(world, principal))
}

fn view_of(world: &World, principal: &ServicePrincipal) -> Map<String, Value> {
    let identity = world.managed_identities.iter().find(|one| one.client_id == principal.app_id);
    view::principal(principal, world.applications.get(&principal.app_id), identity)
}
