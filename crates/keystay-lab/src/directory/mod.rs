//! The directory: tenants, users, applications, consents. What Entra and Graph read and change.

mod application;
mod certificate;
mod derived_id;
mod error;
mod federated;
pub mod graph_role;
mod group;
mod handle;
mod principal;
mod propagation;
mod resource;
mod tenant;
mod token_key;
mod world;

pub use application::{Application, KeyCredential, NewApp, PasswordCredential, ResourceAccess};
pub use certificate::RegisteredCertificate;
pub use error::DirectoryError;
pub use federated::FederatedCredential;
pub use group::Group;
pub use handle::Directory;
pub use principal::{ManagedIdentity, ManagedIdentityKind, RoleAssignment, ServicePrincipal};
pub use propagation::Propagation;
pub use tenant::{AdminRole, Tenant, User};

pub(crate) use derived_id::derived_id;
pub(crate) use propagation::Credentials;
pub(crate) use resource::{GRAPH_APP_ID, Resource};
pub(crate) use token_key::{TokenKey, TokenKeyError};
pub(crate) use world::World;
