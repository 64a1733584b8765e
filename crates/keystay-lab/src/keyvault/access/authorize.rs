//! Who may do what in a vault: its roles, or its access policies, whichever the vault goes by.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    authorization::{Plane, ResourceScope},
    bearer::Caller,
    keyvault::{
        objects::ObjectKind,
        vault::VaultResource,
        wire::{Call, VaultError},
    },
};

/// What a role is assigned on, seen from a vault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[non_exhaustive]
pub enum Scope {
    /// The subscription the vault is in, with everything in it.
    Subscription,
    /// The resource group the vault is in, with everything in it.
    ResourceGroup,
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
    /// The place this means at a vault.
    pub(crate) fn resolve(&self, vault: &VaultResource, host: &str) -> ResourceScope {
        let subscription = format!("/subscriptions/{}", vault.subscription);
        let object = |kind: ObjectKind, name| format!("{}/{}/{name}", vault.id(host), kind.collection());
        ResourceScope::new(&match self {
            Self::Subscription => subscription,
            Self::ResourceGroup => format!("{subscription}/resourceGroups/{}", vault.resource_group),
            Self::Vault => vault.id(host),
            Self::Key(name) => object(ObjectKind::Key, name),
            Self::Certificate(name) => object(ObjectKind::Certificate, name),
            Self::Secret(name) => object(ObjectKind::Secret, name),
        })
    }
}

/// What a call is about: one object, or, without a name, the whole collection.
#[derive(Clone, Copy, Debug)]
pub(in crate::keyvault) struct Target<'a> {
    pub(in crate::keyvault) kind: ObjectKind,
    pub(in crate::keyvault) name: Option<&'a str>,
}

/// Checks a data action such as `keys/sign/action`.
pub(in crate::keyvault) fn authorize(call: &Call, action: &str, target: Target<'_>) -> Result<(), VaultError> {
    if call.resource.properties.uses_roles() { by_role(call, action, target) } else { by_policy(call) }
}

fn by_role(call: &Call, action: &str, target: Target<'_>) -> Result<(), VaultError> {
    let action = format!("{VAULTS}{action}");
    let mut place = call.resource.id(&call.vault.host);
    if let Some(name) = target.name {
        place = format!("{place}/{}/{name}", target.kind.collection());
    }
    let place = ResourceScope::new(&place);
    if call.authorization.allows(&call.caller, Plane::Data, &action, &place) {
        return Ok(());
    }
    // The service's text, line ends included. Administrators and scripts search it for the oid and the action.
    Err(VaultError::forbidden(
        "ForbiddenByRbac",
        format!(
            "Caller is not authorized to perform action on resource.\r\n\
             If role assignments, deny assignments or role definitions were changed recently, please observe propagation time.\r\n\
             Caller: {}\r\n\
             Action: '{action}'\r\n\
             Resource: '{}'\r\n\
             Assignment: (not found)\r\n\
             DenyAssignmentId: null\r\n\
             DecisionReason: 'DeniedWithNoValidRBAC' \r\n\
             Vault: {}\r\n",
            described(&call.caller),
            place.path().to_ascii_lowercase(),
            call.resource.described(&call.vault.host),
        ),
    ))
}

fn by_policy(call: &Call) -> Result<(), VaultError> {
    let (kind, permission) =
        call.operation.map_or((ObjectKind::Key, ""), |operation| (operation.kind, operation.permission));
    if call.resource.properties.access_policies.iter().any(|policy| policy.grants(&call.caller, kind, permission)) {
        return Ok(());
    }
    Err(VaultError::forbidden(
        "AccessDenied",
        format!(
            "The user, group or application '{}' does not have {} {permission} permission on key vault '{}'. For help resolving \
             this issue, please see https://go.microsoft.com/fwlink/?linkid=2125287",
            described(&call.caller),
            kind.collection(),
            call.resource.described(&call.vault.host),
        ),
    ))
}

/// A caller as the service's messages name it.
pub(in crate::keyvault) fn described(caller: &Caller) -> String {
    let Caller { app_id, object_id, tenant_id, .. } = caller;
    let app_id = app_id.map(|id| id.to_string()).unwrap_or_default();
    format!("appid={app_id};oid={object_id};iss=https://sts.windows.net/{tenant_id}/")
}

/// The prefix of every data action of a vault.
const VAULTS: &str = "Microsoft.KeyVault/vaults/";
