//! Key Vault's data plane: keys, certificates and secrets of every vault of the lab, as the service answers for them.
//!
//! Certificate, key and secret of one name share one key and one version id. A key that is not exportable stays inside: the
//! secret beside it then holds the certificate alone, while `keys/sign` works with that very key.
//!
//! Not here: encrypting and wrapping, key rotation policies, backup and restore, certificate issuers and contacts, renewal by
//! itself, throttling, firewalls, and the role model of a managed HSM (its keys take the roles of a vault).

mod access;
mod algorithm;
mod api_version;
mod attributes;
mod authenticate;
mod call;
mod certificates;
mod deleted;
mod error;
mod handler;
mod key_material;
mod key_spec;
mod keys;
mod lab_hooks;
mod object_name;
mod objects;
mod paging;
mod pem_file;
mod pfx;
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
pub(crate) use certificates::CertificatePolicy;
pub(crate) use error::VaultError;
pub use roles::Role;
pub(crate) use summary::VaultSummary;
pub(crate) use vaults::{VaultSpec, Vaults};
