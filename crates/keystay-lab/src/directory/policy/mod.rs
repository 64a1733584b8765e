//! Policies of a tenant: who may register applications, what credentials they may have, how long tokens live.

mod app_management;
mod duration;
mod token_lifetime;

use serde::{Deserialize, Serialize};

pub use app_management::{AppManagementPolicy, DefaultAppManagement, Restriction, Restrictions};
pub use token_lifetime::TokenLifetimePolicy;

pub(crate) use duration::iso8601;
pub(crate) use token_lifetime::access_token_secs;

/// What people without an admin role may do, beyond [`allowed_to_create_apps`](super::Tenant::allowed_to_create_apps).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct UserPermissions {
    /// Whether they may make security groups.
    pub allowed_to_create_security_groups: bool,
    /// What they may consent to, by the names of permission grant policies. Shown; the lab asks administrators only.
    pub permission_grant_policies: Vec<String>,
}

impl Default for UserPermissions {
    fn default() -> Self {
        let policy = "ManagePermissionGrantsForSelf.microsoft-user-default-legacy".to_owned();
        Self { allowed_to_create_security_groups: true, permission_grant_policies: vec![policy] }
    }
}

/// The policies of a tenant.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Policies {
    /// What people without an admin role may do.
    pub user_permissions: UserPermissions,
    /// How long access tokens live.
    pub token_lifetime: Vec<TokenLifetimePolicy>,
    /// What credentials single applications may have.
    pub app_management: Vec<AppManagementPolicy>,
    /// What credentials all other applications may have.
    pub default_app_management: DefaultAppManagement,
}
