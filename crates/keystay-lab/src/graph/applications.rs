//! `/applications`: registrations in the tenant of the caller.

use axum::{
    Json,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::Value;
use uuid::Uuid;

use super::{Call, Graph, address::Key, credentials, error::GraphError, view};
use crate::{
    directory::{Application, ResourceAccess, World},
    ids::Ids,
};

/// `GET /applications`
pub(super) fn list(graph: &Graph, call: &Call) -> Result<Response, GraphError> {
    if !call.access.may_read_applications() {
        return Err(GraphError::denied());
    }
    let wanted = call.query.app_id_filter()?;
    let world = graph.entra.directory.read();
    let tenant = call.access.caller.tenant_id;
    let found: Result<Vec<_>, _> = world
        .applications
        .values()
        .filter(|app| app.home_tenant == tenant && wanted.is_none_or(|id| app.app_id == id))
        .map(|app| call.query.select(view::application(app, false), "application"))
        .collect();
    Ok(Json(view::collection("applications", found?, None)).into_response())
}

/// `GET /applications/{id}`
pub(super) fn read(graph: &Graph, call: &Call, key: &Key) -> Result<Response, GraphError> {
    let world = graph.entra.directory.read();
    let app = find(&world, call, key)?;
    // An application may always look at itself.
    if !call.access.may_read_applications() && !call.access.is_app(app.app_id) {
        return Err(GraphError::denied());
    }
    let with_keys = call.query.select.as_ref().is_some_and(|select| select.iter().any(|name| name == "keyCredentials"));
    let app = call.query.select(view::application(app, with_keys), "application")?;
    Ok(Json(view::with_context("applications/$entity", app)).into_response())
}

/// `POST /applications`
pub(super) fn create(graph: &Graph, call: &Call) -> Result<Response, GraphError> {
    let mut world = graph.entra.directory.write();
    if !call.access.may_create(&world) {
        return Err(GraphError::denied());
    }
    let display_name = call.body.get("displayName").and_then(Value::as_str).filter(|name| !name.is_empty());
    let display_name =
        display_name.ok_or_else(|| GraphError::bad_request("Required property 'displayName' is missing or empty."))?;
    let mut app = Application {
        id: graph.entra.directory.ids().fresh(),
        app_id: graph.entra.directory.ids().fresh(),
        home_tenant: call.access.caller.tenant_id,
        display_name: display_name.to_owned(),
        multi_tenant: false,
        disabled: false,
        identifier_uris: Vec::new(),
        required_resource_access: Vec::new(),
        key_credentials: Vec::new(),
        password_credentials: Vec::new(),
        federated_credentials: Vec::new(),
        redirect_uris: Vec::new(),
        public_redirect_uris: Vec::new(),
        owners: vec![call.access.caller.object_id],
        created: graph.entra.clock.now().into(),
    };
    apply(&mut app, &call.body, graph.entra.directory.ids())?;
    let location = format!("https://graph.microsoft.com/v1.0/applications/{}", app.id);
    let body = view::with_context("applications/$entity", view::application(&app, false));
    world.applications.insert(app.app_id, app);
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(body)).into_response())
}

/// `PATCH /applications/{id}`
pub(super) fn update(graph: &Graph, call: &Call, key: &Key) -> Result<Response, GraphError> {
    let mut world = graph.entra.directory.write();
    let app = find(&world, call, key)?;
    if !call.access.may_change(&world, app) {
        return Err(GraphError::denied());
    }
    // Applied to a copy: a body with one bad property changes nothing.
    let mut changed = app.clone();
    apply(&mut changed, &call.body, graph.entra.directory.ids())?;
    world.applications.insert(changed.app_id, changed);
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Finds an application of the caller's tenant. Others do not exist for the caller.
pub(super) fn find<'a>(world: &'a World, call: &Call, key: &Key) -> Result<&'a Application, GraphError> {
    let found = match key {
        Key::AppId(id) => world.applications.get(id),
        Key::Object(_) => key.object_id().and_then(|id| world.application_by_object(id)),
    };
    found
        .filter(|app| app.home_tenant == call.access.caller.tenant_id)
        .ok_or_else(|| GraphError::not_found(&key.name()))
}

fn apply(app: &mut Application, body: &Value, ids: &Ids) -> Result<(), GraphError> {
    let properties = body.as_object().ok_or_else(|| GraphError::bad_request("A JSON object is expected."))?;
    for (name, value) in properties {
        match name.as_str() {
            "displayName" => app.display_name = text(name, value)?,
            "signInAudience" => {
                app.multi_tenant = match text(name, value)?.as_str() {
                    "AzureADMyOrg" => false,
                    "AzureADMultipleOrgs" => true,
                    _ => return Err(invalid(name)),
                }
            }
            "isDisabled" => app.disabled = value.as_bool().unwrap_or(false),
            "identifierUris" => app.identifier_uris = texts(name, value)?,
            "web" => {
                if let Some(uris) = value.get("redirectUris") {
                    app.redirect_uris = texts("web.redirectUris", uris)?;
                }
            }
            "publicClient" => {
                if let Some(uris) = value.get("redirectUris") {
                    app.public_redirect_uris = texts("publicClient.redirectUris", uris)?;
                }
            }
            "requiredResourceAccess" => app.required_resource_access = resource_access(value)?,
            "keyCredentials" => app.key_credentials = credentials::replace(&app.key_credentials, value, ids)?,
            "passwordCredentials" => {
                return Err(GraphError::bad_request(
                    "Property 'passwordCredentials' is read-only and cannot be set; use addPassword.",
                ));
            }
            // Of no consequence in the lab.
            "servicePrincipalLockConfiguration" | "notes" | "tags" | "description" => {}
            _ => return Err(GraphError::bad_request(format!("The property '{name}' is not played by the lab."))),
        }
    }
    Ok(())
}

fn resource_access(value: &Value) -> Result<Vec<ResourceAccess>, GraphError> {
    let bad = || invalid("requiredResourceAccess");
    let id = |value: &Value, name: &str| {
        value.get(name).and_then(Value::as_str).and_then(|text| Uuid::try_parse(text).ok()).ok_or_else(bad)
    };
    let entries = value.as_array().ok_or_else(bad)?;
    entries
        .iter()
        .map(|entry| {
            let mut access =
                ResourceAccess { resource_app_id: id(entry, "resourceAppId")?, roles: Vec::new(), scopes: Vec::new() };
            for one in entry.get("resourceAccess").and_then(Value::as_array).ok_or_else(bad)? {
                match one.get("type").and_then(Value::as_str) {
                    Some("Role") => access.roles.push(id(one, "id")?),
                    Some("Scope") => access.scopes.push(id(one, "id")?),
                    _ => return Err(bad()),
                }
            }
            Ok(access)
        })
        .collect()
}

fn text(name: &str, value: &Value) -> Result<String, GraphError> {
    value.as_str().map(str::to_owned).ok_or_else(|| invalid(name))
}

fn texts(name: &str, value: &Value) -> Result<Vec<String>, GraphError> {
    value.as_array().ok_or_else(|| invalid(name))?.iter().map(|one| text(name, one)).collect()
}

fn invalid(name: &str) -> GraphError {
    GraphError::bad_request(format!("Invalid value specified for property '{name}' of resource 'Application'."))
}
