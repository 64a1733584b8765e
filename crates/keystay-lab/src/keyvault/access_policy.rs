//! Access policies: the older way to say who may do what in a vault.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

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
