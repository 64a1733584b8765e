//! `PUT …/vaults/{name}/accessPolicies/{add|replace|remove}`.

use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use super::{host, read::find, record::record, rules};
use crate::{
    keyvault::{AccessPolicy, Permissions, VaultResource},
    resource_manager::{
        SystemData,
        call::{Call, ok},
        error::ArmError,
    },
};

#[derive(Deserialize)]
struct Request {
    properties: Policies,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Policies {
    access_policies: Vec<AccessPolicy>,
}

/// What happens to the policies a vault has.
type Change = fn(&mut Vec<AccessPolicy>, AccessPolicy);

pub(super) fn update(call: &Call<'_>, name: &str, operation: &str) -> Result<Response, ArmError> {
    let change: Change = match operation.to_ascii_lowercase().as_str() {
        "add" => add,
        "replace" => replace,
        "remove" => remove,
        _ => return Err(call.unknown()),
    };
    let place = call.address.scope_of("vaults", name);
    call.require("Microsoft.KeyVault/vaults/accessPolicies/write", &place)?;
    let before = find(call, name)?;
    let Request { properties } = call.json()?;
    let mut resource = VaultResource::clone(&before);
    for policy in properties.access_policies {
        change(&mut resource.properties.access_policies, policy);
    }
    rules::check(&mut resource.properties, Some(&before.properties))?;
    resource.system_data = Some(SystemData::of(call, before.system_data.as_ref()));
    let shown = json!({
        "id": format!("{}/accessPolicies/", resource.id(&host(name))),
        "type": "Microsoft.KeyVault/vaults/accessPolicies",
        "location": resource.location,
        "properties": { "accessPolicies": resource.properties.access_policies },
    });
    call.manager.vaults.change_resource(&host(name), resource.clone());
    record(call, "VaultPatch", &host(name), &resource);
    Ok(ok(shown))
}

fn is_same(one: &AccessPolicy, other: &AccessPolicy) -> bool {
    one.object_id == other.object_id && one.application_id == other.application_id && one.tenant_id == other.tenant_id
}

fn lists(permissions: &mut Permissions) -> [&mut Vec<String>; 4] {
    [&mut permissions.keys, &mut permissions.secrets, &mut permissions.certificates, &mut permissions.storage]
}

fn add(policies: &mut Vec<AccessPolicy>, mut policy: AccessPolicy) {
    let Some(own) = policies.iter_mut().find(|own| is_same(own, &policy)) else {
        return policies.push(policy);
    };
    for (own, added) in lists(&mut own.permissions).into_iter().zip(lists(&mut policy.permissions)) {
        added.retain(|name| !own.iter().any(|held| held.eq_ignore_ascii_case(name)));
        own.append(added);
    }
}

fn replace(policies: &mut Vec<AccessPolicy>, policy: AccessPolicy) {
    policies.retain(|own| !is_same(own, &policy));
    policies.push(policy);
}

/// Takes the permissions named; a policy that has none left goes.
fn remove(policies: &mut Vec<AccessPolicy>, mut policy: AccessPolicy) {
    if let Some(own) = policies.iter_mut().find(|own| is_same(own, &policy)) {
        for (held, taken) in lists(&mut own.permissions).into_iter().zip(lists(&mut policy.permissions)) {
            held.retain(|name| !taken.iter().any(|gone| gone.eq_ignore_ascii_case(name)));
        }
    }
    policies.retain_mut(|own| lists(&mut own.permissions).into_iter().any(|list| !list.is_empty()));
}
