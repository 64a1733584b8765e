//! Owners of applications and service principals, and what somebody owns.

use axum::response::Response;
use serde_json::Value;
use uuid::Uuid;

use super::{
    Call, Graph, access,
    address::object_id,
    applications,
    audit::{APPLICATIONS, Event, activity, change},
    body::reference,
    credentials::{Holder, Target},
    directory_objects::typed,
    error::GraphError,
    odata::{DIRECTORY_OBJECT, TYPE},
    principals::{self, Found},
    reply, users,
};
use crate::directory::{AuditTarget, World};

/// `GET …/owners`
pub(super) fn list(graph: &Graph, call: &Call, holder: Holder, key: &str) -> Result<Response, GraphError> {
    let world = graph.entra.directory.read();
    let tenant = call.access.tenant(&world)?;
    let (owners, app_id) = match holder {
        Holder::Application => {
            let app = applications::find(&world, call, key)?;
            (app.owners.as_slice(), app.app_id)
        }
        Holder::Principal => match principals::find(tenant, key)? {
            Found::Stored(principal) => (principal.owners.as_slice(), principal.app_id),
            Found::Service(service) => (&[][..], service.app_id),
        },
    };
    if !call.access.is_app(app_id) {
        call.access.require(&world, access::READ_APPLICATIONS)?;
    }
    let owners = owners.iter().filter_map(|owner| typed(&world, tenant, *owner)).collect();
    Ok(reply::ok(call.page(&DIRECTORY_OBJECT, "directoryObjects", owners)?))
}

/// `POST …/owners/$ref`
pub(super) fn add(graph: &Graph, call: &Call, holder: Holder, key: &str) -> Result<Response, GraphError> {
    let owner = reference(&call.body)?;
    change_owners(graph, call, holder, key, owner, |owners| {
        if owners.contains(&owner) {
            return Err(GraphError::exists("owners"));
        }
        owners.push(owner);
        Ok(())
    })
}

/// `DELETE …/owners/{id}/$ref`
pub(super) fn remove(
    graph: &Graph,
    call: &Call,
    holder: Holder,
    key: &str,
    owner: &str,
) -> Result<Response, GraphError> {
    let owner = object_id(owner)?;
    change_owners(graph, call, holder, key, owner, |owners| {
        let before = owners.len();
        owners.retain(|one| *one != owner);
        if owners.len() == before { Err(GraphError::not_found(owner)) } else { Ok(()) }
    })
}

fn change_owners(
    graph: &Graph,
    call: &Call,
    holder: Holder,
    key: &str,
    owner: Uuid,
    change: impl FnOnce(&mut Vec<Uuid>) -> Result<(), GraphError>,
) -> Result<Response, GraphError> {
    let mut world = graph.entra.directory.write();
    let target = Target::find(&world, call, holder, key)?;
    target.require_change(&world, call)?;
    let tenant = call.access.tenant(&world)?;
    // People and service principals own things; groups do not.
    if tenant.groups.contains_key(&owner) || !tenant.holds(owner) {
        return Err(GraphError::not_found(owner));
    }
    let before = target.owners.len();
    let owners = match holder {
        Holder::Application => {
            &mut world.application_mut(target.app_id).map_err(|_| GraphError::not_found(key))?.owners
        }
        Holder::Principal => {
            let tenant = call.access.caller.tenant_id;
            &mut world.principal_mut(target.app_id, tenant).map_err(|_| GraphError::not_found(key))?.owners
        }
    };
    change(owners)?;
    let added = owners.len() > before;
    let event = event(&world, call, &target, owner, added);
    graph.record(&mut world, call, event);
    Ok(reply::no_content())
}

fn event(world: &World, call: &Call, target: &Target, owner: Uuid, added: bool) -> Event {
    let (name, operation) = match (target.holder, added) {
        (Holder::Application, true) => ("Add owner to application", "Assign"),
        (Holder::Application, false) => ("Remove owner from application", "Unassign"),
        (Holder::Principal, true) => ("Add owner to service principal", "Assign"),
        (Holder::Principal, false) => ("Remove owner from service principal", "Unassign"),
    };
    let object = call.access.tenant(world).ok().and_then(|tenant| typed(world, tenant, owner)).unwrap_or_default();
    let text = |name: &str| object.get(name).and_then(Value::as_str).unwrap_or_default();
    let kind = if text(TYPE).ends_with("user") { "User" } else { "ServicePrincipal" };
    let of = change("Application.ObjectID", &Value::Null, &target.id.to_string().into());
    let who = AuditTarget {
        id: owner,
        display_name: text("displayName").to_owned(),
        kind: kind.to_owned(),
        changes: vec![of],
    };
    Event::new(activity(APPLICATIONS, operation, name), vec![who, target.audited(Vec::new())])
}

/// `GET /users/{id}/ownedObjects`
pub(super) fn owned_by_user(graph: &Graph, call: &Call, key: &str) -> Result<Response, GraphError> {
    let owner = {
        let world = graph.entra.directory.read();
        users::find(call.access.tenant(&world)?, key)?.id
    };
    owned(graph, call, owner)
}

/// `GET /servicePrincipals/{id}/ownedObjects`
pub(super) fn owned_by_principal(graph: &Graph, call: &Call, key: &str) -> Result<Response, GraphError> {
    let owner = {
        let world = graph.entra.directory.read();
        let tenant = call.access.tenant(&world)?;
        principals::find(tenant, key)?.id(tenant.id)
    };
    owned(graph, call, owner)
}

fn owned(graph: &Graph, call: &Call, owner: Uuid) -> Result<Response, GraphError> {
    let world = graph.entra.directory.read();
    if owner != call.access.caller.object_id {
        call.access.require(&world, access::READ_APPLICATIONS)?;
    }
    let tenant = call.access.tenant(&world)?;
    let apps = world.applications.values().filter(|app| app.home_tenant == tenant.id && app.owners.contains(&owner));
    let principals = tenant.principals.values().filter(|principal| principal.owners.contains(&owner));
    let groups = tenant.groups.values().filter(|group| group.owners.contains(&owner));
    let ids = apps.map(|app| app.id).chain(principals.map(|one| one.id)).chain(groups.map(|group| group.id));
    let objects = ids.filter_map(|id| typed(&world, tenant, id)).collect();
    Ok(reply::ok(call.page(&DIRECTORY_OBJECT, "directoryObjects", objects)?))
}
