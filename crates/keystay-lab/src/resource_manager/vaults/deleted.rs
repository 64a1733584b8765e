//! Deleted vaults: to be seen, recovered (by `PUT` with `createMode` `recover`) or purged.

use axum::{http::StatusCode, response::Response};
use serde_json::{Value, json};

use super::{host, record::record};
use crate::{
    keyvault::DeletedResource,
    resource_manager::{
        call::{Call, moment, ok},
        error::ArmError,
    },
};

/// `GET …/deletedVaults`.
pub(super) fn list(call: &Call<'_>) -> Result<Response, ArmError> {
    call.require("Microsoft.KeyVault/deletedVaults/read", &call.subscription_scope()?)?;
    let deleted = call.manager.vaults.deleted_of(call.subscription()?);
    call.page(deleted.iter().map(view).collect())
}

/// `GET …/locations/{location}/deletedVaults/{name}`.
pub(super) fn get(call: &Call<'_>, location: &str, name: &str) -> Result<Response, ArmError> {
    call.require("Microsoft.KeyVault/locations/deletedVaults/read", &call.subscription_scope()?)?;
    Ok(ok(view(&find(call, location, name)?)))
}

/// `POST …/deletedVaults/{name}/purge`: for good.
pub(super) fn purge(call: &Call<'_>, location: &str, name: &str) -> Result<Response, ArmError> {
    call.require("Microsoft.KeyVault/locations/deletedVaults/purge/action", &call.subscription_scope()?)?;
    let deleted = find(call, location, name)?;
    if deleted.resource.properties.is_purge_protected() {
        return Err(ArmError::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "MethodNotAllowed",
            "Operation 'DeletedVaultPurge' is not allowed.",
        ));
    }
    call.manager.vaults.purge_vault(&deleted.host);
    record(call, "VaultPurge", &deleted.host, &deleted.resource);
    Ok(ok(()))
}

fn find(call: &Call<'_>, location: &str, name: &str) -> Result<DeletedResource, ArmError> {
    let deleted = call.manager.vaults.deleted_of(call.subscription()?);
    let own =
        deleted.into_iter().find(|one| one.host == host(name) && one.resource.location.eq_ignore_ascii_case(location));
    own.ok_or_else(|| {
        ArmError::not_found("DeletedVaultNotFound", format!("The specified deleted vault '{name}' does not exist."))
    })
}

fn view(deleted: &DeletedResource) -> Value {
    let DeletedResource { host, resource, deleted_at, purged_at } = deleted;
    let name = host.split('.').next().unwrap_or_default();
    let location = &resource.location;
    json!({
        "id": format!(
            "/subscriptions/{}/providers/Microsoft.KeyVault/locations/{location}/deletedVaults/{name}",
            resource.subscription
        ),
        "name": name,
        "type": "Microsoft.KeyVault/deletedVaults",
        "properties": {
            "vaultId": resource.id(host),
            "location": location,
            "tags": resource.tags,
            "deletionDate": moment(*deleted_at),
            "scheduledPurgeDate": moment(*purged_at),
            "purgeProtectionEnabled": resource.properties.enable_purge_protection,
        },
    })
}
