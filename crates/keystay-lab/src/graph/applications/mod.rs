//! `/applications`: registrations in the tenant of the caller.

pub(super) mod deleted;
mod properties;
mod view;

use axum::response::Response;
use serde_json::Value;
use time::OffsetDateTime;

use super::{
    Call, Graph, access,
    address::Key,
    audit::{APPLICATIONS, Activity, Event, UPDATE_APPLICATION, activity, change},
    body::Body,
    credentials::{Holder, Look, Target, passwords},
    error::GraphError,
    odata::EntityType,
    reply,
};
use crate::directory::{Application, DeletedApplication, VerifiedPublisher, World};

pub(super) use view::{app_role, audience, view};

pub(super) const TYPE: EntityType = EntityType {
    name: "application",
    shown: &[],
    filters: &[
        "id",
        "appId",
        "displayName",
        "createdDateTime",
        "identifierUris",
        "isDisabled",
        "signInAudience",
        "tags",
        "notes",
        "publisherDomain",
    ],
    in_directory: true,
};

const ADD: Activity = activity(APPLICATIONS, "Add", "Add application");
const DELETE: Activity = activity(APPLICATIONS, "Delete", "Delete application");

/// `GET /applications`
pub(super) fn list(graph: &Graph, call: &Call) -> Result<Response, GraphError> {
    let world = graph.entra.directory.read();
    call.access.require(&world, access::READ_APPLICATIONS)?;
    let tenant = call.access.caller.tenant_id;
    let own = world.applications.values().filter(|app| app.home_tenant == tenant);
    let own = own.map(|app| view(&world, app, false)).collect();
    Ok(reply::ok(call.page(&TYPE, "applications", own)?))
}

/// `GET /applications/{id}`. An application may always look at itself.
pub(super) fn read(graph: &Graph, call: &Call, key: &str) -> Result<Response, GraphError> {
    let world = graph.entra.directory.read();
    let app = find(&world, call, key)?;
    if !call.access.is_app(app.app_id) {
        call.access.require(&world, access::READ_APPLICATIONS)?;
    }
    // The certificates themselves are there for those who ask for them.
    let with_keys = call.query.select().is_some_and(|select| select.iter().any(|name| name == "keyCredentials"));
    Ok(reply::ok(call.object(&TYPE, "applications/$entity", view(&world, app, with_keys))?))
}

/// `POST /applications`
pub(super) fn create(graph: &Graph, call: &Call) -> Result<Response, GraphError> {
    let mut world = graph.entra.directory.write();
    if !call.access.may_create(&world) {
        return Err(GraphError::denied());
    }
    let body = Body::of("Application", &call.body)?;
    let now: OffsetDateTime = graph.entra.clock.now().into();
    let (ids, tenant) = (graph.entra.directory.ids(), call.access.caller.tenant_id);
    let mut app = Application::new(ids.fresh(), ids.fresh(), tenant, body.required("displayName")?, now);
    app.owners.push(call.access.caller.object_id);
    let target = add(&mut world, app.clone(), call)?;
    let made = fill(graph, &mut world, call, &target, &mut app, body);
    // Nothing is left behind by a body with one bad property.
    let secrets = made.inspect_err(|_| drop(world.applications.remove(&app.app_id)))?;
    let mut shown = view(&world, &app, false);
    if !secrets.is_empty() {
        shown.insert("passwordCredentials".to_owned(), secrets.into());
    }
    let location = format!("{}/{}", call.path, app.id);
    let names = [change("DisplayName", &Value::Null, &app.display_name.as_str().into())];
    world.applications.insert(app.app_id, app);
    graph.record(&mut world, call, Event::new(ADD, vec![target.audited(names.to_vec())]));
    Ok(reply::created(&location, call.in_context("applications/$entity", shown)))
}

fn add(world: &mut World, app: Application, call: &Call) -> Result<Target, GraphError> {
    let id = app.id.to_string();
    world.applications.insert(app.app_id, app);
    Target::find(world, call, Holder::Application, &id)
}

/// Sets what a request sets, and makes the secrets it asks for; returns them as they are shown this once.
fn fill(
    graph: &Graph,
    world: &mut World,
    call: &Call,
    target: &Target,
    app: &mut Application,
    body: Body<'_>,
) -> Result<Vec<Value>, GraphError> {
    let policy = target.restrictions(world, call);
    let mut secrets = Vec::new();
    for wanted in body.get("passwordCredentials").and_then(Value::as_array).into_iter().flatten() {
        let (credential, secret) = passwords::issue(graph, wanted, &policy)?;
        let mut shown = passwords::view(&credential);
        shown["secretText"] = secret.into();
        app.password_credentials.push(credential);
        secrets.push(shown);
    }
    properties::apply(app, body, &policy, graph.entra.directory.ids(), true)?;
    Ok(secrets)
}

/// `PATCH /applications/{id}`
pub(super) fn update(graph: &Graph, call: &Call, key: &str) -> Result<Response, GraphError> {
    let mut world = graph.entra.directory.write();
    let target = Target::find(&world, call, Holder::Application, key)?;
    target.require_change(&world, call)?;
    let body = Body::of("Application", &call.body)?;
    let old = find(&world, call, key)?;
    // Applied to a copy: a body with one bad property changes nothing.
    let mut new = old.clone();
    properties::apply(&mut new, body, &target.restrictions(&world, call), graph.entra.directory.ids(), false)?;

    let before = Look::new(view(&world, old, false), &old.key_credentials);
    let after = Look::new(view(&world, &new, false), &new.key_credentials);
    world.applications.insert(new.app_id, new);
    graph.record_changed(&mut world, call, UPDATE_APPLICATION, &target, (&before, &after));
    Ok(reply::no_content())
}

/// `DELETE /applications/{id}`: it can be restored for 30 days.
pub(super) fn delete(graph: &Graph, call: &Call, key: &str) -> Result<Response, GraphError> {
    let mut world = graph.entra.directory.write();
    let target = Target::find(&world, call, Holder::Application, key)?;
    target.require_change(&world, call)?;
    let application = world.applications.remove(&target.app_id).ok_or_else(|| GraphError::not_found(key))?;
    let principal = call.access.tenant_mut(&mut world)?.principals.remove(&target.app_id);
    let at = graph.entra.clock.now().into();
    world.deleted_applications.push(DeletedApplication { application, principal, at });
    graph.record(&mut world, call, Event::new(DELETE, vec![target.audited(Vec::new())]));
    Ok(reply::no_content())
}

/// `POST /applications/{id}/setVerifiedPublisher`. The lab takes any well formed partner id for verified.
pub(super) fn set_verified_publisher(graph: &Graph, call: &Call, key: &str) -> Result<Response, GraphError> {
    let id = Body::of("Application", &call.body)?.required("verifiedPublisherId")?;
    if id.len() > 20 || !id.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(GraphError::bad_request("The MPN ID is not valid, or the account is not verified."));
    }
    let added = graph.entra.clock.now().into();
    publish(graph, call, key, |display_name| Some(VerifiedPublisher { display_name, id: id.to_owned(), added }))
}

/// `POST /applications/{id}/unsetVerifiedPublisher`
pub(super) fn unset_verified_publisher(graph: &Graph, call: &Call, key: &str) -> Result<Response, GraphError> {
    publish(graph, call, key, |_| None)
}

fn publish(
    graph: &Graph,
    call: &Call,
    key: &str,
    publisher: impl FnOnce(String) -> Option<VerifiedPublisher>,
) -> Result<Response, GraphError> {
    let mut world = graph.entra.directory.write();
    let target = Target::find(&world, call, Holder::Application, key)?;
    target.require_change(&world, call)?;
    let organisation = call.access.tenant(&world)?.display_name.clone();
    let app = world.application_mut(target.app_id).map_err(|_| GraphError::not_found(key))?;
    let id = |app: &Application| app.verified_publisher.as_ref().map_or(Value::Null, |one| one.id.as_str().into());
    let old = id(app);
    app.verified_publisher = publisher(organisation);
    let new = id(app);
    graph.record(&mut world, call, Event::update(&target, UPDATE_APPLICATION, "VerifiedPublisher", &old, &new));
    Ok(reply::no_content())
}

/// Finds an application of the caller's tenant. Others do not exist for the caller.
pub(super) fn find<'a>(world: &'a World, call: &Call, key: &str) -> Result<&'a Application, GraphError> {
    let key = Key::parse(key)?;
    let found = match &key {
        Key::AppId(id) => world.applications.get(id),
        Key::Object(id) => world.application_by_object(*id),
        Key::Name(_) => None,
    };
    found.filter(|app| app.home_tenant == call.access.caller.tenant_id).ok_or_else(|| key.missing())
}
