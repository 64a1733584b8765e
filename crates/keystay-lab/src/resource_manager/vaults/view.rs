//! A vault as it travels.

use serde_json::{Value, json};

use crate::keyvault::VaultResource;

/// The resource with what follows from it: its id, its address, its state.
pub(super) fn view(host: &str, vault: &VaultResource) -> Value {
    let mut properties = json!(vault.properties);
    properties["vaultUri"] = format!("https://{host}/").into();
    properties["provisioningState"] = "Succeeded".into();
    let mut shown = json!({
        "id": vault.id(host),
        "name": host.split('.').next(),
        "type": "Microsoft.KeyVault/vaults",
        "location": vault.location,
        "tags": vault.tags,
        "properties": properties,
    });
    if let Some(system_data) = &vault.system_data {
        shown["systemData"] = json!(system_data);
    }
    shown
}
