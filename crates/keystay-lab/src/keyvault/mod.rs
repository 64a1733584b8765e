//! Key Vault's data plane: keys, certificates and secrets of every vault of the lab, as the service answers for them.
//!
//! Certificate, key and secret of one name share one key and one version id. A key that is not exportable stays inside: the
//! secret beside it then holds the certificate alone, while `keys/sign` works with that very key.
//!
//! Not here: symmetric keys (`oct`), secure key release and attestation, the algorithm RSNULL, and the role model of a managed
//! HSM (its keys take the roles of a vault).

mod access;
mod access_policy;
mod algorithm;
mod api_version;
mod attributes;
mod audit;
mod authenticate;
mod backup;
mod backup_key;
mod call;
mod certificates;
mod claims_challenge;
mod deleted;
mod due;
mod encryption;
mod error;
mod handler;
mod hardware;
mod inventory;
mod key_material;
mod key_spec;
mod keys;
mod lab_hooks;
mod named_object;
mod network_rules;
mod object_name;
mod objects;
mod operation;
mod paging;
mod pem_file;
mod period;
mod pfx;
mod pfx_cost;
mod properties;
mod resource;
mod retention;
mod routes;
mod secrets;
mod snapshot;
mod summary;
#[cfg(test)]
mod tests;
mod throttling;
mod vaults;
mod versioned;
mod versions;
mod visit;

pub use access::Scope;
pub use access_policy::{AccessPolicy, Permissions};
pub use audit::{AuditIdentity, AuditIdentityClaim, AuditLog, AuditProperties, AuditRecord};

pub(crate) use audit::{DiagnosticSetting, Event as AuditEvent};
pub(crate) use certificates::CertificatePolicy;
pub use claims_challenge::ClaimsChallenge;
pub(crate) use error::VaultError;
pub(crate) use inventory::DeletedResource;
pub(crate) use key_material::KeyMaterial;
pub(crate) use key_spec::KeySpec;
pub use network_rules::ClientNetwork;
pub(crate) use network_rules::range as network_range;
pub use properties::{
    Bypass, DefaultAction, IpRule, NetworkAcls, PrivateEndpoint, PrivateEndpointConnection,
    PrivateEndpointConnectionProperties, PrivateLinkState, PrivateLinkStatus, PublicNetworkAccess, Sku, SkuFamily,
    SkuName, VaultProperties, VirtualNetworkRule,
};
pub(crate) use resource::VaultResource;
pub(crate) use summary::VaultSummary;
pub use throttling::Throttling;
pub(crate) use vaults::Vaults;
