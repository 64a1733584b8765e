//! Key Vault's data plane: keys, certificates and secrets of every vault of the lab, as the service answers for them.
//!
//! Certificate, key and secret of one name share one key and one version id. A key that is not exportable stays inside: the
//! secret beside it then holds the certificate alone, while `keys/sign` works with that very key.
//!
//! Not here: throttling, firewalls, and the role model of a managed HSM
//! (its keys take the roles of a vault).

mod access;
mod access_policy;
mod algorithm;
mod api_version;
mod attributes;
mod authenticate;
mod backup;
mod backup_key;
mod call;
mod certificates;
mod deleted;
mod due;
mod encryption;
mod error;
mod handler;
mod hardware;
mod key_material;
mod key_spec;
mod keys;
mod lab_hooks;
mod named_object;
mod object_name;
mod objects;
mod paging;
mod pem_file;
mod period;
mod pfx;
mod properties;
mod resource;
mod retention;
mod roles;
mod routes;
mod secrets;
mod snapshot;
mod summary;
#[cfg(test)]
mod tests;
mod vaults;
mod versions;

pub use access::Scope;
pub use access_policy::{AccessPolicy, Permissions};
pub(crate) use certificates::CertificatePolicy;
pub(crate) use error::VaultError;
pub use properties::{
    Bypass, DefaultAction, IpRule, NetworkAcls, PrivateEndpoint, PrivateEndpointConnection,
    PrivateEndpointConnectionProperties, PrivateLinkState, PrivateLinkStatus, PublicNetworkAccess, Sku, SkuFamily,
    SkuName, VaultProperties, VirtualNetworkRule,
};
pub(crate) use resource::VaultResource;
pub use roles::Role;
pub(crate) use summary::VaultSummary;
pub(crate) use vaults::Vaults;
