//! What is known about one app, its vault key and who may use it.
//!
//! [`Facts`] take one JSON document at a time, in the spelling of the services or of the `az` command, and give facts out
//! as [`Known`]: read, with the place they were read from, or missing, with the reason. What the documents are called and
//! how they are got is the catalogue, [`Document`].

mod application;
mod bytes;
mod collection;
mod document;
mod hosts;
mod keystay;
mod known;
mod listed;
mod logging;
mod names;
mod node;
mod people;
mod policies;
mod roles;
mod thumbprint;
mod vault;
mod versions;

pub use application::{Application, HomePrincipal, KeyCredential, PasswordCredential, Permission, ResourceRole};
pub use collection::Facts;
pub(crate) use document::GRAPH;
pub use document::{Document, Repeat};
pub use hosts::{Host, PublishingPolicy};
pub use keystay::{
    AssertionSettings, BreachDrill, ExpectedFederation, ExpectedPrincipal, GivesOut, SignIn, SignerCredential,
    SignerSettings, TenantToken,
};
pub use known::{Known, Missing, Place, Seen};
pub use logging::{AlertRule, DiagnosticSetting, LogWorkspace, PricingPlan};
pub use names::{Names, quote};
pub use people::{AccessReview, DirectoryAudit, FederatedCredential, GroupMembers, Member, Owner, PrincipalKind};
pub use policies::{AppManagementPolicy, AuthorizationPolicy, Restriction};
pub use roles::{RoleAssignment, RoleDefinition, RolePermission};
pub use thumbprint::Thumbprint;
pub use vault::{AccessPolicy, CertificatePolicy, Vault};
pub use versions::{CertificateVersion, KeyVersion, VaultObject};

use node::Node;
