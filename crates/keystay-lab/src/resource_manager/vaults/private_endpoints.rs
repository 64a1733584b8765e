//! `privateEndpointConnections` of a vault: asked for by others, approved or rejected by whoever owns the vault.

use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{host, read::find, record::record};
use crate::{
    keyvault::{PrivateEndpointConnection, PrivateLinkState, VaultResource},
    resource_manager::{
        call::{Call, ok},
        error::ArmError,
    },
};

/// `GET …/privateEndpointConnections`.
pub(super) fn list(call: &Call<'_>, name: &str) -> Result<Response, ArmError> {
    let vault = may(call, name, "read")?;
    call.page(vault.properties.private_endpoint_connections.iter().map(view).collect())
}

/// `GET …/privateEndpointConnections/{connection}`.
pub(super) fn get(call: &Call<'_>, name: &str, connection: &str) -> Result<Response, ArmError> {
    let vault = may(call, name, "read")?;
    let own = vault.properties.private_endpoint_connections.iter().find(|own| is_named(own, connection));
    own.map(|own| ok(view(own))).ok_or_else(|| missing(connection))
}

#[derive(Deserialize)]
struct Request {
    properties: Answer,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    private_link_service_connection_state: PrivateLinkState,
}

/// `PUT …/privateEndpointConnections/{connection}`: approves or rejects one that was asked for.
pub(super) fn put(call: &Call<'_>, name: &str, connection: &str) -> Result<Response, ArmError> {
    let mut resource = may(call, name, "write")?;
    let Request { properties } = call.json()?;
    let own = resource.properties.private_endpoint_connections.iter_mut().find(|own| is_named(own, connection));
    let own = own.ok_or_else(|| missing(connection))?;
    own.properties.private_link_service_connection_state = properties.private_link_service_connection_state;
    let shown = view(own);
    call.manager.vaults.change_resource(&host(name), resource.clone());
    record(call, "VaultPatch", &host(name), &resource);
    Ok(ok(shown))
}

fn may(call: &Call<'_>, name: &str, verb: &str) -> Result<VaultResource, ArmError> {
    let action = format!("Microsoft.KeyVault/vaults/privateEndpointConnections/{verb}");
    call.require(&action, &call.address.scope_of("vaults", name))?;
    find(call, name).map(|vault| VaultResource::clone(&vault))
}

fn is_named(connection: &PrivateEndpointConnection, name: &str) -> bool {
    connection.id.rsplit('/').next().is_some_and(|own| own.eq_ignore_ascii_case(name))
}

fn missing(name: &str) -> ArmError {
    ArmError::not_found(
        "PrivateEndpointConnectionNotFound",
        format!("The private endpoint connection '{name}' does not exist."),
    )
}

fn view(connection: &PrivateEndpointConnection) -> Value {
    let mut shown = json!(connection);
    shown["name"] = connection.id.rsplit('/').next().into();
    shown["type"] = "Microsoft.KeyVault/vaults/privateEndpointConnections".into();
    shown
}
