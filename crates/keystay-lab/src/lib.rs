//! A local Azure: Key Vault, Entra, Graph and managed identity behind their real host names.
//!
//! A [`Lab`] is an HTTP CONNECT proxy on the loopback interface with a certificate authority of its own. A program that
//! takes its [`environment`](Lab::environment) meets the lab at `login.microsoftonline.com` and the other names, and
//! needs no change. Nothing is forwarded to the internet.
//!
//! ```no_run
//! # async fn story() -> Result<(), Box<dyn std::error::Error>> {
//! use keystay_lab::{Kind, Lab, LabOptions};
//!
//! let lab = Lab::start(LabOptions::new().with_ready_app(true)).await?;
//! let status = std::process::Command::new("python3").arg("app.py").envs(lab.environment()).status()?;
//! println!("{status}: {} tokens for {} signatures", lab.journal().count(Kind::Token), lab.journal().count(Kind::Sign));
//! # Ok(())
//! # }
//! ```
//!
//! No product crate is among this crate's dependencies: what judges the product must not share its mistakes.

mod authorization;
mod bearer;
mod clock;
mod control;
mod directory;
mod entra;
mod environment;
mod error;
mod faults;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
mod graph;
mod ids;
mod journal;
mod keyvault;
mod lab;
mod latency;
mod managed_identity;
mod network;
mod oidc_issuer;
mod options;
mod portal;
mod query;
mod request_host;
mod resource_manager;
mod seed;
mod state;
mod subscription;

pub use authorization::Role;
pub use clock::LabClock;
pub use directory::{
    AdminRole, AppManagementPolicy, AppRole, Application, DefaultAppManagement, DelegatedGrant, Directory,
    DirectoryError, FederatedCredential, Group, InstanceLock, KeyCredential, ManagedIdentity, ManagedIdentityKind,
    NewApp, PasswordCredential, Policies, Propagation, RegisteredCertificate, ResourceAccess, Restriction,
    Restrictions, RoleAssignment, ServicePrincipal, Tenant, TokenLifetimePolicy, User, UserPermissions,
    VerifiedPublisher, graph_role,
};
pub use error::LabError;
pub use faults::{Fault, FaultAction, Faults, PlacedFault};
pub use journal::{Entry, Journal, Kind};
pub use keyvault::{
    AccessPolicy, AuditIdentity, AuditIdentityClaim, AuditLog, AuditProperties, AuditRecord, Bypass, ClaimsChallenge,
    ClientNetwork, DefaultAction, IpRule, NetworkAcls, Permissions, PrivateEndpoint, PrivateEndpointConnection,
    PrivateEndpointConnectionProperties, PrivateLinkState, PrivateLinkStatus, PublicNetworkAccess, Scope, Sku,
    SkuFamily, SkuName, Throttling, VaultHandle, VaultProperties, VirtualNetworkRule,
};
pub use lab::Lab;
pub use latency::{Latency, LatencyDial};
pub use managed_identity::{ManagedIdentitySource, UnknownSource};
pub use network::Limits;
pub use oidc_issuer::{NewOidcToken, OidcIssuer};
pub use options::LabOptions;
pub use seed::{DEMO_PASSWORD, HostIdentity, Operator, Seed, SeedTenant};
pub use state::LabState;
