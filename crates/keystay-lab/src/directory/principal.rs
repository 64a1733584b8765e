//! Service principals: an application, or a managed identity, as one tenant sees it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

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
}

/// An application permission granted to a service principal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleAssignment {
    /// The client id of the resource.
    pub resource_app_id: Uuid,
    /// The app role.
    pub role_id: Uuid,
}

impl ServicePrincipal {
    pub(crate) fn new(id: Uuid, app_id: Uuid, display_name: impl Into<String>) -> Self {
        Self { id, app_id, display_name: display_name.into(), account_enabled: true, app_role_assignments: Vec::new() }
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
