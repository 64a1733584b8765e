//! Making, changing and deleting vaults.

use std::{collections::BTreeMap, sync::Arc};

use axum::response::Response;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{host, name, read::find, record::record, rules, view::view};
use crate::{
    authorization::ResourceScope,
    keyvault::{VaultProperties, VaultResource},
    resource_manager::{
        SystemData,
        api_version::ApiVersion,
        call::{Call, nothing, ok},
        error::ArmError,
        subscriptions::find_group,
    },
};

const WRITE: &str = "Microsoft.KeyVault/vaults/write";

#[derive(Deserialize)]
struct Request {
    location: Option<String>,
    #[serde(default)]
    tags: BTreeMap<String, String>,
    properties: Map<String, Value>,
}

/// `PUT …/vaults/{name}`: makes, replaces or recovers a vault. It answers at its host name at once.
pub(super) fn put(call: &Call<'_>, vault_name: &str) -> Result<Response, ArmError> {
    let place = call.address.scope_of("vaults", vault_name);
    call.require(WRITE, &place)?;
    let group = find_group(call)?;
    let Request { location, tags, properties } = call.json()?;
    let location = location.ok_or_else(|| {
        ArmError::bad_request("LocationRequired", "The location property is required for this definition.")
    })?;
    if let Some(message) = name::refusal(vault_name) {
        return Err(ArmError::bad_request("VaultNameNotValid", message));
    }
    let (host, vaults) = (host(vault_name), &call.manager.vaults);
    let recover = properties.get("createMode").and_then(Value::as_str) == Some("recover");
    if recover && vaults.is_deleted(&host) {
        return recovered(call, vault_name);
    }
    if vaults.is_deleted(&host) {
        return Err(ArmError::conflict(
            "ConflictError",
            "A vault with the same name already exists in deleted state. You need to either recover or purge existing key vault. \
             Follow this link https://go.microsoft.com/fwlink/?linkid=2149745 for more information on soft delete.",
        ));
    }
    let before = vaults.resource(&host);
    if before.is_some() && find(call, vault_name).is_err() {
        return Err(ArmError::conflict("VaultAlreadyExists", name::in_use(vault_name)));
    }
    let properties = match &before {
        Some(before) => with_kept(properties, &before.properties),
        None => with_defaults(properties, call.api_version),
    };
    let mut wanted = read_properties(properties)?;
    rules::check(&mut wanted, before.as_ref().map(|before| &before.properties))?;
    if before.as_ref().is_some_and(|before| before.properties.uses_roles() != wanted.uses_roles()) {
        check_may_change_model(call, &place)?;
    }
    let system_data = SystemData::of(call, before.as_ref().and_then(|before| before.system_data.as_ref()));
    let resource = VaultResource {
        subscription: call.subscription()?,
        resource_group: group.name,
        location,
        tags,
        properties: wanted,
        system_data: Some(system_data),
    };
    if before.is_some() {
        vaults.change_resource(&host, resource);
    } else {
        vaults.create_vault(&host, resource);
    }
    answer(call, "VaultPut", vault_name)
}

/// `PATCH …/vaults/{name}`: changes what it names.
pub(super) fn patch(call: &Call<'_>, vault_name: &str) -> Result<Response, ArmError> {
    #[derive(Deserialize)]
    struct Patch {
        tags: Option<BTreeMap<String, String>>,
        #[serde(default)]
        properties: Map<String, Value>,
    }
    let place = call.address.scope_of("vaults", vault_name);
    call.require(WRITE, &place)?;
    let before = find(call, vault_name)?;
    let Patch { tags, properties: changes } = call.json()?;
    let mut properties = match json!(before.properties) {
        Value::Object(properties) => properties,
        _ => Map::new(),
    };
    let named = changes.into_iter().filter(|(field, value)| field != ENDPOINTS && !value.is_null());
    properties.extend(named);
    let mut wanted = read_properties(properties)?;
    rules::check(&mut wanted, Some(&before.properties))?;
    if before.properties.uses_roles() != wanted.uses_roles() {
        check_may_change_model(call, &place)?;
    }
    let mut resource = VaultResource::clone(&before);
    resource.properties = wanted;
    resource.tags = tags.unwrap_or(resource.tags);
    resource.system_data = Some(SystemData::of(call, before.system_data.as_ref()));
    call.manager.vaults.change_resource(&host(vault_name), resource);
    answer(call, "VaultPatch", vault_name)
}

/// `DELETE …/vaults/{name}`.
pub(super) fn delete(call: &Call<'_>, vault_name: &str) -> Result<Response, ArmError> {
    call.require("Microsoft.KeyVault/vaults/delete", &call.address.scope_of("vaults", vault_name))?;
    find_group(call)?;
    let Ok(vault) = find(call, vault_name) else { return Ok(nothing()) };
    call.manager.vaults.delete_vault(&host(vault_name));
    record(call, "VaultDelete", &host(vault_name), &vault);
    Ok(ok(()))
}

fn recovered(call: &Call<'_>, vault_name: &str) -> Result<Response, ArmError> {
    let subscription = call.subscription()?;
    let own = call.manager.vaults.deleted_of(subscription);
    if !own.iter().any(|deleted| deleted.host == host(vault_name)) {
        return Err(ArmError::conflict("VaultAlreadyExists", name::in_use(vault_name)));
    }
    call.manager.vaults.recover_vault(&host(vault_name));
    answer(call, "VaultRecover", vault_name)
}

/// Whoever could switch a vault from roles to access policies could give himself every right in it, so this takes the right to
/// assign roles as well.
fn check_may_change_model(call: &Call<'_>, place: &ResourceScope) -> Result<(), ArmError> {
    call.require("Microsoft.Authorization/roleAssignments/write", place)
}

/// What a replacing request leaves out is kept where it cannot change any more, or would change who may do what.
fn with_kept(mut properties: Map<String, Value>, before: &VaultProperties) -> Map<String, Value> {
    properties.retain(|field, value| field != ENDPOINTS && !value.is_null());
    let before = json!(before);
    for field in ["softDeleteRetentionInDays", "enablePurgeProtection", "enableRbacAuthorization", ENDPOINTS] {
        if let Some(value) = before.get(field) {
            properties.entry(field).or_insert_with(|| value.clone());
        }
    }
    properties
}

/// Roles are the default for new vaults since 2026-02-01; before, access policies were.
fn with_defaults(mut properties: Map<String, Value>, version: ApiVersion) -> Map<String, Value> {
    properties.retain(|field, value| field != ENDPOINTS && !value.is_null());
    properties.entry("enableRbacAuthorization").or_insert_with(|| version.makes_role_based_vaults().into());
    properties
}

/// Endpoints are approved, not written.
const ENDPOINTS: &str = "privateEndpointConnections";

fn read_properties(properties: Map<String, Value>) -> Result<VaultProperties, ArmError> {
    serde_json::from_value(Value::Object(properties)).map_err(|error| ArmError::unreadable(&error))
}

fn answer(call: &Call<'_>, operation: &'static str, vault_name: &str) -> Result<Response, ArmError> {
    let host = host(vault_name);
    let vault: Option<Arc<VaultResource>> = call.manager.vaults.resource(&host);
    let vault = vault.ok_or_else(|| ArmError::no_resource("Microsoft.KeyVault/vaults", vault_name, ""))?;
    record(call, operation, &host, &vault);
    Ok(ok(view(&host, &vault)))
}
