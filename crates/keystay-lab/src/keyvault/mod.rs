//! Key Vault's data plane: keys, certificates and secrets of every vault of the lab, as the service answers for them.
//!
//! Certificate, key and secret of one name share one key and one version id. A key that is not exportable stays inside: the
//! secret beside it then holds the certificate alone, while `keys/sign` works with that very key.
//!
//! Not here: symmetric keys (`oct`), secure key release and attestation, the algorithm RSNULL, and the role model of a managed
//! HSM (its keys take the roles of a vault).

mod access;
mod audit;
mod certificates;
mod crypto;
mod files;
mod keys;
mod objects;
mod secrets;
#[cfg(test)]
mod tests;
mod throttling;
mod vault;
mod wire;

pub(crate) use access::network_range;
pub use access::{AccessPolicy, ClaimsChallenge, ClientNetwork, Permissions, Scope};
pub use audit::{AuditIdentity, AuditIdentityClaim, AuditLog, AuditProperties, AuditRecord};
pub(crate) use audit::{DiagnosticSetting, Event as AuditEvent};
pub(crate) use certificates::CertificatePolicy;
pub(crate) use crypto::{KeyMaterial, KeySpec};
pub use throttling::Throttling;
pub use vault::{
    Bypass, DefaultAction, IpRule, NetworkAcls, PrivateEndpoint, PrivateEndpointConnection,
    PrivateEndpointConnectionProperties, PrivateLinkState, PrivateLinkStatus, PublicNetworkAccess, Sku, SkuFamily,
    SkuName, VaultHandle, VaultProperties, VirtualNetworkRule,
};
pub(crate) use vault::{DeletedResource, VaultResource, VaultSummary, Vaults};
pub(crate) use wire::VaultError;
