//! Service principals: an application, or a managed identity, as one tenant sees it.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{KeyCredential, PasswordCredential};

/// An application in a tenant. It exists because somebody there consented, or because it is at home.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ServicePrincipal {
    /// The object id in this tenant.
    pub id: Uuid,
    /// The client id of the application.
    pub app_id: Uuid,
    /// Its name.
    pub display_name: String,
    /// No token is issued while false.
    pub account_enabled: bool,
    /// Application permissions granted to it.
    pub app_role_assignments: Vec<RoleAssignment>,
    /// Certificates it may authenticate with in this tenant only.
    #[serde(default)]
    pub key_credentials: Vec<KeyCredential>,
    /// Secrets it may authenticate with in this tenant only.
    #[serde(default)]
    pub password_credentials: Vec<PasswordCredential>,
    /// Users and service principals that may change it, by object id.
    #[serde(default)]
    pub owners: Vec<Uuid>,
    /// What its tenant notes about it.
    #[serde(default)]
    pub notes: Option<String>,
    /// Words to find it by.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Whether only people who were given an app role may use it.
    #[serde(default)]
    pub assignment_required: bool,
    /// The token lifetime policy assigned to it, by id.
    #[serde(default)]
    pub token_lifetime_policy: Option<Uuid>,
    /// The app management policy assigned to it, by id; it takes the place of the tenant's default.
    #[serde(default)]
    pub app_management_policy: Option<Uuid>,
}

/// An application permission granted to a service principal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleAssignment {
    /// The client id of the resource.
    pub resource_app_id: Uuid,
    /// The app role.
    pub role_id: Uuid,
    /// When it was granted, where that is known.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub granted: Option<OffsetDateTime>,
}

impl ServicePrincipal {
    pub(crate) fn new(id: Uuid, app_id: Uuid, display_name: impl Into<String>) -> Self {
        Self {
            id,
            app_id,
            display_name: display_name.into(),
            account_enabled: true,
            app_role_assignments: Vec::new(),
            key_credentials: Vec::new(),
            password_credentials: Vec::new(),
            owners: Vec::new(),
            notes: None,
            tags: Vec::new(),
            assignment_required: false,
            token_lifetime_policy: None,
            app_management_policy: None,
        }
    }

    /// Grants an application permission; says whether it was not granted before.
    pub(crate) fn grant(&mut self, resource_app_id: Uuid, role_id: Uuid, granted: Option<OffsetDateTime>) -> bool {
        let held = &mut self.app_role_assignments;
        let new = !held.iter().any(|one| one.resource_app_id == resource_app_id && one.role_id == role_id);
        if new {
            held.push(RoleAssignment { resource_app_id, role_id, granted });
        }
        new
    }
}

/// An identity that Azure gives to the host the lab plays, in the home tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[non_exhaustive]
pub struct ManagedIdentity {
    /// The object id of its service principal.
    pub object_id: Uuid,
    /// Its client id.
    pub client_id: Uuid,
    /// Its ARM resource id.
    pub resource_id: String,
    /// Whether it belongs to the host alone.
    pub kind: ManagedIdentityKind,
}

/// Whom a managed identity belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ManagedIdentityKind {
    /// To the host; the default of a request that names none.
    SystemAssigned,
    /// To itself; requests name it.
    UserAssigned,
}
