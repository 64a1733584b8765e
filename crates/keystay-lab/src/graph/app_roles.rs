//! Application permissions: which a service principal holds, which a resource gave away, granting and revoking.

use axum::response::Response;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    Call, Graph, access,
    audit::{APPLICATIONS, Event, activity, change},
    body::Body,
    credentials::Target,
    error::GraphError,
    odata::EntityType,
    principals::{self, Found},
    reply,
    view::{moment, object},
};
use crate::directory::{GRAPH_APP_ID, RoleAssignment, ServicePrincipal, Tenant, World, derived_id};

const TYPE: EntityType = EntityType {
    name: "appRoleAssignment",
    shown: &[],
    filters: &["id", "resourceId", "principalId", "appRoleId", "principalType", "resourceDisplayName"],
    in_directory: false,
};

/// `GET /servicePrincipals/{id}/appRoleAssignments`: what it holds.
pub(super) fn held(graph: &Graph, call: &Call, key: &str) -> Result<Response, GraphError> {
    let world = graph.entra.directory.read();
    let (tenant, found) = readable(&world, call, key)?;
    let all = all(tenant).filter(|one| one.principal.app_id == found.app_id());
    let context = context(tenant, found, "appRoleAssignments");
    Ok(reply::ok(call.page(&TYPE, &context, all.map(|one| one.view(tenant)).collect())?))
}

/// `GET /servicePrincipals/{id}/appRoleAssignedTo`: what it gave away, as a resource.
pub(super) fn given(graph: &Graph, call: &Call, key: &str) -> Result<Response, GraphError> {
    let world = graph.entra.directory.read();
    let (tenant, found) = readable(&world, call, key)?;
    let all = all(tenant).filter(|one| one.grant.resource_app_id == found.app_id());
    let context = context(tenant, found, "appRoleAssignedTo");
    Ok(reply::ok(call.page(&TYPE, &context, all.map(|one| one.view(tenant)).collect())?))
}

/// `GET /servicePrincipals/{id}/appRoleAssignedTo/{id}`, or the other list.
pub(super) fn read(graph: &Graph, call: &Call, key: &str, id: &str) -> Result<Response, GraphError> {
    let world = graph.entra.directory.read();
    let (tenant, found) = readable(&world, call, key)?;
    let one = find(tenant, found, id)?;
    Ok(reply::ok(call.object(&TYPE, "appRoleAssignments/$entity", one.view(tenant))?))
}

/// `POST /servicePrincipals/{id}/appRoleAssignedTo`, or the other list: the next token has the role.
pub(super) fn grant(graph: &Graph, call: &Call, key: &str) -> Result<Response, GraphError> {
    let body = Body::of("AppRoleAssignment", &call.body)?;
    let (principal, resource, role) = (body.id("principalId")?, body.id("resourceId")?, body.id("appRoleId")?);
    let mut world = graph.entra.directory.write();
    let tenant = call.access.tenant(&world)?;
    let at = principals::find(tenant, key)?.id(tenant.id);
    if at != principal && at != resource {
        return Err(GraphError::bad_request("The address is neither the principal's nor the resource's."));
    }
    let resource = principals::find(tenant, &resource.to_string())?;
    require_grant(&world, call, resource.app_id())?;
    let Found::Stored(client) = principals::find(tenant, &principal.to_string())? else {
        return Err(GraphError::denied());
    };
    let (client, resource_app, resource_name) =
        (Target::of_principal(&world, client), resource.app_id(), resource.display_name().to_owned());
    let value = world.app_role(resource_app, role).map(str::to_owned).ok_or_else(|| {
        GraphError::bad_request(format!("Permission being assigned was not found on application '{resource_app}'."))
    })?;
    let now = graph.entra.clock.now().into();
    let tenant = call.access.tenant_mut(&mut world)?;
    let holder = tenant.principals.get_mut(&client.app_id).ok_or_else(|| GraphError::not_found(principal))?;
    if !holder.grant(resource_app, role, Some(now)) {
        return Err(GraphError::bad_request("Permission being assigned already exists on the object."));
    }
    let shown = all(tenant)
        .find(|one| one.principal.app_id == client.app_id && one.is(resource_app, role))
        .map(|one| one.view(tenant));
    let shown = shown.ok_or_else(|| GraphError::not_found(principal))?;
    let location = format!("{}/{}", call.path, shown.get("id").and_then(Value::as_str).unwrap_or_default());
    audited(graph, &mut world, call, &client, "Add", &value, &resource_name);
    Ok(reply::created(&location, call.in_context("appRoleAssignments/$entity", shown)))
}

/// `DELETE /servicePrincipals/{id}/appRoleAssignedTo/{id}`, or the other list: tokens issued before keep the role.
pub(super) fn revoke(graph: &Graph, call: &Call, key: &str, id: &str) -> Result<Response, GraphError> {
    let mut world = graph.entra.directory.write();
    let tenant = call.access.tenant(&world)?;
    let one = find(tenant, principals::find(tenant, key)?, id)?;
    let grant = *one.grant;
    require_grant(&world, call, grant.resource_app_id)?;
    let client = Target::of_principal(&world, one.principal);
    let value = world.app_role(grant.resource_app_id, grant.role_id).unwrap_or_default().to_owned();
    let name = one.resource(tenant).map(|resource| resource.display_name().to_owned()).unwrap_or_default();
    let tenant = call.access.tenant_mut(&mut world)?;
    let holder = tenant.principals.get_mut(&client.app_id).ok_or_else(|| GraphError::not_found(id))?;
    holder
        .app_role_assignments
        .retain(|one| (one.resource_app_id, one.role_id) != (grant.resource_app_id, grant.role_id));
    audited(graph, &mut world, call, &client, "Remove", &value, &name);
    Ok(reply::no_content())
}

fn require_grant(world: &World, call: &Call, resource_app: Uuid) -> Result<(), GraphError> {
    let need = if resource_app == GRAPH_APP_ID { access::GRANT_GRAPH_ROLES } else { access::GRANT_APP_ROLES };
    call.access.require(world, need)
}

fn audited(
    graph: &Graph,
    world: &mut World,
    call: &Call,
    client: &Target,
    verb: &'static str,
    role: &str,
    resource: &str,
) {
    let (name, operation) = match verb {
        "Add" => ("Add app role assignment to service principal", "Assign"),
        _ => ("Remove app role assignment from service principal", "Unassign"),
    };
    let (old, new) = if verb == "Add" { (Value::Null, role.into()) } else { (role.into(), Value::Null) };
    let changes =
        vec![change("AppRole.Value", &old, &new), change("TargetId.DisplayName", &Value::Null, &resource.into())];
    let event = Event::new(activity(APPLICATIONS, operation, name), vec![client.audited(changes)]);
    graph.record(world, call, event);
}

/// A role that a principal of the tenant holds.
struct Assignment<'a> {
    principal: &'a ServicePrincipal,
    grant: &'a RoleAssignment,
}

fn all(tenant: &Tenant) -> impl Iterator<Item = Assignment<'_>> {
    tenant
        .principals
        .values()
        .flat_map(|principal| principal.app_role_assignments.iter().map(move |grant| Assignment { principal, grant }))
}

impl<'a> Assignment<'a> {
    fn is(&self, resource_app: Uuid, role: Uuid) -> bool {
        (self.grant.resource_app_id, self.grant.role_id) == (resource_app, role)
    }

    /// Follows from what it is about: there is only one.
    fn id(&self) -> String {
        let parts = [self.principal.id, self.grant.resource_app_id, self.grant.role_id];
        let id = derived_id(&[b"app role assignment", parts[0].as_bytes(), parts[1].as_bytes(), parts[2].as_bytes()]);
        BASE64_URL_SAFE_NO_PAD.encode(id.as_bytes())
    }

    fn resource(&self, tenant: &'a Tenant) -> Option<Found<'a>> {
        principals::find(tenant, &format!("(appId='{}')", self.grant.resource_app_id)).ok()
    }

    fn view(&self, tenant: &'a Tenant) -> Map<String, Value> {
        let resource = self.resource(tenant);
        object(json!({
            "id": self.id(),
            "deletedDateTime": null,
            "appRoleId": self.grant.role_id,
            "createdDateTime": self.grant.granted.map(moment),
            "principalDisplayName": self.principal.display_name,
            "principalId": self.principal.id,
            "principalType": "ServicePrincipal",
            "resourceDisplayName": resource.map(|one| one.display_name().to_owned()),
            "resourceId": resource.map(|one| one.id(tenant.id)),
        }))
    }
}

fn find<'a>(tenant: &'a Tenant, at: Found<'_>, id: &str) -> Result<Assignment<'a>, GraphError> {
    let app = at.app_id();
    let mut around = all(tenant).filter(|one| one.principal.app_id == app || one.grant.resource_app_id == app);
    around.find(|one| one.id() == id).ok_or_else(|| GraphError::not_found(id))
}

fn readable<'a>(world: &'a World, call: &Call, key: &str) -> Result<(&'a Tenant, Found<'a>), GraphError> {
    let tenant = call.access.tenant(world)?;
    let found = principals::find(tenant, key)?;
    if !call.access.is_app(found.app_id()) {
        call.access.require(world, access::READ_APP_ROLES)?;
    }
    Ok((tenant, found))
}

fn context(tenant: &Tenant, found: Found<'_>, list: &str) -> String {
    format!("servicePrincipals('{}')/{list}", found.id(tenant.id))
}
