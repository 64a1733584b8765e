//! `Microsoft.KeyVault`: vaults as resources.

mod access_policies;
mod deleted;
mod name;
mod private_endpoints;
mod read;
mod record;
mod rules;
mod view;
mod write;

use axum::response::Response;

use super::{call::Call, error::ArmError};

pub(super) use read::{find, visible};

pub(super) fn dispatch(call: &Call<'_>, rest: &[&str]) -> Result<Response, ArmError> {
    let in_group = call.address.resource_group().is_some();
    match (call.method.as_str(), rest) {
        ("POST", ["checknameavailability"]) => name::check(call),
        ("GET", ["vaults"]) => read::list(call),
        ("GET", ["vaults", name]) if in_group => read::get(call, name),
        ("PUT", ["vaults", name]) if in_group => write::put(call, name),
        ("PATCH", ["vaults", name]) if in_group => write::patch(call, name),
        ("DELETE", ["vaults", name]) if in_group => write::delete(call, name),
        ("PUT", ["vaults", name, "accesspolicies", operation]) if in_group => {
            access_policies::update(call, name, operation)
        }
        ("GET", ["vaults", name, "privateendpointconnections"]) if in_group => private_endpoints::list(call, name),
        ("GET", ["vaults", name, "privateendpointconnections", connection]) if in_group => {
            private_endpoints::get(call, name, connection)
        }
        ("PUT", ["vaults", name, "privateendpointconnections", connection]) if in_group => {
            private_endpoints::put(call, name, connection)
        }
        ("GET", ["deletedvaults"]) => deleted::list(call),
        ("GET", ["locations", location, "deletedvaults", name]) => deleted::get(call, location, name),
        ("POST", ["locations", location, "deletedvaults", name, "purge"]) => deleted::purge(call, location, name),
        _ => Err(call.unknown()),
    }
}

/// The host name a vault of this name answers at.
fn host(name: &str) -> String {
    format!("{}.vault.azure.net", name.to_ascii_lowercase())
}
