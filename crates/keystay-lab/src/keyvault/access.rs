//! Who may do what: role assignments on a vault or one object; whatever no role grants is denied.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    error::VaultError,
    object_name::ObjectKind,
    roles::{Role, VAULTS},
    vaults::Vault,
};
use crate::bearer::Caller;

/// What a role is assigned on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum Scope {
    /// The whole vault.
    Vault,
    /// One key, all versions.
    Key(String),
    /// One certificate, all versions. Its key and secret are scopes of their own.
    Certificate(String),
    /// One secret, all versions.
    Secret(String),
}

impl Scope {
    fn covers(&self, target: Target<'_>) -> bool {
        let (kind, name) = match self {
            Self::Vault => return true,
            Self::Key(name) => (ObjectKind::Key, name),
            Self::Certificate(name) => (ObjectKind::Certificate, name),
            Self::Secret(name) => (ObjectKind::Secret, name),
        };
        target.name.is_some_and(|wanted| kind == target.kind && name.eq_ignore_ascii_case(wanted))
    }
}

/// What a call is about: one object, or, without a name, the whole collection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target<'a> {
    pub(super) kind: ObjectKind,
    pub(super) name: Option<&'a str>,
}

/// A role given to a principal (user, service principal or group) on a scope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Assignment {
    pub(super) principal: Uuid,
    pub(super) role: Role,
    pub(super) scope: Scope,
}

/// Checks a data action such as `keys/sign/action` against the assignments of a vault.
pub(super) fn authorize(vault: &Vault, caller: &Caller, action: &str, target: Target<'_>) -> Result<(), VaultError> {
    let action = format!("{VAULTS}{action}");
    let granted = vault.assignments.read().iter().any(|assignment| {
        (assignment.principal == caller.object_id || caller.groups.contains(&assignment.principal))
            && assignment.scope.covers(target)
            && assignment.role.grants(&action)
    });
    if granted { Ok(()) } else { Err(refusal(vault, caller, &action, target)) }
}

/// The service's text, line ends included. Administrators and scripts search it for the oid and the action.
fn refusal(vault: &Vault, caller: &Caller, action: &str, target: Target<'_>) -> VaultError {
    let place = vault.resource();
    let mut resource = place.id(&vault.host);
    if let Some(name) = target.name {
        resource = format!("{resource}/{}/{name}", target.kind.collection());
    }
    resource.make_ascii_lowercase();
    let app_id = caller.app_id.map(|id| id.to_string()).unwrap_or_default();
    VaultError::forbidden(
        "ForbiddenByRbac",
        format!(
            "Caller is not authorized to perform action on resource.\r\n\
             If role assignments, deny assignments or role definitions were changed recently, please observe propagation time.\r\n\
             Caller: appid={app_id};oid={};iss=https://sts.windows.net/{}/\r\n\
             Action: '{action}'\r\n\
             Resource: '{resource}'\r\n\
             Assignment: (not found)\r\n\
             DenyAssignmentId: null\r\n\
             DecisionReason: 'DeniedWithNoValidRBAC' \r\n\
             Vault: {};location={}\r\n",
            caller.object_id,
            caller.tenant_id,
            vault.name(),
            place.location,
        ),
    )
}
