//! Who is in which group, directly or by way of others.

use axum::response::Response;
use uuid::Uuid;

use super::{
    Call, Graph, access,
    address::object_id,
    audit::{Event, GROUPS, activity},
    body::reference,
    directory_objects::typed,
    error::GraphError,
    groups,
    odata::DIRECTORY_OBJECT,
    principals, reply, users,
};
use crate::directory::{Tenant, World};

/// `GET /groups/{id}/members`, `…/transitiveMembers`
pub(super) fn members(graph: &Graph, call: &Call, id: &str, transitive: bool) -> Result<Response, GraphError> {
    let world = graph.entra.directory.read();
    call.access.require(&world, access::READ_GROUPS)?;
    let tenant = call.access.tenant(&world)?;
    let group = groups::find(tenant, id)?;
    let members = if transitive { tenant.members_of(group.id) } else { group.members.clone() };
    page(call, &world, tenant, &members)
}

/// `POST /groups/{id}/members/$ref`
pub(super) fn add(graph: &Graph, call: &Call, id: &str) -> Result<Response, GraphError> {
    let member = reference(&call.body)?;
    change(graph, call, id, member, "Add member to group", |members| {
        if members.contains(&member) {
            return Err(GraphError::exists("members"));
        }
        members.push(member);
        Ok(())
    })
}

/// `DELETE /groups/{id}/members/{id}/$ref`
pub(super) fn remove(graph: &Graph, call: &Call, id: &str, member: &str) -> Result<Response, GraphError> {
    let member = object_id(member)?;
    change(graph, call, id, member, "Remove member from group", |members| {
        let before = members.len();
        members.retain(|one| *one != member);
        if members.len() == before { Err(GraphError::not_found(member)) } else { Ok(()) }
    })
}

fn change(
    graph: &Graph,
    call: &Call,
    id: &str,
    member: Uuid,
    name: &'static str,
    change: impl FnOnce(&mut Vec<Uuid>) -> Result<(), GraphError>,
) -> Result<Response, GraphError> {
    let mut world = graph.entra.directory.write();
    let tenant = call.access.tenant(&world)?;
    let target = groups::audited(groups::changeable(&world, call, tenant, id, access::WRITE_MEMBERS)?);
    if member == target.id {
        return Err(GraphError::bad_request("A group cannot be a member of itself."));
    }
    if !tenant.holds(member) {
        return Err(GraphError::not_found(member));
    }
    let tenant = call.access.tenant_mut(&mut world)?;
    change(&mut tenant.groups.get_mut(&target.id).ok_or_else(|| GraphError::not_found(id))?.members)?;
    let operation = if name.starts_with("Add") { "Assign" } else { "Unassign" };
    graph.record(&mut world, call, Event::new(activity(GROUPS, operation, name), vec![target]));
    Ok(reply::no_content())
}

/// `GET /users/{id}/memberOf`, `…/transitiveMemberOf`
pub(super) fn of_user(graph: &Graph, call: &Call, key: &str, transitive: bool) -> Result<Response, GraphError> {
    let world = graph.entra.directory.read();
    let tenant = call.access.tenant(&world)?;
    let id = users::find(tenant, key)?.id;
    groups_of(call, &world, tenant, id, transitive)
}

/// `GET /servicePrincipals/{id}/memberOf`, `…/transitiveMemberOf`
pub(super) fn of_principal(graph: &Graph, call: &Call, key: &str, transitive: bool) -> Result<Response, GraphError> {
    let world = graph.entra.directory.read();
    let tenant = call.access.tenant(&world)?;
    let id = principals::find(tenant, key)?.id(tenant.id);
    groups_of(call, &world, tenant, id, transitive)
}

/// `GET /groups/{id}/memberOf`, `…/transitiveMemberOf`
pub(super) fn of_object(graph: &Graph, call: &Call, id: &str, transitive: bool) -> Result<Response, GraphError> {
    let world = graph.entra.directory.read();
    let tenant = call.access.tenant(&world)?;
    let id = groups::find(tenant, id)?.id;
    groups_of(call, &world, tenant, id, transitive)
}

fn groups_of(call: &Call, world: &World, tenant: &Tenant, id: Uuid, transitive: bool) -> Result<Response, GraphError> {
    call.access.require(world, access::READ_MEMBERSHIP)?;
    let direct = || tenant.direct_groups(id).map(|group| group.id).collect();
    let groups = if transitive { tenant.groups_of(id) } else { direct() };
    page(call, world, tenant, &groups)
}

fn page(call: &Call, world: &World, tenant: &Tenant, ids: &[Uuid]) -> Result<Response, GraphError> {
    let objects = ids.iter().filter_map(|id| typed(world, tenant, *id)).collect();
    Ok(reply::ok(call.page(&DIRECTORY_OBJECT, "directoryObjects", objects)?))
}
