//! Finding vaults.

use std::sync::Arc;

use axum::response::Response;

use super::{host, record::record, view::view};
use crate::{
    authorization::{Plane, ResourceScope},
    keyvault::VaultResource,
    resource_manager::{
        call::{Call, ok},
        error::ArmError,
        subscriptions::find_group,
    },
};

const READ: &str = "Microsoft.KeyVault/vaults/read";

/// `GET …/vaults/{name}`.
pub(super) fn get(call: &Call<'_>, name: &str) -> Result<Response, ArmError> {
    call.require(READ, &call.address.scope_of("vaults", name))?;
    let vault = find(call, name)?;
    record(call, "VaultGet", &host(name), &vault);
    Ok(ok(view(&host(name), &vault)))
}

/// `GET …/vaults`, of a subscription or of a group.
pub(super) fn list(call: &Call<'_>) -> Result<Response, ArmError> {
    if call.address.resource_group().is_some() {
        find_group(call)?;
    }
    let vaults = visible(call, &call.address.scope)?;
    call.page(vaults.iter().map(|(host, vault)| view(host, vault)).collect())
}

/// The vaults below a place that the caller may see. Whoever may see none is refused.
pub(in crate::resource_manager) fn visible(
    call: &Call<'_>,
    place: &ResourceScope,
) -> Result<Vec<(String, Arc<VaultResource>)>, ArmError> {
    let caller = &call.access.caller;
    if !call.authorization().is_known_below(caller, place) {
        return Err(call.refused(READ, place));
    }
    let mut vaults = call.manager.vaults.resources_of(call.subscription()?);
    vaults.retain(|(host, vault)| {
        let id = ResourceScope::new(&vault.id(host));
        place.contains(&id) && call.authorization().allows(caller, Plane::Control, READ, &id)
    });
    Ok(vaults)
}

/// The vault of this name in the group of the path, or 404.
pub(in crate::resource_manager) fn find(call: &Call<'_>, name: &str) -> Result<Arc<VaultResource>, ArmError> {
    let (subscription, group) = (call.subscription()?, find_group(call)?);
    let vault = call.manager.vaults.resource(&host(name));
    let here = |vault: &Arc<VaultResource>| {
        vault.subscription == subscription && vault.resource_group.eq_ignore_ascii_case(&group.name)
    };
    vault.filter(here).ok_or_else(|| ArmError::no_resource("Microsoft.KeyVault/vaults", name, &group.name))
}
