//! `/policies/authorizationPolicy`: what people without an admin role may do.

use axum::response::Response;
use serde_json::{Map, Value, json};

use super::{UPDATE, policy_type, record};
use crate::{
    directory::Tenant,
    graph::{Call, Graph, access, body::Body, error::GraphError, odata::EntityType, reply, view::object},
};

const TYPE: EntityType = policy_type("authorizationPolicy");

/// `GET /policies/authorizationPolicy`
pub(in crate::graph) fn read(graph: &Graph, call: &Call) -> Result<Response, GraphError> {
    let world = graph.entra.directory.read();
    call.access.require(&world, access::READ_AUTHORIZATION)?;
    let policy = view(call.access.tenant(&world)?);
    Ok(reply::ok(call.object(&TYPE, "policies/authorizationPolicy/$entity", policy)?))
}

/// `PATCH /policies/authorizationPolicy`
pub(in crate::graph) fn update(graph: &Graph, call: &Call) -> Result<Response, GraphError> {
    let body = Body::of("AuthorizationPolicy", &call.body)?;
    let mut world = graph.entra.directory.write();
    call.access.require(&world, access::WRITE_AUTHORIZATION)?;
    let tenant = call.access.tenant(&world)?;
    let old = view(tenant);
    let mut apps = tenant.allowed_to_create_apps;
    let mut permissions = tenant.policies.user_permissions.clone();
    for (name, value) in body.properties() {
        match name {
            "defaultUserRolePermissions" => {
                let switches = Body::of("DefaultUserRolePermissions", value)?;
                for (name, value) in switches.properties() {
                    match name {
                        "allowedToCreateApps" => apps = switches.as_switch(name, value)?,
                        "allowedToCreateSecurityGroups" => {
                            permissions.allowed_to_create_security_groups = switches.as_switch(name, value)?;
                        }
                        "permissionGrantPoliciesAssigned" => {
                            permissions.permission_grant_policies = switches.as_texts(name, value)?;
                        }
                        _ if old["defaultUserRolePermissions"].get(name) == Some(value) => {}
                        _ => return Err(switches.not_played(name)),
                    }
                }
            }
            // What only says how things are anyway is taken.
            _ if old.get(name) == Some(value) => {}
            _ => return Err(body.not_played(name)),
        }
    }
    let tenant = call.access.tenant_mut(&mut world)?;
    tenant.allowed_to_create_apps = apps;
    tenant.policies.user_permissions = permissions;
    let new = view(tenant);
    let values = (Value::Object(old), Value::Object(new));
    record(graph, &mut world, call, UPDATE, None, "Authorization Policy", &values);
    Ok(reply::no_content())
}

fn view(tenant: &Tenant) -> Map<String, Value> {
    let permissions = &tenant.policies.user_permissions;
    object(json!({
        "id": "authorizationPolicy",
        "deletedDateTime": null,
        "displayName": "Authorization Policy",
        "description": "Used to manage authorization related settings across the company.",
        "allowInvitesFrom": "everyone",
        "allowedToSignUpEmailBasedSubscriptions": true,
        "allowedToUseSSPR": true,
        "allowEmailVerifiedUsersToJoinOrganization": false,
        "allowUserConsentForRiskyApps": null,
        "blockMsolPowerShell": false,
        "guestUserRoleId": "10dae51f-b6af-4016-8d66-8c2a99b929b3",
        "defaultUserRolePermissions": {
            "allowedToCreateApps": tenant.allowed_to_create_apps,
            "allowedToCreateSecurityGroups": permissions.allowed_to_create_security_groups,
            "allowedToCreateTenants": true,
            "allowedToReadBitlockerKeysForOwnedDevice": true,
            "allowedToReadOtherUsers": true,
            "permissionGrantPoliciesAssigned": permissions.permission_grant_policies,
        },
    }))
}
