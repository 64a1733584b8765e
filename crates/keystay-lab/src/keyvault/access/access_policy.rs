//! Access policies: the older way to say who may do what in a vault.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{bearer::Caller, keyvault::objects::ObjectKind};

/// What one principal may do, on all objects of a kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccessPolicy {
    /// The vault's tenant.
    pub tenant_id: Uuid,
    /// A user, service principal or group.
    pub object_id: Uuid,
    /// Where set, holds only for tokens this application got on behalf of the user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application_id: Option<Uuid>,
    /// What is allowed.
    pub permissions: Permissions,
}

/// Names of operations by kind of object, for example `sign`; `all` means every one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Permissions {
    /// On keys.
    pub keys: Vec<String>,
    /// On secrets.
    pub secrets: Vec<String>,
    /// On certificates.
    pub certificates: Vec<String>,
    /// On storage accounts; kept and shown, nothing of the lab uses them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub storage: Vec<String>,
}

impl AccessPolicy {
    /// Whether the policy is the caller's, by name or by a group, and holds a permission such as `sign`.
    pub(super) fn grants(&self, caller: &Caller, kind: ObjectKind, permission: &str) -> bool {
        let held = match kind {
            ObjectKind::Key => &self.permissions.keys,
            ObjectKind::Secret => &self.permissions.secrets,
            ObjectKind::Certificate => &self.permissions.certificates,
        };
        (self.object_id == caller.object_id || caller.groups.contains(&self.object_id))
            && self.application_id.is_none_or(|app| caller.app_id == Some(app))
            && held.iter().any(|name| name.eq_ignore_ascii_case("all") || name.eq_ignore_ascii_case(permission))
    }
}
