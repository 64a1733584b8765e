//! Role definitions: what a role allows.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{action, scope::ResourceScope};

/// A role.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct RoleDefinition {
    pub(crate) id: Uuid,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) kind: RoleType,
    pub(crate) permissions: Vec<Permission>,
    pub(crate) assignable_scopes: Vec<ResourceScope>,
    /// Unix seconds.
    pub(crate) created: i64,
    pub(crate) updated: i64,
    pub(crate) changed_by: Option<Uuid>,
    /// Who has the role may assign and remove only these roles; `None` means any.
    pub(crate) delegates_only: Option<Vec<Uuid>>,
}

/// Azure's own, or a customer's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum RoleType {
    BuiltInRole,
    CustomRole,
}

/// Actions with exceptions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Permission {
    pub(crate) actions: Vec<String>,
    pub(crate) not_actions: Vec<String>,
    pub(crate) data_actions: Vec<String>,
    pub(crate) not_data_actions: Vec<String>,
}

/// Where an action happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plane {
    /// In Resource Manager.
    Control,
    /// In the resource itself.
    Data,
}

impl RoleDefinition {
    /// Whether the role allows an action.
    pub(crate) fn grants(&self, plane: Plane, action: &str) -> bool {
        self.permissions.iter().any(|permission| permission.grants(plane, action))
    }

    /// Whether the role may be given at a place.
    pub(crate) fn is_assignable_at(&self, place: &ResourceScope) -> bool {
        self.assignable_scopes.iter().any(|scope| scope.contains(place))
    }
}

impl Permission {
    fn grants(&self, plane: Plane, action: &str) -> bool {
        let (granted, excepted) = match plane {
            Plane::Control => (&self.actions, &self.not_actions),
            Plane::Data => (&self.data_actions, &self.not_data_actions),
        };
        let any = |list: &[String]| list.iter().any(|one| action::covers(one, action));
        any(granted) && !any(excepted)
    }
}
