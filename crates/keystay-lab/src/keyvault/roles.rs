//! Azure's built-in roles for Key Vault's data plane, and roles of one's own.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A role that can be assigned on a vault or on one object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum Role {
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
            built_in => built_in.definition().0,
        }
    }

    /// Whether the role grants a data action.
    pub(crate) fn grants(&self, action: &str) -> bool {
        match self {
            Self::Custom { data_actions, .. } => data_actions.iter().any(|granted| matches(granted, action)),
            built_in => {
                let relative = action.strip_prefix(VAULTS).unwrap_or(action);
                built_in.definition().1.iter().any(|granted| matches(granted, relative))
            }
        }
    }

    /// Display name and data actions below `Microsoft.KeyVault/vaults/`.
    fn definition(&self) -> (&'static str, &'static [&'static str]) {
        match self {
            Self::Administrator => ("Key Vault Administrator", &["*"]),
            Self::Reader => ("Key Vault Reader", &["*/read", "secrets/readMetadata/action"]),
            Self::CertificatesOfficer => {
                ("Key Vault Certificates Officer", &["certificatecas/*", "certificates/*", "certificatecontacts/write"])
            }
            Self::CertificateUser => (
                "Key Vault Certificate User",
                &["certificates/read", "secrets/getSecret/action", "secrets/readMetadata/action", "keys/read"],
            ),
            Self::CryptoOfficer => ("Key Vault Crypto Officer", &["keys/*", "keyrotationpolicies/*"]),
            Self::CryptoUser => (
                "Key Vault Crypto User",
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
            Self::CryptoServiceEncryptionUser => {
                ("Key Vault Crypto Service Encryption User", &["keys/read", "keys/wrap/action", "keys/unwrap/action"])
            }
            Self::SecretsOfficer => ("Key Vault Secrets Officer", &["secrets/*"]),
            Self::SecretsUser => {
                ("Key Vault Secrets User", &["secrets/getSecret/action", "secrets/readMetadata/action"])
            }
            Self::PurgeOperator => (
                "Key Vault Purge Operator",
                &["keys/purge/action", "certificates/purge/action", "secrets/purge/action"],
            ),
            Self::Custom { .. } => ("", &[]),
        }
    }
}

/// Whether a granted action covers a wanted one. Azure compares without regard to case; `*` takes any characters.
fn matches(granted: &str, wanted: &str) -> bool {
    fits(&granted.to_ascii_lowercase(), &wanted.to_ascii_lowercase())
}

fn fits(pattern: &str, text: &str) -> bool {
    let Some((prefix, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    text.strip_prefix(prefix)
        .is_some_and(|left| left.char_indices().map(|(at, _)| &left[at..]).chain([""]).any(|tail| fits(rest, tail)))
}

/// The prefix of every data action of a vault.
pub(super) const VAULTS: &str = "Microsoft.KeyVault/vaults/";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_covers_any_characters_and_case_does_not_matter() {
        assert!(matches("Microsoft.KeyVault/vaults/keys/*", "microsoft.keyvault/vaults/keys/sign/action"));
        assert!(matches("*/read", "certificates/read"));
        assert!(!matches("*/read", "secrets/readMetadata/action"));
        assert!(!matches("keys/read", "keys/sign/action"));
    }

    #[test]
    fn a_certificate_user_reads_secrets_but_cannot_sign() {
        assert!(Role::CertificateUser.grants("Microsoft.KeyVault/vaults/secrets/getSecret/action"));
        assert!(!Role::CertificateUser.grants("Microsoft.KeyVault/vaults/keys/sign/action"));
    }
}
