//! `Microsoft.Authorization/roleDefinitions`.

use axum::{http::StatusCode, response::Response};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    call::{Call, created, moment, nothing, ok},
    error::ArmError,
};
use crate::authorization::{Permission, ResourceScope, RoleDefinition, RoleType};

const READ: &str = "Microsoft.Authorization/roleDefinitions/read";
const WRITE: &str = "Microsoft.Authorization/roleDefinitions/write";
const DELETE: &str = "Microsoft.Authorization/roleDefinitions/delete";

pub(super) fn dispatch(call: &Call<'_>, rest: &[&str]) -> Result<Response, ArmError> {
    match (call.method.as_str(), rest) {
        ("GET", [_]) => list(call),
        ("GET", [_, name]) => get(call, name),
        ("PUT", [_, name]) => put(call, name),
        ("DELETE", [_, name]) => delete(call, name),
        _ => Err(call.unknown()),
    }
}

/// Everybody with a token may read the built-in roles at the root, as the service has it.
fn check_read(call: &Call<'_>) -> Result<(), ArmError> {
    if call.address.scope.path() == "/" { Ok(()) } else { call.require(READ, &call.address.scope) }
}

fn list(call: &Call<'_>) -> Result<Response, ArmError> {
    check_read(call)?;
    let filter = call.query.get("$filter").unwrap_or_default();
    let value_of = |name: &str| {
        let (_, rest) = filter.split_once(&format!("{name} eq '"))?;
        rest.split_once('\'').map(|(value, _)| value)
    };
    let (name, kind) = (value_of("roleName"), value_of("type"));
    let roles = call.authorization().definitions_at(&call.address.scope);
    let wanted = roles.iter().filter(|role| {
        name.is_none_or(|name| role.name.eq_ignore_ascii_case(name))
            && kind.is_none_or(|kind| kind_of(role).eq_ignore_ascii_case(kind))
    });
    call.page(wanted.map(|role| view(role, &call.address.scope)).collect())
}

fn get(call: &Call<'_>, name: &str) -> Result<Response, ArmError> {
    check_read(call)?;
    let role = Uuid::try_parse(name).ok().and_then(|id| call.authorization().definition(id));
    let role = role.filter(|role| call.address.scope.path() == "/" || role.is_assignable_at(&call.address.scope));
    role.map(|role| ok(view(&role, &call.address.scope))).ok_or_else(|| missing(StatusCode::NOT_FOUND, name))
}

/// No role of this id, or none that may be given here.
pub(super) fn missing(status: StatusCode, name: &str) -> ArmError {
    ArmError::new(
        status,
        "RoleDefinitionDoesNotExist",
        format!("The specified role definition with ID '{name}' does not exist."),
    )
}

#[derive(Deserialize)]
struct Request {
    properties: Wanted,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wanted {
    role_name: String,
    #[serde(default)]
    description: String,
    permissions: Vec<Permission>,
    assignable_scopes: Vec<ResourceScope>,
}

fn put(call: &Call<'_>, name: &str) -> Result<Response, ArmError> {
    let id = Uuid::try_parse(name).map_err(|_| {
        ArmError::bad_request(
            "InvalidRoleDefinitionId",
            format!("The role definition ID '{name}' is not valid. The role definition ID must be a GUID."),
        )
    })?;
    let Request { properties: wanted } = call.json()?;
    if wanted.assignable_scopes.is_empty() {
        return Err(ArmError::bad_request(
            "MissingAssignableScopes",
            "The role definition must have at least one assignable scope.",
        ));
    }
    for scope in wanted.assignable_scopes.iter().chain([&call.address.scope]) {
        call.require(WRITE, scope)?;
    }
    let before = call.authorization().definition(id);
    if before.as_ref().is_some_and(|before| before.kind == RoleType::BuiltInRole) {
        return Err(ArmError::bad_request(
            "RoleDefinitionUpdateNotPermitted",
            "Built-in role definitions cannot be changed.",
        ));
    }
    if call.authorization().is_named(&wanted.role_name, id, &call.subscription_scope()?) {
        return Err(ArmError::conflict(
            "RoleDefinitionWithSameNameExists",
            format!(
                "A custom role with the same name already exists in this directory. Use a different name than '{}'.",
                wanted.role_name
            ),
        ));
    }
    let now = call.now();
    let role = RoleDefinition {
        id,
        name: wanted.role_name,
        description: wanted.description,
        kind: RoleType::CustomRole,
        permissions: wanted.permissions,
        assignable_scopes: wanted.assignable_scopes,
        created: before.map_or(now, |before| before.created),
        updated: now,
        changed_by: Some(call.access.caller.object_id),
        delegates_only: None,
    };
    let shown = view(&role, &call.address.scope);
    call.authorization().define(role);
    Ok(created(shown))
}

fn delete(call: &Call<'_>, name: &str) -> Result<Response, ArmError> {
    call.require(DELETE, &call.address.scope)?;
    let role = Uuid::try_parse(name).ok().and_then(|id| call.authorization().definition(id));
    let Some(role) = role.filter(|role| role.kind == RoleType::CustomRole) else { return Ok(nothing()) };
    if call.authorization().is_assigned(role.id) {
        return Err(ArmError::bad_request(
            "RoleDefinitionHasAssignments",
            format!("There are existing role assignments referencing role (code: {}).", role.id),
        ));
    }
    call.authorization().undefine(role.id);
    Ok(ok(view(&role, &call.address.scope)))
}

fn kind_of(role: &RoleDefinition) -> &'static str {
    match role.kind {
        RoleType::BuiltInRole => "BuiltInRole",
        RoleType::CustomRole => "CustomRole",
    }
}

fn view(role: &RoleDefinition, asked_at: &ResourceScope) -> Value {
    let subscription: Vec<&str> = asked_at.path().split('/').take(3).collect();
    let prefix = subscription.join("/");
    let permissions = role.permissions.iter().map(|permission| {
        let mut shown = json!(permission);
        if let Some(only) = &role.delegates_only {
            shown["condition"] = condition(only).into();
            shown["conditionVersion"] = "2.0".into();
        }
        shown
    });
    json!({
        "id": format!("{}/providers/Microsoft.Authorization/roleDefinitions/{}", prefix.trim_end_matches('/'), role.id),
        "type": "Microsoft.Authorization/roleDefinitions",
        "name": role.id,
        "properties": {
            "roleName": role.name,
            "type": kind_of(role),
            "description": role.description,
            "assignableScopes": role.assignable_scopes.iter().map(ResourceScope::path).collect::<Vec<_>>(),
            "permissions": permissions.collect::<Vec<_>>(),
            "createdOn": moment(role.created),
            "updatedOn": moment(role.updated),
            "createdBy": role.changed_by,
            "updatedBy": role.changed_by,
        },
    })
}

/// The condition under which a role may assign these roles and no others, in the language of conditions.
fn condition(only: &[Uuid]) -> String {
    let ids = only.iter().map(Uuid::to_string).collect::<Vec<_>>().join(", ");
    let clause = |verb: &str, side: &str| {
        format!(
            "((!(ActionMatches{{'Microsoft.Authorization/roleAssignments/{verb}'}})) OR \
             (@{side}[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals{{{ids}}}))"
        )
    };
    format!("{} AND {}", clause("write", "Request"), clause("delete", "Resource"))
}
