//! Tenants, subscriptions, resource groups, and the list of resources.

use std::collections::BTreeMap;

use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    call::{Call, created, nothing, ok},
    error::ArmError,
    resources::ResourceGroup,
    vaults,
};
use crate::{
    authorization::ResourceScope,
    subscription::{DEFAULT_LOCATION, DEFAULT_RESOURCE_GROUP, subscription_of},
};

pub(super) fn dispatch(call: &Call<'_>) -> Result<Response, ArmError> {
    let segments: Vec<String> = call.address.segments.iter().map(|segment| segment.to_ascii_lowercase()).collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    match (call.method.as_str(), segments.as_slice()) {
        ("GET", ["tenants"]) => tenants(call),
        ("GET", ["subscriptions"]) => subscriptions(call),
        ("GET", ["subscriptions", _]) => subscription(call),
        ("GET", ["subscriptions", _, "resourcegroups"]) => groups(call),
        ("GET", ["subscriptions", _, "resourcegroups", _]) => group(call),
        ("HEAD", ["subscriptions", _, "resourcegroups", _]) => group(call).map(|_| nothing()),
        ("PUT", ["subscriptions", _, "resourcegroups", _]) => put_group(call),
        ("GET", ["subscriptions", _, "resources"] | ["subscriptions", _, "resourcegroups", _, "resources"]) => {
            resources(call)
        }
        _ => Err(call.unknown()),
    }
}

fn tenants(call: &Call<'_>) -> Result<Response, ArmError> {
    let world = call.manager.entra.directory.read();
    let own = world.tenants.get(&call.access.caller.tenant_id).map(|tenant| {
        json!({
            "id": format!("/tenants/{}", tenant.id),
            "tenantId": tenant.id,
            "tenantCategory": "Home",
            "displayName": tenant.display_name,
            "defaultDomain": tenant.default_domain(),
            "domains": tenant.domains,
        })
    });
    call.page(own.into_iter().collect())
}

/// Those in which the caller has any role.
fn subscriptions(call: &Call<'_>) -> Result<Response, ArmError> {
    let id = subscription_of(call.access.caller.tenant_id);
    let scope = ResourceScope::new(&format!("/subscriptions/{id}"));
    let known = call.authorization().is_known_below(&call.access.caller, &scope);
    call.page(known.then(|| view_of_subscription(call, id)).into_iter().collect())
}

fn subscription(call: &Call<'_>) -> Result<Response, ArmError> {
    let scope = call.subscription_scope()?;
    // whoever has a role below it may see that it exists
    if !call.authorization().is_known_below(&call.access.caller, &scope) {
        return Err(call.refused("Microsoft.Resources/subscriptions/read", &scope));
    }
    Ok(ok(view_of_subscription(call, call.subscription()?)))
}

fn view_of_subscription(call: &Call<'_>, id: Uuid) -> Value {
    let tenant = call.access.caller.tenant_id;
    let world = call.manager.entra.directory.read();
    let name = world.tenants.get(&tenant).map(|tenant| tenant.display_name.clone()).unwrap_or_default();
    json!({
        "id": format!("/subscriptions/{id}"),
        "authorizationSource": "RoleBased",
        "managedByTenants": [],
        "subscriptionId": id,
        "tenantId": tenant,
        "displayName": name,
        "state": "Enabled",
        "subscriptionPolicies": {
            "locationPlacementId": "Public_2014-09-01",
            "quotaId": "PayAsYouGo_2014-09-01",
            "spendingLimit": "Off",
        },
    })
}

fn groups(call: &Call<'_>) -> Result<Response, ArmError> {
    let (subscription, scope) = (call.subscription()?, call.subscription_scope()?);
    call.require("Microsoft.Resources/subscriptions/resourceGroups/read", &scope)?;
    let groups = all_groups(call, subscription);
    call.page(groups.values().map(|group| view_of_group(subscription, group)).collect())
}

fn group(call: &Call<'_>) -> Result<Response, ArmError> {
    call.require("Microsoft.Resources/subscriptions/resourceGroups/read", &call.address.scope)?;
    let group = find_group(call)?;
    Ok(ok(view_of_group(call.subscription()?, &group)))
}

fn put_group(call: &Call<'_>) -> Result<Response, ArmError> {
    #[derive(Deserialize)]
    struct Request {
        location: String,
        #[serde(default)]
        tags: BTreeMap<String, String>,
    }
    call.require("Microsoft.Resources/subscriptions/resourceGroups/write", &call.address.scope)?;
    let Request { location, tags } = call.json()?;
    let name = call.address.resource_group().unwrap_or_default().to_owned();
    let group = ResourceGroup { name, location, tags };
    let view = view_of_group(call.subscription()?, &group);
    let id = call.address.scope.path().to_ascii_lowercase();
    let before = call.manager.vaults.resources.write().groups.insert(id, group);
    Ok(if before.is_some() { ok(view) } else { created(view) })
}

/// The resource group in the path, or 404.
pub(super) fn find_group(call: &Call<'_>) -> Result<ResourceGroup, ArmError> {
    let name = call.address.resource_group().unwrap_or_default();
    let mut groups = all_groups(call, call.subscription()?);
    groups.remove(&name.to_ascii_lowercase()).ok_or_else(|| ArmError::no_group(name))
}

/// Made by themselves, or there because a vault is in them; every subscription has one from the start.
fn all_groups(call: &Call<'_>, subscription: Uuid) -> BTreeMap<String, ResourceGroup> {
    let group = |name: &str, location: &str| ResourceGroup {
        name: name.to_owned(),
        location: location.to_owned(),
        tags: BTreeMap::new(),
    };
    let vaults = &call.manager.vaults;
    let mut groups: BTreeMap<String, ResourceGroup> = vaults
        .resources_of(subscription)
        .into_iter()
        .map(|(_, vault)| (vault.resource_group.to_ascii_lowercase(), group(&vault.resource_group, &vault.location)))
        .collect();
    groups.entry(DEFAULT_RESOURCE_GROUP.to_owned()).or_insert_with(|| group(DEFAULT_RESOURCE_GROUP, DEFAULT_LOCATION));
    let prefix = format!("/subscriptions/{subscription}/");
    let made = vaults.resources.read();
    let own = made.groups.iter().filter(|(id, _)| id.starts_with(&prefix));
    groups.extend(own.map(|(_, group)| (group.name.to_ascii_lowercase(), group.clone())));
    groups
}

fn view_of_group(subscription: Uuid, group: &ResourceGroup) -> Value {
    json!({
        "id": format!("/subscriptions/{subscription}/resourceGroups/{}", group.name),
        "name": group.name,
        "type": "Microsoft.Resources/resourceGroups",
        "location": group.location,
        "tags": group.tags,
        "properties": { "provisioningState": "Succeeded" },
    })
}

/// Of all resources, the lab lists vaults; clients ask for them with a filter.
fn resources(call: &Call<'_>) -> Result<Response, ArmError> {
    let scope = if call.address.resource_group().is_some() {
        let segments = &call.address.segments;
        find_group(call)?;
        ResourceScope::new(&segments[..segments.len() - 1].join("/"))
    } else {
        call.subscription_scope()?
    };
    let filter = call.query.get("$filter").unwrap_or_default().to_ascii_lowercase();
    let others = filter.contains("resourcetype") && !filter.contains("'microsoft.keyvault/vaults'");
    let vaults = if others { Vec::new() } else { vaults::visible(call, &scope)? };
    let short = vaults.into_iter().map(|(host, vault)| {
        json!({
            "id": vault.id(&host),
            "name": host.split('.').next(),
            "type": "Microsoft.KeyVault/vaults",
            "location": vault.location,
            "tags": vault.tags,
        })
    });
    call.page(short.collect())
}
