//! Azure's own roles, as far as they have to do with vaults. A flat table.
//!
//! Ids and actions: learn.microsoft.com/azure/role-based-access-control/built-in-roles and key-vault/general/rbac-guide.

use std::{collections::BTreeMap, sync::LazyLock};

use uuid::{Uuid, uuid};

use super::{
    definition::{Permission, RoleDefinition, RoleType},
    scope::ResourceScope,
};

/// The built-in role of this id.
pub(super) fn built_in(id: Uuid) -> Option<&'static RoleDefinition> {
    BUILT_IN.get(&id)
}

/// All built-in roles the lab knows.
pub(super) fn all() -> impl Iterator<Item = &'static RoleDefinition> {
    BUILT_IN.values()
}

pub(super) const OWNER: Uuid = uuid!("8e3af657-a8ff-443c-a75c-2fe8c4bcb635");
pub(super) const CONTRIBUTOR: Uuid = uuid!("b24988ac-6180-42a0-ab88-20f7382dd24c");
pub(super) const READER: Uuid = uuid!("acdd72a7-3385-48ef-bd42-f606fba81ae7");
pub(super) const USER_ACCESS_ADMINISTRATOR: Uuid = uuid!("18d7d88d-d35e-4fb5-a5c3-7773c20a72d9");
pub(super) const ROLE_BASED_ACCESS_CONTROL_ADMINISTRATOR: Uuid = uuid!("f58310d9-a9f6-439a-9e8d-f62e7b41a168");
pub(super) const KEY_VAULT_CONTRIBUTOR: Uuid = uuid!("f25e0fa2-a7c8-4377-a976-54943a77a395");
pub(super) const DATA_ACCESS_ADMINISTRATOR: Uuid = uuid!("8b54135c-b56d-4d72-a534-26097cfdc8d8");
pub(super) const ADMINISTRATOR: Uuid = uuid!("00482a5a-887f-4fb3-b363-3b7fe8e74483");
pub(super) const KEY_VAULT_READER: Uuid = uuid!("21090545-7ca7-4776-b22c-e363652d74d2");
pub(super) const CERTIFICATES_OFFICER: Uuid = uuid!("a4417e6f-fecd-4de8-b567-7b0420556985");
pub(super) const CERTIFICATE_USER: Uuid = uuid!("db79e9a7-68ee-4b58-9aeb-b90e7c24fcba");
pub(super) const CRYPTO_OFFICER: Uuid = uuid!("14b46e9e-c2b7-41b4-b07b-48a6ebf60603");
pub(super) const CRYPTO_USER: Uuid = uuid!("12338af0-0e69-4776-bea7-57ae8d297424");
pub(super) const CRYPTO_SERVICE_ENCRYPTION_USER: Uuid = uuid!("e147488a-f6f5-4113-8e2d-b22465e65bf6");
pub(super) const CRYPTO_SERVICE_RELEASE_USER: Uuid = uuid!("08bbd89e-9f13-488c-ac41-acfcb10c90ab");
pub(super) const SECRETS_OFFICER: Uuid = uuid!("b86a8fe4-44ce-4948-aee5-eccb2c155cd7");
pub(super) const SECRETS_USER: Uuid = uuid!("4633458b-17de-408a-b874-0445c86b69e6");
pub(super) const PURGE_OPERATOR: Uuid = uuid!("a68e7c17-0ab2-4c09-9a58-125dae29748c");

/// Id, name, description, actions, exceptions, data actions below `Microsoft.KeyVault/vaults/`.
type Row =
    (Uuid, &'static str, &'static str, &'static [&'static str], &'static [&'static str], &'static [&'static str]);

const TABLE: &[Row] = &[
    (OWNER, "Owner", "Full access to all resources, assigning roles included.", &["*"], &[], &[]),
    (
        CONTRIBUTOR,
        "Contributor",
        "Full access to all resources, but not to who else has access.",
        &["*"],
        &[
            "Microsoft.Authorization/*/Delete",
            "Microsoft.Authorization/*/Write",
            "Microsoft.Authorization/elevateAccess/Action",
        ],
        &[],
    ),
    (READER, "Reader", "Sees all resources and changes none.", &["*/read"], &[], &[]),
    (
        USER_ACCESS_ADMINISTRATOR,
        "User Access Administrator",
        "Decides who has access to resources.",
        &["*/read", "Microsoft.Authorization/*", "Microsoft.Support/*"],
        &[],
        &[],
    ),
    (
        ROLE_BASED_ACCESS_CONTROL_ADMINISTRATOR,
        "Role Based Access Control Administrator",
        "Decides who has access to resources by assigning roles.",
        &[
            "Microsoft.Authorization/roleAssignments/write",
            "Microsoft.Authorization/roleAssignments/delete",
            "*/read",
            "Microsoft.Support/*",
        ],
        &[],
        &[],
    ),
    (
        KEY_VAULT_CONTRIBUTOR,
        "Key Vault Contributor",
        "Manages vaults; assigns no roles and reads no keys, secrets or certificates.",
        &[
            "Microsoft.Authorization/*/read",
            "Microsoft.Insights/alertRules/*",
            "Microsoft.KeyVault/*",
            "Microsoft.ResourceHealth/availabilityStatuses/read",
            "Microsoft.Resources/deployments/*",
            "Microsoft.Resources/subscriptions/resourceGroups/read",
            "Microsoft.Support/*",
        ],
        &[
            "Microsoft.KeyVault/locations/deletedVaults/purge/action",
            "Microsoft.KeyVault/hsmPools/*",
            "Microsoft.KeyVault/managedHsms/*",
        ],
        &[],
    ),
    (
        DATA_ACCESS_ADMINISTRATOR,
        "Key Vault Data Access Administrator",
        "Assigns and removes the data roles of vaults, and no others.",
        &[
            "Microsoft.Authorization/roleAssignments/write",
            "Microsoft.Authorization/roleAssignments/delete",
            "Microsoft.Authorization/*/read",
            "Microsoft.Resources/deployments/*",
            "Microsoft.Resources/subscriptions/resourceGroups/read",
            "Microsoft.Resources/subscriptions/read",
            "Microsoft.Management/managementGroups/read",
            "Microsoft.Support/*",
            "Microsoft.KeyVault/vaults/*/read",
        ],
        &[],
        &[],
    ),
    (ADMINISTRATOR, "Key Vault Administrator", "Every operation on the objects of a vault.", MANAGE, &[], &["*"]),
    (
        KEY_VAULT_READER,
        "Key Vault Reader",
        "Reads the metadata of objects, but no secret values.",
        MANAGE,
        &[],
        &["*/read", "secrets/readMetadata/action"],
    ),
    (
        CERTIFICATES_OFFICER,
        "Key Vault Certificates Officer",
        "Every operation on certificates.",
        MANAGE,
        &[],
        &["certificatecas/*", "certificates/*", "certificatecontacts/write"],
    ),
    (
        CERTIFICATE_USER,
        "Key Vault Certificate User",
        "Reads whole certificates, with the secret that holds an exportable key.",
        &[],
        &[],
        &["certificates/read", "secrets/getSecret/action", "secrets/readMetadata/action", "keys/read"],
    ),
    (
        CRYPTO_OFFICER,
        "Key Vault Crypto Officer",
        "Every operation on keys.",
        MANAGE,
        &[],
        &["keys/*", "keyrotationpolicies/*"],
    ),
    (
        CRYPTO_USER,
        "Key Vault Crypto User",
        "Uses keys.",
        &[],
        &[],
        &[
            "keys/read",
            "keys/update/action",
            "keys/backup/action",
            "keys/encrypt/action",
            "keys/decrypt/action",
            "keys/wrap/action",
            "keys/unwrap/action",
            "keys/sign/action",
            "keys/verify/action",
        ],
    ),
    (
        CRYPTO_SERVICE_ENCRYPTION_USER,
        "Key Vault Crypto Service Encryption User",
        "Reads the metadata of keys, wraps and unwraps with them.",
        &[
            "Microsoft.EventGrid/eventSubscriptions/write",
            "Microsoft.EventGrid/eventSubscriptions/read",
            "Microsoft.EventGrid/eventSubscriptions/delete",
        ],
        &[],
        &["keys/read", "keys/wrap/action", "keys/unwrap/action"],
    ),
    (
        CRYPTO_SERVICE_RELEASE_USER,
        "Key Vault Crypto Service Release User",
        "Releases keys.",
        &[],
        &[],
        &["keys/release/action"],
    ),
    (SECRETS_OFFICER, "Key Vault Secrets Officer", "Every operation on secrets.", MANAGE, &[], &["secrets/*"]),
    (
        SECRETS_USER,
        "Key Vault Secrets User",
        "Reads secrets, with their values.",
        &[],
        &[],
        &["secrets/getSecret/action", "secrets/readMetadata/action"],
    ),
    (
        PURGE_OPERATOR,
        "Key Vault Purge Operator",
        "Purges what was deleted.",
        &[
            "Microsoft.KeyVault/locations/deletedVaults/read",
            "Microsoft.KeyVault/locations/deletedVaults/purge/action",
            "Microsoft.KeyVault/locations/operationResults/read",
            "Microsoft.KeyVault/deletedVaults/read",
        ],
        &[],
        &["keys/purge/action", "certificates/purge/action", "secrets/purge/action"],
    ),
];

/// What the data roles allow in Resource Manager, so that their holders can find their vaults.
const MANAGE: &[&str] = &[
    "Microsoft.Authorization/*/read",
    "Microsoft.Insights/alertRules/*",
    "Microsoft.Resources/deployments/*",
    "Microsoft.Resources/subscriptions/resourceGroups/read",
    "Microsoft.Support/*",
    "Microsoft.KeyVault/checkNameAvailability/read",
    "Microsoft.KeyVault/deletedVaults/read",
    "Microsoft.KeyVault/locations/*/read",
    "Microsoft.KeyVault/vaults/*/read",
    "Microsoft.KeyVault/operations/read",
];

/// The roles a Data Access Administrator may assign. Certificate User is not among them.
const DATA_ROLES: &[Uuid] = &[
    ADMINISTRATOR,
    CERTIFICATES_OFFICER,
    CRYPTO_OFFICER,
    CRYPTO_SERVICE_ENCRYPTION_USER,
    CRYPTO_USER,
    KEY_VAULT_READER,
    SECRETS_OFFICER,
    SECRETS_USER,
];

static BUILT_IN: LazyLock<BTreeMap<Uuid, RoleDefinition>> =
    LazyLock::new(|| TABLE.iter().map(|row| (row.0, definition(row))).collect());

fn definition(&(id, name, description, actions, not_actions, data_actions): &Row) -> RoleDefinition {
    let owned = |list: &[&str]| list.iter().map(ToString::to_string).collect();
    let below_vaults = data_actions.iter().map(|action| format!("Microsoft.KeyVault/vaults/{action}")).collect();
    RoleDefinition {
        id,
        name: name.to_owned(),
        description: description.to_owned(),
        kind: RoleType::BuiltInRole,
        permissions: vec![Permission {
            actions: owned(actions),
            not_actions: owned(not_actions),
            data_actions: below_vaults,
            not_data_actions: Vec::new(),
        }],
        assignable_scopes: vec![ResourceScope::new("/")],
        created: RELEASED,
        updated: RELEASED,
        changed_by: None,
        delegates_only: (id == DATA_ACCESS_ADMINISTRATOR).then(|| DATA_ROLES.to_vec()),
    }
}

/// 2020-05-19: about when the data roles came out. The real moments differ by role.
const RELEASED: i64 = 1_589_846_400;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authorization::Plane;

    #[test]
    fn a_certificate_user_reads_secrets_but_cannot_sign() {
        let role = built_in(CERTIFICATE_USER).unwrap();
        assert!(role.grants(Plane::Data, "Microsoft.KeyVault/vaults/secrets/getSecret/action"));
        assert!(!role.grants(Plane::Data, "Microsoft.KeyVault/vaults/keys/sign/action"));
    }

    #[test]
    fn a_contributor_changes_vaults_but_not_who_may_use_them() {
        let role = built_in(CONTRIBUTOR).unwrap();
        assert!(role.grants(Plane::Control, "Microsoft.KeyVault/vaults/write"));
        assert!(!role.grants(Plane::Control, "Microsoft.Authorization/roleAssignments/write"));
        assert!(!role.grants(Plane::Data, "Microsoft.KeyVault/vaults/keys/read"));
    }

    #[test]
    fn every_role_has_an_id_of_its_own() {
        assert_eq!(all().count(), TABLE.len());
    }
}
