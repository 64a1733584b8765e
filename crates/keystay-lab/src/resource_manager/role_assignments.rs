//! `Microsoft.Authorization/roleAssignments`.

use axum::{http::StatusCode, response::Response};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    call::{Call, created, moment, nothing, ok},
    error::ArmError,
    filter::Filter,
    role_definitions, subscriptions, vaults,
};
use crate::{
    authorization::{Assignment, PrincipalType, ResourceScope},
    bearer::TokenCheck as _,
};

const READ: &str = "Microsoft.Authorization/roleAssignments/read";
const WRITE: &str = "Microsoft.Authorization/roleAssignments/write";
const DELETE: &str = "Microsoft.Authorization/roleAssignments/delete";

pub(super) fn dispatch(call: &Call<'_>, rest: &[&str]) -> Result<Response, ArmError> {
    check_place(call)?;
    match (call.method.as_str(), rest) {
        ("GET", [_]) => list(call),
        ("GET", [_, name]) => get(call, name),
        ("PUT", [_, name]) => put(call, name),
        ("DELETE", [_, name]) => delete(call, name),
        _ => Err(call.unknown()),
    }
}

/// 404 for a group or a vault that does not exist. Objects in a vault may come later than the right to use them.
pub(super) fn check_place(call: &Call<'_>) -> Result<(), ArmError> {
    if call.address.resource_group().is_some() {
        subscriptions::find_group(call)?;
    }
    call.address.vault().map_or(Ok(()), |name| vaults::find(call, name).map(|_| ()))
}

fn list(call: &Call<'_>) -> Result<Response, ArmError> {
    call.require(READ, &call.address.scope)?;
    let wanted = Filter::parse(call.query.get("$filter"))?.test(call);
    let found = call.authorization().assignments(wanted);
    call.page(found.iter().map(|assignment| view(assignment, &call.address.scope)).collect())
}

fn get(call: &Call<'_>, name: &str) -> Result<Response, ArmError> {
    call.require(READ, &call.address.scope)?;
    let assignment = find(call, name)?.ok_or_else(|| {
        ArmError::not_found("RoleAssignmentNotFound", format!("The role assignment '{name}' is not found."))
    })?;
    Ok(ok(view(&assignment, &call.address.scope)))
}

#[derive(Deserialize)]
struct Request {
    properties: Wanted,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wanted {
    role_definition_id: String,
    principal_id: Uuid,
    principal_type: Option<PrincipalType>,
    description: Option<String>,
    condition: Option<String>,
    condition_version: Option<String>,
}

fn put(call: &Call<'_>, name: &str) -> Result<Response, ArmError> {
    let name = id(name)?;
    let Request { properties: wanted } = call.json()?;
    let scope = &call.address.scope;
    let role = wanted.role_definition_id.rsplit('/').next().and_then(|id| Uuid::try_parse(id).ok());
    let role = role.and_then(|id| call.authorization().definition(id)).filter(|role| role.is_assignable_at(scope));
    let role = role.ok_or_else(|| {
        let id = wanted.role_definition_id.rsplit('/').next().unwrap_or_default();
        role_definitions::missing(StatusCode::BAD_REQUEST, id)
    })?;
    if !call.authorization().may_delegate(&call.access.caller, WRITE, role.id, scope) {
        return Err(call.refused(WRITE, scope));
    }
    let principal_type = principal_type(call, &wanted)?;
    let before = call.authorization().assignment(name);
    if let Some(before) = &before
        && (before.principal != wanted.principal_id || before.scope != *scope || before.role != role.id)
    {
        return Err(ArmError::bad_request(
            "RoleAssignmentUpdateNotPermitted",
            "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.",
        ));
    }
    let (now, by) = (call.now(), Some(call.access.caller.object_id));
    let assignment = Assignment {
        name,
        scope: scope.clone(),
        principal: wanted.principal_id,
        principal_type,
        role: role.id,
        description: wanted.description,
        condition: wanted.condition,
        condition_version: wanted.condition_version,
        created: before.as_ref().map_or(now, |before| before.created),
        updated: now,
        created_by: before.as_ref().map_or(by, |before| before.created_by),
        updated_by: by,
    };
    let shown = view(&assignment, scope);
    call.authorization().assign(assignment).map_err(|twin| {
        ArmError::conflict(
            "RoleAssignmentExists",
            format!("The role assignment already exists. The ID of the existing role assignment is {}.", twin.simple()),
        )
    })?;
    Ok(created(shown))
}

/// A type in the request is believed: it is there for principals so new that this region has not heard of them.
fn principal_type(call: &Call<'_>, wanted: &Wanted) -> Result<PrincipalType, ArmError> {
    let tenant = call.access.caller.tenant_id;
    let known = call.manager.entra.principal(tenant, wanted.principal_id).map(|principal| principal.kind);
    wanted.principal_type.or(known).ok_or_else(|| {
        ArmError::bad_request(
            "PrincipalNotFound",
            format!(
                "Principal {} does not exist in the directory {tenant}. Check that you have the correct principal ID. If you are \
                 creating this principal and then immediately assigning a role, this error might be related to a replication \
                 delay. In this case, set the role assignment principalType property to a value, such as ServicePrincipal, User, \
                 or Group.",
                wanted.principal_id.simple()
            ),
        )
    })
}

fn delete(call: &Call<'_>, name: &str) -> Result<Response, ArmError> {
    let scope = &call.address.scope;
    let Some(assignment) = find(call, name)? else {
        call.require(DELETE, scope)?;
        return Ok(nothing());
    };
    if !call.authorization().may_delegate(&call.access.caller, DELETE, assignment.role, scope) {
        return Err(call.refused(DELETE, scope));
    }
    call.authorization().revoke(assignment.name);
    Ok(ok(view(&assignment, scope)))
}

fn find(call: &Call<'_>, name: &str) -> Result<Option<Assignment>, ArmError> {
    let found = call.authorization().assignment(id(name)?);
    Ok(found.filter(|assignment| assignment.scope == call.address.scope))
}

fn id(name: &str) -> Result<Uuid, ArmError> {
    Uuid::try_parse(name).map_err(|_| {
        ArmError::new(
            StatusCode::BAD_REQUEST,
            "InvalidRoleAssignmentId",
            format!("The role assignment ID '{name}' is not valid. The role assignment ID must be a GUID."),
        )
    })
}

fn view(assignment: &Assignment, asked_at: &ResourceScope) -> Value {
    json!({
        "id": assignment.id(),
        "type": "Microsoft.Authorization/roleAssignments",
        "name": assignment.name,
        "properties": {
            "roleDefinitionId": definition_id(assignment, asked_at),
            "principalId": assignment.principal,
            "principalType": assignment.principal_type,
            "scope": assignment.scope.path(),
            "description": assignment.description,
            "condition": assignment.condition,
            "conditionVersion": assignment.condition_version,
            "delegatedManagedIdentityResourceId": null,
            "createdOn": moment(assignment.created),
            "updatedOn": moment(assignment.updated),
            "createdBy": assignment.created_by,
            "updatedBy": assignment.updated_by,
        },
    })
}

/// The id of the role as seen from a subscription, as the service writes it.
pub(super) fn definition_id(assignment: &Assignment, asked_at: &ResourceScope) -> String {
    let path = if assignment.scope.path() == "/" { asked_at.path() } else { assignment.scope.path() };
    let subscription: Vec<&str> = path.split('/').take(3).collect();
    let prefix = subscription.join("/");
    format!("{}/providers/Microsoft.Authorization/roleDefinitions/{}", prefix.trim_end_matches('/'), assignment.role)
}
