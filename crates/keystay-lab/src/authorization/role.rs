//! The roles by name, for tests and stories that hand them out from inside.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::built_in as id;

/// A role that can be assigned on a subscription, a resource group, a vault or one object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[non_exhaustive]
pub enum Role {
    /// Owner: everything in Resource Manager, assigning roles included; nothing inside a vault.
    Owner,
    /// Contributor: everything in Resource Manager but assigning roles.
    Contributor,
    /// Reader of resources, not to be taken for [`Role::Reader`].
    ResourceReader,
    /// User Access Administrator.
    UserAccessAdministrator,
    /// Role Based Access Control Administrator.
    RoleBasedAccessControlAdministrator,
    /// Key Vault Contributor: manages vaults. Where access policies rule, it can give itself every right inside.
    KeyVaultContributor,
    /// Key Vault Data Access Administrator: assigns the data roles of vaults.
    DataAccessAdministrator,
    /// Key Vault Administrator: everything.
    Administrator,
    /// Key Vault Reader: metadata, no secret values.
    Reader,
    /// Key Vault Certificates Officer.
    CertificatesOfficer,
    /// Key Vault Certificate User: reads secrets as well, hence exportable keys.
    CertificateUser,
    /// Key Vault Crypto Officer.
    CryptoOfficer,
    /// Key Vault Crypto User.
    CryptoUser,
    /// Key Vault Crypto Service Encryption User.
    CryptoServiceEncryptionUser,
    /// Key Vault Crypto Service Release User.
    CryptoServiceReleaseUser,
    /// Key Vault Secrets Officer.
    SecretsOfficer,
    /// Key Vault Secrets User.
    SecretsUser,
    /// Key Vault Purge Operator.
    PurgeOperator,
    /// A custom role.
    Custom {
        /// Its display name.
        name: String,
        /// Its data actions in full, for example `Microsoft.KeyVault/vaults/keys/sign/action`; `*` stands for any characters.
        data_actions: Vec<String>,
    },
}

impl Role {
    /// The display name, as Azure shows it.
    pub fn name(&self) -> &str {
        match self {
            Self::Custom { name, .. } => name,
            known => known.built_in_id().and_then(id::built_in).map_or("", |definition| definition.name.as_str()),
        }
    }

    /// The id of the role's definition; `None` for a custom role, whose id is made when it is first assigned.
    pub fn built_in_id(&self) -> Option<Uuid> {
        Some(match self {
            Self::Owner => id::OWNER,
            Self::Contributor => id::CONTRIBUTOR,
            Self::ResourceReader => id::READER,
            Self::UserAccessAdministrator => id::USER_ACCESS_ADMINISTRATOR,
            Self::RoleBasedAccessControlAdministrator => id::ROLE_BASED_ACCESS_CONTROL_ADMINISTRATOR,
            Self::KeyVaultContributor => id::KEY_VAULT_CONTRIBUTOR,
            Self::DataAccessAdministrator => id::DATA_ACCESS_ADMINISTRATOR,
            Self::Administrator => id::ADMINISTRATOR,
            Self::Reader => id::KEY_VAULT_READER,
            Self::CertificatesOfficer => id::CERTIFICATES_OFFICER,
            Self::CertificateUser => id::CERTIFICATE_USER,
            Self::CryptoOfficer => id::CRYPTO_OFFICER,
            Self::CryptoUser => id::CRYPTO_USER,
            Self::CryptoServiceEncryptionUser => id::CRYPTO_SERVICE_ENCRYPTION_USER,
            Self::CryptoServiceReleaseUser => id::CRYPTO_SERVICE_RELEASE_USER,
            Self::SecretsOfficer => id::SECRETS_OFFICER,
            Self::SecretsUser => id::SECRETS_USER,
            Self::PurgeOperator => id::PURGE_OPERATOR,
            Self::Custom { .. } => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_have_azures_names_and_ids() {
        assert_eq!(Role::CertificateUser.name(), "Key Vault Certificate User");
        assert_eq!(Role::Owner.built_in_id().unwrap().to_string(), "8e3af657-a8ff-443c-a75c-2fe8c4bcb635");
        let own = Role::Custom { name: "Signer".into(), data_actions: Vec::new() };
        assert_eq!((own.name(), own.built_in_id()), ("Signer", None));
    }
}
