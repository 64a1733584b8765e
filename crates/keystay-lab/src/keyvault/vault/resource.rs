//! The vault as a resource of Azure: whose it is, where it is, how it is set up. The data plane and Resource Manager read the
//! same record.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::properties::VaultProperties;
use crate::{
    resource_manager::SystemData,
    subscription::{DEFAULT_LOCATION, DEFAULT_RESOURCE_GROUP, subscription_of},
};

/// A vault without what is in it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct VaultResource {
    pub(crate) subscription: Uuid,
    pub(crate) resource_group: String,
    pub(crate) location: String,
    #[serde(default)]
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) properties: VaultProperties,
    /// Who changed it; nobody, when the lab made it.
    #[serde(default)]
    pub(crate) system_data: Option<SystemData>,
}

impl VaultResource {
    /// A vault in the subscription of its tenant.
    pub(crate) fn new(properties: VaultProperties) -> Self {
        Self {
            subscription: subscription_of(properties.tenant_id),
            resource_group: DEFAULT_RESOURCE_GROUP.to_owned(),
            location: DEFAULT_LOCATION.to_owned(),
            tags: BTreeMap::new(),
            properties,
            system_data: None,
        }
    }

    /// The vault of this host name as the service's messages name it.
    pub(crate) fn described(&self, host: &str) -> String {
        format!("{};location={}", host.split('.').next().unwrap_or_default(), self.location)
    }

    /// The resource id of the vault of this host name.
    pub(crate) fn id(&self, host: &str) -> String {
        let (name, kind) = match host.split_once('.') {
            Some((name, domain)) if domain.starts_with("managedhsm.") => (name, "managedHSMs"),
            Some((name, _)) => (name, "vaults"),
            None => (host, "vaults"),
        };
        format!(
            "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.KeyVault/{kind}/{name}",
            self.subscription, self.resource_group
        )
    }
}
