//! How a vault is set up: the `properties` of the resource `Microsoft.KeyVault/vaults`, in the names Resource Manager uses.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::keyvault::access::AccessPolicy;

/// The properties of a vault. Serialized as Resource Manager writes them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
#[expect(clippy::struct_excessive_bools, reason = "they are the resource's own switches")]
pub struct VaultProperties {
    /// The tenant whose tokens the vault takes.
    pub tenant_id: Uuid,
    /// Standard, or premium with keys in an HSM.
    pub sku: Sku,
    /// Who may do what, as long as roles do not decide it.
    #[serde(default)]
    pub access_policies: Vec<AccessPolicy>,
    /// Whether virtual machines may read certificates stored as secrets.
    #[serde(default)]
    pub enabled_for_deployment: bool,
    /// Whether disk encryption may read secrets and unwrap keys.
    #[serde(default)]
    pub enabled_for_disk_encryption: bool,
    /// Whether deployments by template may read secrets.
    #[serde(default)]
    pub enabled_for_template_deployment: bool,
    /// Whether deleted objects can be recovered. It cannot be turned off any more.
    #[serde(default = "on")]
    pub enable_soft_delete: bool,
    /// How many days deleted objects can be recovered: 7 to 90.
    #[serde(default = "longest_retention")]
    pub soft_delete_retention_in_days: u32,
    /// Whether roles (Azure RBAC) decide who may do what. `None`, as old vaults have it, means access policies.
    #[serde(default)]
    pub enable_rbac_authorization: Option<bool>,
    /// Whether nothing deleted may be purged before its retention is over. Once on, it stays on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enable_purge_protection: Option<bool>,
    /// Which networks may call. `None` means all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network_acls: Option<NetworkAcls>,
    /// Whether the vault can be called other than by a private endpoint.
    #[serde(default)]
    pub public_network_access: PublicNetworkAccess,
    /// Private endpoints, approved or not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub private_endpoint_connections: Vec<PrivateEndpointConnection>,
}

/// What a vault costs and can.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sku {
    /// Always `A`.
    pub family: SkuFamily,
    /// Standard or premium.
    pub name: SkuName,
}

/// The family of a vault's SKU; there is one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SkuFamily {
    /// The only one.
    #[default]
    A,
}

/// The name of a vault's SKU.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SkuName {
    /// Keys in software only.
    #[default]
    #[serde(alias = "Standard")]
    Standard,
    /// Keys in software and in an HSM.
    #[serde(alias = "Premium")]
    Premium,
}

/// The firewall of a vault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NetworkAcls {
    /// Whether trusted services of Azure come in whatever the rules say.
    #[serde(default)]
    pub bypass: Bypass,
    /// What happens to a caller that no rule names.
    #[serde(default)]
    pub default_action: DefaultAction,
    /// Addresses that may call.
    #[serde(default)]
    pub ip_rules: Vec<IpRule>,
    /// Subnets that may call.
    #[serde(default)]
    pub virtual_network_rules: Vec<VirtualNetworkRule>,
}

/// Who passes a firewall without a rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Bypass {
    /// Trusted services of Azure.
    #[default]
    AzureServices,
    /// Nobody.
    None,
}

/// What a firewall does with callers no rule names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum DefaultAction {
    /// Lets them in.
    #[default]
    Allow,
    /// Keeps them out.
    Deny,
}

/// An address, or a range of addresses (CIDR), that may call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IpRule {
    /// For example `203.0.113.7` or `203.0.113.0/24`.
    pub value: String,
}

/// A subnet that may call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VirtualNetworkRule {
    /// The resource id of the subnet.
    pub id: String,
    /// Whether to take a subnet that has no service endpoint for vaults yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ignore_missing_vnet_service_endpoint: Option<bool>,
}

/// Whether a vault has a public side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PublicNetworkAccess {
    /// It has, behind its firewall.
    #[default]
    #[serde(alias = "enabled")]
    Enabled,
    /// Private endpoints and trusted services only.
    #[serde(alias = "disabled")]
    Disabled,
    /// As a network security perimeter says; none of the lab has one, so nobody comes in from outside.
    #[serde(alias = "securedByPerimeter")]
    SecuredByPerimeter,
}

/// A private endpoint that leads to a vault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrivateEndpointConnection {
    /// Its resource id below the vault.
    #[serde(default)]
    pub id: String,
    /// What it connects and whether it may.
    pub properties: PrivateEndpointConnectionProperties,
}

/// What a private endpoint connects and whether it may.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PrivateEndpointConnectionProperties {
    /// The endpoint in somebody's network.
    #[serde(default)]
    pub private_endpoint: PrivateEndpoint,
    /// Whether the owner of the vault agreed.
    pub private_link_service_connection_state: PrivateLinkState,
    /// `Succeeded`.
    #[serde(default = "succeeded")]
    pub provisioning_state: String,
}

/// The endpoint in somebody's network.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrivateEndpoint {
    /// Its resource id.
    pub id: String,
}

/// What the owner of a vault said to a private endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PrivateLinkState {
    /// Only an approved one leads into the vault.
    pub status: PrivateLinkStatus,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What the owner of the endpoint has to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actions_required: Option<String>,
}

/// Whether a private endpoint is approved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PrivateLinkStatus {
    /// Asked for.
    Pending,
    /// Leads into the vault.
    Approved,
    /// Refused.
    Rejected,
    /// Its other end is gone.
    Disconnected,
}

impl VaultProperties {
    /// A vault as the lab makes it unless told otherwise: premium, roles decide, all networks, 90 days of retention, purge allowed.
    pub fn new(tenant_id: Uuid) -> Self {
        Self {
            tenant_id,
            sku: Sku { family: SkuFamily::A, name: SkuName::Premium },
            access_policies: Vec::new(),
            enabled_for_deployment: false,
            enabled_for_disk_encryption: false,
            enabled_for_template_deployment: false,
            enable_soft_delete: true,
            soft_delete_retention_in_days: LONGEST_RETENTION,
            enable_rbac_authorization: Some(true),
            enable_purge_protection: None,
            network_acls: None,
            public_network_access: PublicNetworkAccess::Enabled,
            private_endpoint_connections: Vec::new(),
        }
    }

    /// Whether roles decide who may do what, rather than access policies.
    pub fn uses_roles(&self) -> bool {
        self.enable_rbac_authorization == Some(true)
    }

    /// Whether nothing deleted may be purged before its time.
    pub fn is_purge_protected(&self) -> bool {
        self.enable_purge_protection == Some(true)
    }
}

fn on() -> bool {
    true
}

fn longest_retention() -> u32 {
    LONGEST_RETENTION
}

fn succeeded() -> String {
    "Succeeded".to_owned()
}

/// The service's default, and the most it allows.
const LONGEST_RETENTION: u32 = 90;
