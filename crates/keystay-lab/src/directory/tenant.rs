//! Tenants and the people in them.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::{Uuid, uuid};

use super::{DelegatedGrant, Group, Policies, ServicePrincipal, audit::AuditLog};

/// An organisation's directory.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Tenant {
    /// The tenant id.
    pub id: Uuid,
    /// The organisation's name.
    pub display_name: String,
    /// Verified domains in lower case, the default one first.
    pub domains: Vec<String>,
    /// Whether users without an admin role may register applications
    /// (`authorizationPolicy.defaultUserRolePermissions.allowedToCreateApps`).
    pub allowed_to_create_apps: bool,
    /// The people.
    pub users: Vec<User>,
    /// Security groups by object id.
    #[serde(default)]
    pub groups: BTreeMap<Uuid, Group>,
    /// Service principals by client id.
    pub principals: BTreeMap<Uuid, ServicePrincipal>,
    /// Delegated permissions that were granted.
    #[serde(default)]
    pub delegated_grants: Vec<DelegatedGrant>,
    /// Policies for applications.
    #[serde(default)]
    pub policies: Policies,
    /// The life of access tokens in seconds, when the lab was told one. It goes before any policy.
    pub token_lifetime_secs: Option<u64>,
    /// Who changed what.
    #[serde(default)]
    pub(crate) audit: AuditLog,
}

impl Tenant {
    /// The domain it is called by.
    pub fn default_domain(&self) -> &str {
        self.domains.first().map_or("", String::as_str)
    }

    /// Whether a user, a service principal or a group of the tenant has this object id.
    pub(crate) fn holds(&self, id: Uuid) -> bool {
        self.groups.contains_key(&id) || self.user(id).is_some() || self.principal_by_object(id).is_some()
    }

    /// A service principal by its object id.
    pub(crate) fn principal_by_object(&self, id: Uuid) -> Option<&ServicePrincipal> {
        self.principals.values().find(|principal| principal.id == id)
    }

    pub(crate) fn user_by_name(&self, user_principal_name: &str) -> Option<&User> {
        self.users.iter().find(|user| user.user_principal_name.eq_ignore_ascii_case(user_principal_name))
    }

    pub(crate) fn user(&self, id: Uuid) -> Option<&User> {
        self.users.iter().find(|user| user.id == id)
    }
}

/// A person in a tenant.
#[derive(Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct User {
    /// The object id.
    pub id: Uuid,
    /// The name to sign in with.
    pub user_principal_name: String,
    /// The full name.
    pub display_name: String,
    /// The given name.
    pub given_name: String,
    /// The family name.
    pub surname: String,
    /// The mail address.
    pub mail: String,
    /// What the person does.
    pub job_title: String,
    /// The password, in clear: these people do not exist.
    pub password: String,
    /// Whether the person may not sign in.
    #[serde(default)]
    pub disabled: bool,
    /// Admin roles, none for an ordinary user.
    pub roles: Vec<AdminRole>,
}

impl User {
    pub(crate) fn has_any(&self, roles: &[AdminRole]) -> bool {
        self.roles.iter().any(|role| roles.contains(role))
    }
}

impl fmt::Debug for User {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("User");
        shown.field("id", &self.id).field("user_principal_name", &self.user_principal_name);
        shown.field("disabled", &self.disabled).field("roles", &self.roles).finish_non_exhaustive()
    }
}

/// An admin role of Entra.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AdminRole {
    /// May do everything.
    GlobalAdministrator,
    /// May consent to permissions of Microsoft Graph.
    PrivilegedRoleAdministrator,
    /// May register and change applications, but not consent to application permissions of Microsoft Graph.
    ApplicationAdministrator,
}

impl AdminRole {
    /// Who may register and change applications of others.
    pub(crate) const MANAGE_APPLICATIONS: [Self; 2] = [Self::GlobalAdministrator, Self::ApplicationAdministrator];
    /// Who may consent for the whole tenant to any permission.
    pub(crate) const CONSENT_TO_ALL: [Self; 2] = [Self::GlobalAdministrator, Self::PrivilegedRoleAdministrator];

    /// The role template, as tokens name it (`wids`).
    pub fn template_id(self) -> Uuid {
        match self {
            Self::GlobalAdministrator => uuid!("62e90394-69f5-4237-9190-012177145e10"),
            Self::PrivilegedRoleAdministrator => uuid!("e8611ab8-c189-46e8-94e1-60213ab1f814"),
            Self::ApplicationAdministrator => uuid!("9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3"),
        }
    }
}
