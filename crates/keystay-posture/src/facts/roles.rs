//! Role assignments and what roles allow.

use time::OffsetDateTime;

use super::{Missing, Node, Place, PrincipalKind};

/// A role given to a principal at a place: <https://learn.microsoft.com/azure/templates/microsoft.authorization/roleassignments>
///
/// Ids are in lower case: Azure compares them without regard to case.
#[derive(Clone, Debug)]
pub struct RoleAssignment {
    /// Where it was read.
    pub place: Place,
    /// Object id of the user, group or service principal.
    pub principal: String,
    /// What the principal is, as far as the document says.
    pub kind: PrincipalKind,
    /// The principal's name for people, where the document has it.
    pub name: Option<String>,
    /// The last part of the role definition's id.
    pub role: String,
    /// The place in Azure's tree at and below which it holds, as it was written.
    pub scope: String,
    /// Whether a condition narrows it. Conditions are not evaluated: they count as fulfilled.
    pub conditional: bool,
    /// Since when it exists.
    pub created: Option<OffsetDateTime>,
}

/// What a role allows: <https://learn.microsoft.com/azure/role-based-access-control/role-definitions>
#[derive(Clone, Debug)]
pub struct RoleDefinition {
    /// The last part of its id, in lower case.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// What it allows; each entry has its own exceptions.
    pub permissions: Vec<RolePermission>,
}

/// Actions with exceptions; `*` stands for any characters.
#[derive(Clone, Debug, Default)]
pub struct RolePermission {
    /// In Resource Manager.
    pub actions: Vec<String>,
    /// Exceptions from `actions`.
    pub not_actions: Vec<String>,
    /// In the resource itself.
    pub data_actions: Vec<String>,
    /// Exceptions from `data_actions`.
    pub not_data_actions: Vec<String>,
}

impl RoleAssignment {
    pub(crate) fn read(node: &Node<'_>) -> Result<Self, Missing> {
        let role = node.field(&["roleDefinitionId"])?;
        let kind = node.maybe_text(&["principalType"])?;
        Ok(Self {
            place: node.place(),
            principal: node.field(&["principalId"])?.text()?.to_ascii_lowercase(),
            kind: kind.map_or(PrincipalKind::Unknown, |kind| PrincipalKind::of_assignment(&kind)),
            name: node.maybe_text(&["principalName"])?.filter(|name| !name.is_empty()),
            role: last_part(role.text()?),
            scope: node.field(&["scope"])?.text()?.to_owned(),
            conditional: node.maybe_text(&["condition"])?.is_some_and(|condition| !condition.is_empty()),
            created: node.maybe_moment(&["createdOn"])?,
        })
    }
}

impl RoleDefinition {
    pub(crate) fn read(node: &Node<'_>) -> Result<Self, Missing> {
        let id = node.field(&["id", "name"])?;
        Ok(Self {
            id: last_part(id.text()?),
            name: node.maybe_text(&["roleName"])?.unwrap_or_else(|| last_part(id.text().unwrap_or_default())),
            permissions: node.list(&["permissions"], |permission| {
                Ok(RolePermission {
                    actions: permission.texts(&["actions"])?,
                    not_actions: permission.texts(&["notActions"])?,
                    data_actions: permission.texts(&["dataActions"])?,
                    not_data_actions: permission.texts(&["notDataActions"])?,
                })
            })?,
        })
    }
}

fn last_part(id: &str) -> String {
    id.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_ascii_lowercase()
}
