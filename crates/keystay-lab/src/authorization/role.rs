//! The roles by name, for tests and stories that hand them out from inside.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::built_in as id;

/// A role that can be assigned on a subscription, a resource group, a vault or one object.
///
/// JSON names it as Azure shows it: `"Key Vault Crypto User"`; short names (`"CryptoUser"`) are read as well, but for
/// `"Reader"`, which is Azure's role of that name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[non_exhaustive]
pub enum Role {
    /// Owner: everything in Resource Manager, assigning roles included; nothing inside a vault.
    Owner,
    /// Contributor: everything in Resource Manager but assigning roles.
    Contributor,
    /// Reader of resources, not to be taken for [`Role::Reader`].
    #[serde(rename = "Reader", alias = "ResourceReader")]
    ResourceReader,
    /// User Access Administrator.
    #[serde(rename = "User Access Administrator", alias = "UserAccessAdministrator")]
    UserAccessAdministrator,
    /// Role Based Access Control Administrator.
    #[serde(rename = "Role Based Access Control Administrator", alias = "RoleBasedAccessControlAdministrator")]
    RoleBasedAccessControlAdministrator,
    /// Key Vault Contributor: manages vaults. Where access policies rule, it can give itself every right inside.
    #[serde(rename = "Key Vault Contributor", alias = "KeyVaultContributor")]
    KeyVaultContributor,
    /// Key Vault Data Access Administrator: assigns the data roles of vaults.
    #[serde(rename = "Key Vault Data Access Administrator", alias = "DataAccessAdministrator")]
    DataAccessAdministrator,
    /// Key Vault Administrator: everything.
    #[serde(rename = "Key Vault Administrator", alias = "Administrator")]
    Administrator,
    /// Key Vault Reader: metadata, no secret values.
    #[serde(rename = "Key Vault Reader")]
    Reader,
    /// Key Vault Certificates Officer.
    #[serde(rename = "Key Vault Certificates Officer", alias = "CertificatesOfficer")]
    CertificatesOfficer,
    /// Key Vault Certificate User: reads secrets as well, hence exportable keys.
    #[serde(rename = "Key Vault Certificate User", alias = "CertificateUser")]
    CertificateUser,
    /// Key Vault Crypto Officer.
    #[serde(rename = "Key Vault Crypto Officer", alias = "CryptoOfficer")]
    CryptoOfficer,
    /// Key Vault Crypto User.
    #[serde(rename = "Key Vault Crypto User", alias = "CryptoUser")]
    CryptoUser,
    /// Key Vault Crypto Service Encryption User.
    #[serde(rename = "Key Vault Crypto Service Encryption User", alias = "CryptoServiceEncryptionUser")]
    CryptoServiceEncryptionUser,
    /// Key Vault Crypto Service Release User.
    #[serde(rename = "Key Vault Crypto Service Release User", alias = "CryptoServiceReleaseUser")]
    CryptoServiceReleaseUser,
    /// Key Vault Secrets Officer.
    #[serde(rename = "Key Vault Secrets Officer", alias = "SecretsOfficer")]
    SecretsOfficer,
    /// Key Vault Secrets User.
    #[serde(rename = "Key Vault Secrets User", alias = "SecretsUser")]
    SecretsUser,
    /// Key Vault Purge Operator.
    #[serde(rename = "Key Vault Purge Operator", alias = "PurgeOperator")]
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
    fn json_names_a_role_as_azure_shows_it_and_reads_its_short_name() {
        for definition in id::all() {
            let role: Role = serde_json::from_value(definition.name.clone().into()).unwrap();
            assert_eq!(role.built_in_id(), Some(definition.id), "{}", definition.name);
            assert_eq!(serde_json::to_value(&role).unwrap(), *definition.name);
        }
        let read = |name: &str| serde_json::from_value::<Role>(name.into()).unwrap();
        assert_eq!(read("CryptoUser"), Role::CryptoUser);
        assert_eq!(read("Reader"), Role::ResourceReader);
        assert!(serde_json::from_value::<Role>("Harbour Master".into()).is_err());
    }

    #[test]
    fn roles_have_azures_names_and_ids() {
        assert_eq!(Role::CertificateUser.name(), "Key Vault Certificate User");
        assert_eq!(Role::Owner.built_in_id().unwrap().to_string(), "8e3af657-a8ff-443c-a75c-2fe8c4bcb635");
        let own = Role::Custom { name: "Signer".into(), data_actions: Vec::new() };
        assert_eq!((own.name(), own.built_in_id()), ("Signer", None));
    }
}
