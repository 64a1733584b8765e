//! `/groups`: security groups.

use axum::response::Response;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    Call, Graph, access,
    address::object_id,
    audit::{Event, GROUPS, activity},
    body::{Body, referred},
    directory_objects::typed,
    error::GraphError,
    odata::{DIRECTORY_OBJECT, EntityType},
    reply,
    view::{moment, object},
};
use crate::directory::{AuditTarget, Group, Tenant, World};

const TYPE: EntityType = EntityType {
    name: "group",
    shown: &[],
    filters: &["id", "displayName", "description", "mailNickname", "createdDateTime", "securityEnabled", "mailEnabled"],
    in_directory: true,
};
/// How many members a request may name while it makes or changes a group.
const MOST_BOUND: usize = 20;

/// `GET /groups`
pub(super) fn list(graph: &Graph, call: &Call) -> Result<Response, GraphError> {
    let world = graph.entra.directory.read();
    call.access.require(&world, access::READ_GROUPS)?;
    let all = call.access.tenant(&world)?.groups.values().map(view).collect();
    Ok(reply::ok(call.page(&TYPE, "groups", all)?))
}

/// `GET /groups/{id}`
pub(super) fn read(graph: &Graph, call: &Call, id: &str) -> Result<Response, GraphError> {
    let world = graph.entra.directory.read();
    call.access.require(&world, access::READ_GROUPS)?;
    let group = find(call.access.tenant(&world)?, id)?;
    Ok(reply::ok(call.object(&TYPE, "groups/$entity", view(group))?))
}

/// `POST /groups`. Whoever makes a group owns it.
pub(super) fn create(graph: &Graph, call: &Call) -> Result<Response, GraphError> {
    let body = Body::of("Group", &call.body)?;
    let mut world = graph.entra.directory.write();
    let tenant = call.access.tenant(&world)?;
    call.access.require(&world, access::CREATE_GROUPS)?;
    if !tenant.policies.user_permissions.allowed_to_create_security_groups {
        call.access.require(&world, access::WRITE_GROUPS)?;
    }
    let mut group =
        Group::new(graph.entra.directory.ids().fresh(), body.required("displayName")?, graph.entra.clock.now().into());
    body.required("mailNickname")?;
    for (name, wanted) in [("mailEnabled", false), ("securityEnabled", true)] {
        let value = body.get(name).ok_or_else(|| body.invalid(name))?;
        if body.as_switch(name, value)? != wanted {
            return Err(GraphError::bad_request("The lab plays security groups without mail, and no others."));
        }
    }
    group.owners.push(call.access.caller.object_id);
    apply(&mut group, body, tenant)?;
    let (shown, location) = (view(&group), format!("{}/{}", call.path, group.id));
    let target = audited(&group);
    call.access.tenant_mut(&mut world)?.groups.insert(group.id, group);
    graph.record(&mut world, call, Event::new(activity(GROUPS, "Add", "Add group"), vec![target]));
    Ok(reply::created(&location, call.in_context("groups/$entity", shown)))
}

/// `PATCH /groups/{id}`
pub(super) fn update(graph: &Graph, call: &Call, id: &str) -> Result<Response, GraphError> {
    let body = Body::of("Group", &call.body)?;
    let mut world = graph.entra.directory.write();
    let tenant = call.access.tenant(&world)?;
    let mut group = changeable(&world, call, tenant, id, access::WRITE_GROUPS)?.clone();
    apply(&mut group, body, tenant)?;
    let target = audited(&group);
    call.access.tenant_mut(&mut world)?.groups.insert(group.id, group);
    graph.record(&mut world, call, Event::new(activity(GROUPS, "Update", "Update group"), vec![target]));
    Ok(reply::no_content())
}

/// `DELETE /groups/{id}`
pub(super) fn delete(graph: &Graph, call: &Call, id: &str) -> Result<Response, GraphError> {
    let mut world = graph.entra.directory.write();
    let tenant = call.access.tenant(&world)?;
    let target = audited(changeable(&world, call, tenant, id, access::WRITE_GROUPS)?);
    let tenant = call.access.tenant_mut(&mut world)?;
    tenant.groups.remove(&target.id);
    for group in tenant.groups.values_mut() {
        group.members.retain(|member| *member != target.id);
    }
    graph.record(&mut world, call, Event::new(activity(GROUPS, "Delete", "Delete group"), vec![target]));
    Ok(reply::no_content())
}

/// `GET /groups/{id}/owners`
pub(super) fn owners(graph: &Graph, call: &Call, id: &str) -> Result<Response, GraphError> {
    let world = graph.entra.directory.read();
    call.access.require(&world, access::READ_GROUPS)?;
    let tenant = call.access.tenant(&world)?;
    let owners = find(tenant, id)?.owners.iter().filter_map(|owner| typed(&world, tenant, *owner)).collect();
    Ok(reply::ok(call.page(&DIRECTORY_OBJECT, "directoryObjects", owners)?))
}

/// Finds a group.
pub(super) fn find<'a>(tenant: &'a Tenant, id: &str) -> Result<&'a Group, GraphError> {
    tenant.groups.get(&object_id(id)?).ok_or_else(|| GraphError::not_found(id))
}

/// Finds a group that the bearer may change.
pub(super) fn changeable<'a>(
    world: &World,
    call: &Call,
    tenant: &'a Tenant,
    id: &str,
    need: access::Need,
) -> Result<&'a Group, GraphError> {
    let group = find(tenant, id)?;
    if call.access.may_change_group(world, &group.owners, need) { Ok(group) } else { Err(GraphError::denied()) }
}

/// How the audit log names a group.
pub(super) fn audited(group: &Group) -> AuditTarget {
    AuditTarget {
        id: group.id,
        display_name: group.display_name.clone(),
        kind: "Group".to_owned(),
        changes: Vec::new(),
    }
}

fn apply(group: &mut Group, body: Body<'_>, tenant: &Tenant) -> Result<(), GraphError> {
    for (name, value) in body.properties() {
        match name {
            "displayName" => body.required(name)?.clone_into(&mut group.display_name),
            "description" => group.description = body.as_note(name, value)?,
            "mailNickname" => body.required(name)?.clone_into(&mut group.mail_nickname),
            "mailEnabled" if *value == Value::Bool(false) => {}
            "securityEnabled" if *value == Value::Bool(true) => {}
            "groupTypes" if value.as_array().is_some_and(Vec::is_empty) => {}
            _ if value.is_null() => {}
            _ => return Err(body.not_played(name)),
        }
    }
    bind("members@odata.bind", &mut group.members, body, tenant)?;
    bind("owners@odata.bind", &mut group.owners, body, tenant)
}

/// Puts the objects a request refers to into a list.
fn bind(name: &str, list: &mut Vec<Uuid>, body: Body<'_>, tenant: &Tenant) -> Result<(), GraphError> {
    let Some(value) = body.get(name) else { return Ok(()) };
    let addresses = body.as_texts(name, value)?;
    if addresses.len() > MOST_BOUND {
        return Err(GraphError::bad_request(format!("At most {MOST_BOUND} references may be added in one request.")));
    }
    for address in addresses {
        let id = referred(&address)?;
        if !tenant.holds(id) {
            return Err(GraphError::not_found(id));
        }
        if !list.contains(&id) {
            list.push(id);
        }
    }
    Ok(())
}

/// A group as Graph shows it.
pub(super) fn view(group: &Group) -> Map<String, Value> {
    object(json!({
        "id": group.id,
        "deletedDateTime": null,
        "classification": null,
        "createdDateTime": moment(group.created),
        "description": group.description,
        "displayName": group.display_name,
        "expirationDateTime": null,
        "groupTypes": [],
        "isAssignableToRole": null,
        "mail": null,
        "mailEnabled": false,
        "mailNickname": group.mail_nickname,
        "membershipRule": null,
        "membershipRuleProcessingState": null,
        "onPremisesSyncEnabled": null,
        "preferredLanguage": null,
        "proxyAddresses": [],
        "renewedDateTime": moment(group.created),
        "securityEnabled": true,
        "securityIdentifier": security_identifier(group.id),
        "theme": null,
        "visibility": null,
    }))
}

/// The SID of a group: the four quarters of its id as numbers.
fn security_identifier(id: Uuid) -> String {
    let bytes = id.to_bytes_le();
    let quarters = bytes.chunks_exact(4).map(|part| u32::from_le_bytes([part[0], part[1], part[2], part[3]]));
    quarters.fold("S-1-12-1".to_owned(), |text, quarter| format!("{text}-{quarter}"))
}
