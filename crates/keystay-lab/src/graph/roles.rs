//! Admin roles and who has them, in the older form (`/directoryRoles`) and the newer (`/roleManagement/directory`).

use axum::response::Response;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    Call, Graph, access, directory_objects::typed, error::GraphError, odata::DIRECTORY_OBJECT, odata::EntityType,
    reply, view::object,
};
use crate::directory::{AdminRole, Tenant, derived_id};

const ROLE: EntityType = EntityType {
    name: "directoryRole",
    shown: &[],
    filters: &["id", "roleTemplateId", "displayName"],
    in_directory: true,
};
const ASSIGNMENT: EntityType = EntityType {
    name: "unifiedRoleAssignment",
    shown: &[],
    filters: &["id", "principalId", "roleDefinitionId", "directoryScopeId"],
    in_directory: false,
};
const DEFINITION: EntityType = EntityType {
    name: "unifiedRoleDefinition",
    shown: &[],
    filters: &["id", "templateId", "displayName", "isBuiltIn"],
    in_directory: false,
};
const ALL: [AdminRole; 3] =
    [AdminRole::GlobalAdministrator, AdminRole::PrivilegedRoleAdministrator, AdminRole::ApplicationAdministrator];

/// `GET /directoryRoles`
pub(super) fn list(graph: &Graph, call: &Call) -> Result<Response, GraphError> {
    let world = graph.entra.directory.read();
    call.access.require(&world, access::READ_ROLES)?;
    let tenant = call.access.tenant(&world)?;
    let all = ALL.into_iter().map(|role| {
        object(json!({
            "id": id(tenant, role),
            "deletedDateTime": null,
            "description": name(role),
            "displayName": name(role),
            "roleTemplateId": role.template_id(),
        }))
    });
    Ok(reply::ok(call.page(&ROLE, "directoryRoles", all.collect())?))
}

/// `GET /directoryRoles/{id}/members`
pub(super) fn members(graph: &Graph, call: &Call, key: &str) -> Result<Response, GraphError> {
    let world = graph.entra.directory.read();
    call.access.require(&world, access::READ_ROLES)?;
    let tenant = call.access.tenant(&world)?;
    let role = ALL.into_iter().find(|role| is(tenant, *role, key)).ok_or_else(|| GraphError::not_found(key))?;
    let holders = tenant.users.iter().filter(|user| user.roles.contains(&role));
    let holders = holders.filter_map(|user| typed(&world, tenant, user.id)).collect();
    Ok(reply::ok(call.page(&DIRECTORY_OBJECT, "directoryObjects", holders)?))
}

/// `GET /roleManagement/directory/roleAssignments`
pub(super) fn assignments(graph: &Graph, call: &Call) -> Result<Response, GraphError> {
    let world = graph.entra.directory.read();
    call.access.require(&world, access::READ_ROLES)?;
    let tenant = call.access.tenant(&world)?;
    let all = tenant.users.iter().flat_map(|user| {
        user.roles.iter().map(|role| {
            let template = role.template_id();
            object(json!({
                "id": derived_id(&[b"role assignment", user.id.as_bytes(), template.as_bytes()]),
                "principalId": user.id,
                "directoryScopeId": "/",
                "roleDefinitionId": template,
            }))
        })
    });
    Ok(reply::ok(call.page(&ASSIGNMENT, "roleManagement/directory/roleAssignments", all.collect())?))
}

/// `GET /roleManagement/directory/roleDefinitions`
pub(super) fn definitions(graph: &Graph, call: &Call) -> Result<Response, GraphError> {
    let world = graph.entra.directory.read();
    call.access.require(&world, access::READ_ROLES)?;
    let all: Vec<Map<String, Value>> = ALL
        .into_iter()
        .map(|role| {
            object(json!({
                "id": role.template_id(),
                "description": name(role),
                "displayName": name(role),
                "isBuiltIn": true,
                "isEnabled": true,
                "templateId": role.template_id(),
                "version": "1",
                "rolePermissions": [],
            }))
        })
        .collect();
    Ok(reply::ok(call.page(&DEFINITION, "roleManagement/directory/roleDefinitions", all)?))
}

fn is(tenant: &Tenant, role: AdminRole, key: &str) -> bool {
    let by_template = key.strip_prefix("(roleTemplateId='").and_then(|rest| rest.strip_suffix("')"));
    match by_template {
        Some(template) => Uuid::try_parse(template) == Ok(role.template_id()),
        None => Uuid::try_parse(key) == Ok(id(tenant, role)),
    }
}

fn id(tenant: &Tenant, role: AdminRole) -> Uuid {
    derived_id(&[b"directory role", tenant.id.as_bytes(), role.template_id().as_bytes()])
}

fn name(role: AdminRole) -> &'static str {
    match role {
        AdminRole::GlobalAdministrator => "Global Administrator",
        AdminRole::PrivilegedRoleAdministrator => "Privileged Role Administrator",
        AdminRole::ApplicationAdministrator => "Application Administrator",
    }
}
