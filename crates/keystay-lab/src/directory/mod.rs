//! The directory: tenants, users, applications, consents. What Entra and Graph read and change.

mod application;
mod audit;
mod certificate;
mod credential;
mod derived_id;
mod error;
mod federated;
mod grant;
mod graph_permissions;
pub mod graph_role;
mod group;
mod handle;
mod pending_key;
mod policy;
mod principal;
mod propagation;
mod resource;
mod tenant;
mod token_key;
mod world;

pub use application::{AppRole, Application, InstanceLock, NewApp, ResourceAccess, VerifiedPublisher};
pub use certificate::RegisteredCertificate;
pub use credential::{KeyCredential, PasswordCredential};
pub use error::DirectoryError;
pub use federated::FederatedCredential;
pub use grant::DelegatedGrant;
pub use group::Group;
pub use handle::Directory;
pub use policy::{
    AppManagementPolicy, DefaultAppManagement, Policies, Restriction, Restrictions, TokenLifetimePolicy,
    UserPermissions,
};
pub use principal::{ManagedIdentity, ManagedIdentityKind, RoleAssignment, ServicePrincipal};
pub use propagation::Propagation;
pub use tenant::{AdminRole, Tenant, User};

pub(crate) use audit::{AuditChange, AuditLog, AuditRecord, AuditTarget, Initiator};
pub(crate) use derived_id::derived_id;
pub(crate) use pending_key::PendingKey;
pub(crate) use policy::{access_token_secs, iso8601};
pub(crate) use propagation::Credentials;
pub(crate) use resource::{GRAPH_APP_ID, Permission, Resource, VAULT_APP_ID};
pub(crate) use token_key::{TokenKey, TokenKeyError};
pub(crate) use world::{DeletedApplication, World};
