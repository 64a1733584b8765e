//! Azure's own roles that have a power over a key or a host, and those that are most often assigned without one. A flat
//! table: <https://learn.microsoft.com/azure/role-based-access-control/built-in-roles>
//!
//! Only what decides about a [`Power`](super::Power) is listed. Roles that are not here come from the document of role
//! definitions; where that lacks them too, what their holders can do is unknown.

pub(super) struct BuiltIn {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) actions: &'static [&'static str],
    pub(super) not_actions: &'static [&'static str],
    pub(super) data_actions: &'static [&'static str],
}

/// Roles whose holders can give themselves, or anybody, any role: named in advice.
pub(crate) const CONTROL_ROLES: &[&str] =
    &["Owner", "User Access Administrator", "Role Based Access Control Administrator"];

const fn control(id: &'static str, name: &'static str, actions: &'static [&'static str]) -> BuiltIn {
    BuiltIn { id, name, actions, not_actions: &[], data_actions: &[] }
}

const fn data(id: &'static str, name: &'static str, data_actions: &'static [&'static str]) -> BuiltIn {
    BuiltIn { id, name, actions: &["Microsoft.KeyVault/vaults/*/read"], not_actions: &[], data_actions }
}

pub(super) const ALL: &[BuiltIn] = &[
    control("8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "Owner", &["*"]),
    BuiltIn {
        id: "b24988ac-6180-42a0-ab88-20f7382dd24c",
        name: "Contributor",
        actions: &["*"],
        not_actions: &[
            "Microsoft.Authorization/*/Delete",
            "Microsoft.Authorization/*/Write",
            "Microsoft.Authorization/elevateAccess/Action",
        ],
        data_actions: &[],
    },
    control("acdd72a7-3385-48ef-bd42-f606fba81ae7", "Reader", &["*/read"]),
    control(
        "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
        "User Access Administrator",
        &["*/read", "Microsoft.Authorization/*", "Microsoft.Support/*"],
    ),
    control(
        "f58310d9-a9f6-439a-9e8d-f62e7b41a168",
        "Role Based Access Control Administrator",
        &[
            "Microsoft.Authorization/roleAssignments/write",
            "Microsoft.Authorization/roleAssignments/delete",
            "*/read",
            "Microsoft.Support/*",
        ],
    ),
    control("f25e0fa2-a7c8-4377-a976-54943a77a395", "Key Vault Contributor", &["Microsoft.KeyVault/*"]),
    control(
        "8b54135c-b56d-4d72-a534-26097cfdc8d8",
        "Key Vault Data Access Administrator",
        &["Microsoft.Authorization/roleAssignments/write", "Microsoft.Authorization/roleAssignments/delete"],
    ),
    data("00482a5a-887f-4fb3-b363-3b7fe8e74483", "Key Vault Administrator", &["Microsoft.KeyVault/vaults/*"]),
    data(
        "21090545-7ca7-4776-b22c-e363652d74d2",
        "Key Vault Reader",
        &["Microsoft.KeyVault/vaults/*/read", "Microsoft.KeyVault/vaults/secrets/readMetadata/action"],
    ),
    data(
        "a4417e6f-fecd-4de8-b567-7b0420556985",
        "Key Vault Certificates Officer",
        &[
            "Microsoft.KeyVault/vaults/certificatecas/*",
            "Microsoft.KeyVault/vaults/certificates/*",
            "Microsoft.KeyVault/vaults/certificatecontacts/write",
        ],
    ),
    data(
        "db79e9a7-68ee-4b58-9aeb-b90e7c24fcba",
        "Key Vault Certificate User",
        &[
            "Microsoft.KeyVault/vaults/certificates/read",
            "Microsoft.KeyVault/vaults/secrets/getSecret/action",
            "Microsoft.KeyVault/vaults/secrets/readMetadata/action",
            "Microsoft.KeyVault/vaults/keys/read",
        ],
    ),
    data(
        "14b46e9e-c2b7-41b4-b07b-48a6ebf60603",
        "Key Vault Crypto Officer",
        &["Microsoft.KeyVault/vaults/keys/*", "Microsoft.KeyVault/vaults/keyrotationpolicies/*"],
    ),
    data(
        "12338af0-0e69-4776-bea7-57ae8d297424",
        "Key Vault Crypto User",
        &[
            "Microsoft.KeyVault/vaults/keys/read",
            "Microsoft.KeyVault/vaults/keys/update/action",
            "Microsoft.KeyVault/vaults/keys/backup/action",
            "Microsoft.KeyVault/vaults/keys/encrypt/action",
            "Microsoft.KeyVault/vaults/keys/decrypt/action",
            "Microsoft.KeyVault/vaults/keys/wrap/action",
            "Microsoft.KeyVault/vaults/keys/unwrap/action",
            "Microsoft.KeyVault/vaults/keys/sign/action",
            "Microsoft.KeyVault/vaults/keys/verify/action",
        ],
    ),
    data(
        "e147488a-f6f5-4113-8e2d-b22465e65bf6",
        "Key Vault Crypto Service Encryption User",
        &[
            "Microsoft.KeyVault/vaults/keys/read",
            "Microsoft.KeyVault/vaults/keys/wrap/action",
            "Microsoft.KeyVault/vaults/keys/unwrap/action",
        ],
    ),
    data(
        "08bbd89e-9f13-488c-ac41-acfcb10c90ab",
        "Key Vault Crypto Service Release User",
        &["Microsoft.KeyVault/vaults/keys/release/action"],
    ),
    data("b86a8fe4-44ce-4948-aee5-eccb2c155cd7", "Key Vault Secrets Officer", &["Microsoft.KeyVault/vaults/secrets/*"]),
    data(
        "4633458b-17de-408a-b874-0445c86b69e6",
        "Key Vault Secrets User",
        &[
            "Microsoft.KeyVault/vaults/secrets/getSecret/action",
            "Microsoft.KeyVault/vaults/secrets/readMetadata/action",
        ],
    ),
    data(
        "a68e7c17-0ab2-4c09-9a58-125dae29748c",
        "Key Vault Purge Operator",
        &["Microsoft.KeyVault/vaults/keys/purge/action"],
    ),
    control("de139f84-1756-47ae-9be6-808fbbe84772", "Website Contributor", &["Microsoft.Web/sites/*"]),
    control(
        "9980e02c-c2be-4d73-94e8-173b1dc7cf3c",
        "Virtual Machine Contributor",
        &["Microsoft.Compute/virtualMachines/*"],
    ),
    control(
        "f1a07417-d97a-45cb-824c-7a7467783830",
        "Managed Identity Operator",
        &[
            "Microsoft.ManagedIdentity/userAssignedIdentities/*/read",
            "Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action",
            "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action",
        ],
    ),
    control(
        "e40ec5ca-96e0-45a2-b4ff-59039f2c2b59",
        "Managed Identity Contributor",
        &[
            "Microsoft.ManagedIdentity/userAssignedIdentities/read",
            "Microsoft.ManagedIdentity/userAssignedIdentities/write",
            "Microsoft.ManagedIdentity/userAssignedIdentities/delete",
            "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/*",
        ],
    ),
    control("43d0d8ad-25c7-4714-9337-8ba259a9fe05", "Monitoring Reader", &["*/read"]),
    control("73c42c96-874c-492b-b04d-ab87d138a893", "Log Analytics Reader", &["*/read"]),
    control("39bc4728-0917-49c7-9d2c-d95423bc2eb4", "Security Reader", &["Microsoft.Authorization/*/read"]),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_role_has_an_id_of_its_own_in_lower_case() {
        let ids: BTreeSet<_> = ALL.iter().map(|role| role.id).collect();
        assert_eq!(ids.len(), ALL.len());
        assert!(ALL.iter().all(|role| role.id.len() == 36 && role.id == role.id.to_ascii_lowercase()));
    }
}
