//! `/servicePrincipals`: applications as the caller's tenant sees them.

mod properties;
mod view;

use axum::response::Response;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{
    Call, Graph, access,
    address::Key,
    audit::{APPLICATIONS, Activity, Event, activity},
    body::Body,
    credentials::{Holder, Look, Target, keys},
    error::GraphError,
    odata::EntityType,
    reply,
};
use crate::directory::{DirectoryError, Resource, ServicePrincipal, Tenant, World};

pub(super) use view::view;

pub(super) const TYPE: EntityType = EntityType {
    name: "servicePrincipal",
    shown: &[],
    filters: &[
        "id",
        "appId",
        "displayName",
        "accountEnabled",
        "appOwnerOrganizationId",
        "servicePrincipalNames",
        "servicePrincipalType",
        "signInAudience",
        "tags",
        "notes",
    ],
    in_directory: true,
};

const ADD: Activity = activity(APPLICATIONS, "Add", "Add service principal");
const UPDATE: Activity = activity(APPLICATIONS, "Update", "Update service principal");
const REMOVE: Activity = activity(APPLICATIONS, "Delete", "Remove service principal");

/// `GET /servicePrincipals`: those of Microsoft's services among them.
pub(super) fn list(graph: &Graph, call: &Call) -> Result<Response, GraphError> {
    let world = graph.entra.directory.read();
    call.access.require(&world, access::READ_APPLICATIONS)?;
    let tenant = call.access.tenant(&world)?;
    let own = tenant.principals.values().map(|principal| view(&world, principal));
    let services = Resource::all().map(|service| view::service(service, tenant.id));
    Ok(reply::ok(call.page(&TYPE, "servicePrincipals", own.chain(services).collect())?))
}

/// `GET /servicePrincipals/{id}`. An application may always look at itself.
pub(super) fn read(graph: &Graph, call: &Call, key: &str) -> Result<Response, GraphError> {
    let world = graph.entra.directory.read();
    let tenant = call.access.tenant(&world)?;
    let found = find(tenant, key)?;
    if !call.access.is_app(found.app_id()) {
        call.access.require(&world, access::READ_APPLICATIONS)?;
    }
    let shown = match found {
        Found::Stored(principal) => view(&world, principal),
        Found::Service(service) => view::service(service, tenant.id),
    };
    Ok(reply::ok(call.object(&TYPE, "servicePrincipals/$entity", shown)?))
}

/// `POST /servicePrincipals`
pub(super) fn create(graph: &Graph, call: &Call) -> Result<Response, GraphError> {
    let body = Body::of("ServicePrincipal", &call.body)?;
    let app = body.id("appId")?;
    let tenant = call.access.caller.tenant_id;
    let mut world = graph.entra.directory.write();
    let known = world.application(app).ok();
    let owns = known.is_some_and(|one| one.home_tenant == tenant && call.access.may_change(&world, &one.owners));
    if !owns {
        call.access.require(&world, access::MANAGE_APPLICATIONS)?;
    }
    let taken = call.access.tenant(&world)?.principals.contains_key(&app) || Resource::by_app_id(app).is_some();
    if taken {
        return Err(GraphError::conflict(format!(
            "The service principal cannot be created, updated, or restored because the service principal name {app} is \
                already in use."
        )));
    }
    world.ensure_principal(app, tenant, graph.entra.directory.ids()).map_err(|error| match error {
        DirectoryError::NoApplication(_) => GraphError::bad_request(format!(
            "The appId '{app}' of the service principal does not reference a valid application object."
        )),
        _ => GraphError::denied(),
    })?;
    let made = world.principal_mut(app, tenant).map_err(|_| GraphError::not_found(app))?;
    let set = properties::apply(made, body);
    let (id, made) = (made.id, made.clone());
    if let Err(error) = set {
        call.access.tenant_mut(&mut world)?.principals.remove(&app);
        return Err(error);
    }
    let event = Event::new(ADD, vec![Target::of_principal(&world, &made).audited(Vec::new())]);
    let shown = view(&world, &made);
    graph.record(&mut world, call, event);
    Ok(reply::created(&format!("{}/{id}", call.path), call.in_context("servicePrincipals/$entity", shown)))
}

/// `PATCH /servicePrincipals/{id}`
pub(super) fn update(graph: &Graph, call: &Call, key: &str) -> Result<Response, GraphError> {
    let body = Body::of("ServicePrincipal", &call.body)?;
    let mut world = graph.entra.directory.write();
    let target = Target::find(&world, call, Holder::Principal, key)?;
    target.require_change(&world, call)?;
    let old = call.access.tenant(&world)?.principals.get(&target.app_id).ok_or_else(|| GraphError::not_found(key))?;
    // Applied to a copy: a body with one bad property changes nothing.
    let mut new = old.clone();
    properties::apply(&mut new, body)?;
    if let Some(value) = body.get("keyCredentials") {
        target.check_lock(&world, "keyCredentials")?;
        let policy = target.restrictions(&world, call);
        new.key_credentials = keys::replace(&old.key_credentials, value, &policy, graph.entra.directory.ids())?;
    }
    let before = Look::new(view(&world, old), &old.key_credentials);
    let after = Look::new(view(&world, &new), &new.key_credentials);
    call.access.tenant_mut(&mut world)?.principals.insert(new.app_id, new);
    graph.record_changed(&mut world, call, UPDATE, &target, (&before, &after));
    Ok(reply::no_content())
}

/// `DELETE /servicePrincipals/{id}`: what the tenant granted goes with it.
pub(super) fn delete(graph: &Graph, call: &Call, key: &str) -> Result<Response, GraphError> {
    let mut world = graph.entra.directory.write();
    let target = Target::find(&world, call, Holder::Principal, key)?;
    target.require_change(&world, call)?;
    let tenant = call.access.tenant_mut(&mut world)?;
    tenant.principals.remove(&target.app_id);
    tenant.delegated_grants.retain(|grant| grant.client != target.id && grant.resource != target.id);
    for group in tenant.groups.values_mut() {
        group.members.retain(|member| *member != target.id);
    }
    for principal in tenant.principals.values_mut() {
        principal.app_role_assignments.retain(|grant| grant.resource_app_id != target.app_id);
    }
    graph.record(&mut world, call, Event::new(REMOVE, vec![target.audited(Vec::new())]));
    Ok(reply::no_content())
}

/// A service principal: of an application or identity of the lab, or of a service of Microsoft.
#[derive(Clone, Copy, Debug)]
pub(super) enum Found<'a> {
    Stored(&'a ServicePrincipal),
    Service(&'static Resource),
}

impl Found<'_> {
    pub(super) fn app_id(&self) -> Uuid {
        match self {
            Self::Stored(principal) => principal.app_id,
            Self::Service(service) => service.app_id,
        }
    }

    pub(super) fn id(&self, tenant: Uuid) -> Uuid {
        match self {
            Self::Stored(principal) => principal.id,
            Self::Service(service) => service.principal_id(tenant),
        }
    }

    pub(super) fn display_name(&self) -> &str {
        match self {
            Self::Stored(principal) => &principal.display_name,
            Self::Service(service) => service.display_name,
        }
    }

    pub(super) fn view(&self, world: &World, tenant: Uuid) -> Map<String, Value> {
        match self {
            Self::Stored(principal) => view(world, principal),
            Self::Service(service) => view::service(service, tenant),
        }
    }
}

/// Finds a service principal of a tenant.
pub(super) fn find<'a>(tenant: &'a Tenant, key: &str) -> Result<Found<'a>, GraphError> {
    let key = Key::parse(key)?;
    let service = match key {
        Key::AppId(id) => Resource::by_app_id(id),
        Key::Object(id) => Resource::by_principal(id, tenant.id),
        Key::Name(_) => None,
    };
    let found = stored(tenant, &key).map(Found::Stored).or_else(|| service.map(Found::Service));
    found.ok_or_else(|| key.missing())
}

/// Finds one that is kept in the directory.
pub(super) fn stored<'a>(tenant: &'a Tenant, key: &Key) -> Option<&'a ServicePrincipal> {
    match key {
        Key::AppId(app) => tenant.principals.get(app),
        Key::Object(id) => tenant.principal_by_object(*id),
        Key::Name(_) => None,
    }
}
