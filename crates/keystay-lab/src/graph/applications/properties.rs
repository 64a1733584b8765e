//! Setting properties of an application.

use serde_json::Value;

use crate::{
    directory::{AppRole, Application, InstanceLock, ResourceAccess},
    graph::{
        body::Body,
        credentials::{Restricted, keys},
        error::GraphError,
    },
    ids::Ids,
};

/// Sets what a request sets. Secrets are set while an application is made, and never later.
pub(super) fn apply(
    app: &mut Application,
    body: Body<'_>,
    policy: &Restricted,
    ids: &Ids,
    creating: bool,
) -> Result<(), GraphError> {
    for (name, value) in body.properties() {
        match name {
            "displayName" => body.required(name)?.clone_into(&mut app.display_name),
            "description" => app.description = body.as_note(name, value)?,
            "notes" => app.notes = body.as_note(name, value)?,
            "tags" => app.tags = body.as_texts(name, value)?,
            "signInAudience" => {
                (app.multi_tenant, app.personal_accounts) = match body.required(name)? {
                    "AzureADMyOrg" => (false, false),
                    "AzureADMultipleOrgs" => (true, false),
                    "AzureADandPersonalMicrosoftAccount" => (true, true),
                    _ => return Err(body.invalid(name)),
                }
            }
            "isDisabled" => app.disabled = value.as_bool().unwrap_or(false),
            "identifierUris" => app.identifier_uris = body.as_texts(name, value)?,
            "web" | "publicClient" => redirect_uris(app, body, name, value)?,
            "requiredResourceAccess" => app.required_resource_access = resource_access(body, value)?,
            "appRoles" => app.app_roles = app_roles(body, value)?,
            "keyCredentials" => app.key_credentials = keys::replace(&app.key_credentials, value, policy, ids)?,
            "servicePrincipalLockConfiguration" => app.instance_lock = lock(app.instance_lock, body, value)?,
            "passwordCredentials" if creating => {}
            "passwordCredentials" => {
                return Err(GraphError::bad_request(
                    "Property 'passwordCredentials' is read-only and cannot be set; use addPassword.",
                ));
            }
            _ if is_default(value) => {}
            _ => return Err(body.not_played(name)),
        }
    }
    Ok(())
}

/// SDKs send whole objects back: what only says how things are anyway is taken.
fn is_default(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Array(list) => list.is_empty(),
        Value::Object(parts) => parts.iter().all(|(name, value)| name.contains('@') || is_default(value)),
        Value::Bool(true) | Value::Number(_) | Value::String(_) => false,
    }
}

fn redirect_uris(app: &mut Application, body: Body<'_>, platform: &str, value: &Value) -> Result<(), GraphError> {
    let settings = value.as_object().ok_or_else(|| body.invalid(platform))?;
    for (name, value) in settings {
        match name.as_str() {
            "redirectUris" if platform == "web" => app.redirect_uris = body.as_texts(name, value)?,
            "redirectUris" => app.public_redirect_uris = body.as_texts(name, value)?,
            _ if is_default(value) => {}
            _ => return Err(body.not_played(&format!("{platform}.{name}"))),
        }
    }
    Ok(())
}

fn resource_access(body: Body<'_>, value: &Value) -> Result<Vec<ResourceAccess>, GraphError> {
    let bad = || body.invalid("requiredResourceAccess");
    let id = |value: &Value, name: &str| {
        value.get(name).and_then(Value::as_str).and_then(|text| text.parse().ok()).ok_or_else(bad)
    };
    let entries = value.as_array().ok_or_else(bad)?;
    entries
        .iter()
        .map(|entry| {
            let mut access =
                ResourceAccess { resource_app_id: id(entry, "resourceAppId")?, roles: Vec::new(), scopes: Vec::new() };
            for one in entry.get("resourceAccess").and_then(Value::as_array).ok_or_else(bad)? {
                match one.get("type").and_then(Value::as_str) {
                    Some("Role") => access.roles.push(id(one, "id")?),
                    Some("Scope") => access.scopes.push(id(one, "id")?),
                    _ => return Err(bad()),
                }
            }
            Ok(access)
        })
        .collect()
}

fn app_roles(body: Body<'_>, value: &Value) -> Result<Vec<AppRole>, GraphError> {
    let roles = body.as_list("appRoles", value)?.iter().map(|entry| {
        let role = Body::of("AppRole", entry)?;
        let members = entry.get("allowedMemberTypes").unwrap_or(&Value::Null);
        Ok(AppRole {
            id: role.id("id")?,
            value: role.required("value")?.to_owned(),
            display_name: role.required("displayName")?.to_owned(),
            description: role.required("description")?.to_owned(),
            allowed_member_types: role.as_texts("allowedMemberTypes", members)?,
            enabled: entry.get("isEnabled").and_then(Value::as_bool).unwrap_or(true),
        })
    });
    let roles: Vec<_> = roles.collect::<Result<_, GraphError>>()?;
    let twice =
        |role: &AppRole| roles.iter().filter(|other| other.id == role.id || other.value == role.value).count() > 1;
    if roles.iter().any(twice) {
        return Err(GraphError::bad_request("Two app roles have the same id or the same value."));
    }
    Ok(roles)
}

fn lock(mut lock: InstanceLock, body: Body<'_>, value: &Value) -> Result<InstanceLock, GraphError> {
    let switches = value.as_object().ok_or_else(|| body.invalid("servicePrincipalLockConfiguration"))?;
    for (name, value) in switches.iter().filter(|(name, _)| !name.contains('@')) {
        let switch = value.as_bool().unwrap_or(false);
        match name.as_str() {
            "isEnabled" => lock.enabled = body.as_switch(name, value)?,
            "allProperties" => lock.all_properties = switch,
            "credentialsWithUsageVerify" => lock.credentials_with_usage_verify = switch,
            "credentialsWithUsageSign" => lock.credentials_with_usage_sign = switch,
            "tokenEncryptionKeyId" => lock.token_encryption_key_id = switch,
            _ => return Err(body.not_played(&format!("servicePrincipalLockConfiguration.{name}"))),
        }
    }
    Ok(lock)
}
