//! A vault as a resource: found by its host, and closed to the network.

use azure_core::http::Method;
use serde_json::{Value, json};

use super::{ResourceId, ResourceManager};
use crate::call::CallError;

const VERSION: &str = "api-version=2023-07-01";
const SUBSCRIPTIONS: &str = "api-version=2022-12-01";
const RESOURCES: &str = "api-version=2021-04-01";

/// A vault as Resource Manager knows it. `properties` are the service's own, to save and to put back.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct VaultResource {
    /// Its place.
    pub id: ResourceId,
    /// Whether roles decide who may do what in it; access policies where this is false.
    pub uses_roles: bool,
    /// Whether it can be reached from public networks at all.
    pub public_access: bool,
    /// The network rules as they are, null where there are none.
    pub network_rules: Value,
}

impl ResourceManager {
    /// The vault at this place.
    pub async fn vault(&self, id: &ResourceId) -> Result<VaultResource, CallError> {
        let doing = format!("reading vault `{id}`");
        let mut found = self.service.get(&format!("{id}?{VERSION}"), &doing).await?;
        let properties = &mut found["properties"];
        Ok(VaultResource {
            id: id.clone(),
            uses_roles: properties["enableRbacAuthorization"].as_bool().unwrap_or(false),
            public_access: properties["publicNetworkAccess"]
                .as_str()
                .unwrap_or("Enabled")
                .eq_ignore_ascii_case("Enabled"),
            network_rules: properties["networkAcls"].take(),
        })
    }

    /// The vault of this name in the subscriptions the caller can see; none when there is no such vault there.
    pub async fn find_vault(&self, name: &str) -> Result<Option<ResourceId>, CallError> {
        let doing = format!("looking for vault `{name}`");
        let subscriptions = self.service.list(&format!("/subscriptions?{SUBSCRIPTIONS}"), &doing).await?;
        for subscription in subscriptions.iter().filter_map(|one| one["subscriptionId"].as_str()) {
            let path = format!(
                "/subscriptions/{subscription}/resources?{RESOURCES}&$filter=resourceType%20eq%20'Microsoft.KeyVault/vaults'"
            );
            let vaults = self.service.list(&path, &doing).await?;
            let found =
                vaults.iter().find(|one| one["name"].as_str().is_some_and(|own| own.eq_ignore_ascii_case(name)));
            if let Some(id) = found.and_then(|one| one["id"].as_str()?.parse().ok()) {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    /// Closes a vault to public networks, or opens it again to whom its rules allow.
    ///
    /// Private endpoints and trusted services of Azure still reach a closed vault.
    pub async fn set_public_access(&self, id: &ResourceId, open: bool) -> Result<(), CallError> {
        let doing = format!("{} vault `{id}` to public networks", if open { "opening" } else { "closing" });
        let body = json!({ "properties": { "publicNetworkAccess": if open { "Enabled" } else { "Disabled" } } });
        self.service.send(Method::Patch, &format!("{id}?{VERSION}"), Some(&body), &doing).await.map(drop)
    }
}
