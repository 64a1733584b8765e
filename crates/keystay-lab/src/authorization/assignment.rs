//! Role assignments: who has which role where.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::scope::ResourceScope;

/// A role given to a principal at a place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Assignment {
    /// The last segment of its resource id.
    pub(crate) name: Uuid,
    pub(crate) scope: ResourceScope,
    /// A user, service principal or group.
    pub(crate) principal: Uuid,
    pub(crate) principal_type: PrincipalType,
    pub(crate) role: Uuid,
    #[serde(default)]
    pub(crate) description: Option<String>,
    /// Kept and shown, not evaluated.
    #[serde(default)]
    pub(crate) condition: Option<String>,
    #[serde(default)]
    pub(crate) condition_version: Option<String>,
    /// Unix seconds.
    pub(crate) created: i64,
    pub(crate) updated: i64,
    pub(crate) created_by: Option<Uuid>,
    pub(crate) updated_by: Option<Uuid>,
}

/// What kind of principal has a role.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum PrincipalType {
    User,
    Group,
    #[default]
    ServicePrincipal,
    ForeignGroup,
    Device,
}

impl Assignment {
    /// Its resource id.
    pub(crate) fn id(&self) -> String {
        let scope = self.scope.path().trim_end_matches('/');
        format!("{scope}/providers/Microsoft.Authorization/roleAssignments/{}", self.name)
    }
}
