//! What a vault is: a resource of Azure with properties, an HSM or none, a deleted neighbour or none; and what the lab does with
//! its vaults from inside.
//!
//! Not here: what a vault holds (`objects`), and who may enter it (`access`).

mod handle;
mod hardware;
mod inventory;
mod lab_hooks;
mod properties;
mod resource;
mod retention;
mod snapshot;
mod summary;
mod vaults;

pub use handle::VaultHandle;
pub(crate) use inventory::DeletedResource;
pub use properties::{
    Bypass, DefaultAction, IpRule, NetworkAcls, PrivateEndpoint, PrivateEndpointConnection,
    PrivateEndpointConnectionProperties, PrivateLinkState, PrivateLinkStatus, PublicNetworkAccess, Sku, SkuFamily,
    SkuName, VaultProperties, VirtualNetworkRule,
};
pub(crate) use resource::VaultResource;
pub(super) use retention::{DEFAULT_DAYS, Retention};
pub(crate) use summary::VaultSummary;
pub(super) use vaults::Vault;
pub(crate) use vaults::Vaults;
