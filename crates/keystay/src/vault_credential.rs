//! Identities to reach the vault with, chosen by name.

use std::{fmt, str::FromStr, sync::Arc};

use azure_core::{
    credentials::TokenCredential,
    http::{ClientOptions, ExponentialRetryOptions, RetryOptions, Transport},
};
use azure_identity::{
    AzureCliCredential, ManagedIdentityCredential, ManagedIdentityCredentialOptions, UserAssignedId,
    WorkloadIdentityCredential, WorkloadIdentityCredentialOptions,
};

/// Who this program is, towards the vault: one of `azure_identity`'s credentials by name.
///
/// Any other `Arc<dyn TokenCredential>` works with [`Vault`](crate::Vault) as well; this is for configuration files.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum VaultCredential {
    /// The identity Azure gives the host: `managed-identity`, or `managed-identity:{client id}` for a user-assigned one.
    ManagedIdentity {
        /// The client id of a user-assigned identity; the system-assigned one without.
        client_id: Option<String>,
    },
    /// The identity of a Kubernetes service account: `workload-identity`.
    WorkloadIdentity,
    /// The person signed in with `az login`, for development: `azure-cli`.
    #[default]
    AzureCli,
}

impl VaultCredential {
    /// The credential itself. No request is made.
    ///
    /// # Errors
    /// The SDK's, when the environment lacks what this identity needs.
    pub fn connect(&self, transport: &Transport) -> azure_core::Result<Arc<dyn TokenCredential>> {
        // the SDK's default of 8 retries can hold a caller for minutes
        let retry = RetryOptions::exponential(ExponentialRetryOptions {
            max_retries: 2,
            max_total_elapsed: time::Duration::seconds(8),
            ..ExponentialRetryOptions::default()
        });
        let client_options = ClientOptions { transport: Some(transport.clone()), retry, ..ClientOptions::default() };
        Ok(match self {
            Self::ManagedIdentity { client_id } => {
                ManagedIdentityCredential::new(Some(ManagedIdentityCredentialOptions {
                    user_assigned_id: client_id.clone().map(UserAssignedId::ClientId),
                    client_options,
                }))?
            }
            Self::WorkloadIdentity => {
                let mut options = WorkloadIdentityCredentialOptions::default();
                options.credential_options.client_options = client_options;
                WorkloadIdentityCredential::new(Some(options))?
            }
            Self::AzureCli => AzureCliCredential::new(None)?,
        })
    }
}

impl FromStr for VaultCredential {
    type Err = UnknownVaultCredential;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            None if text == "managed-identity" => Ok(Self::ManagedIdentity { client_id: None }),
            Some(("managed-identity", id)) if !id.is_empty() => {
                Ok(Self::ManagedIdentity { client_id: Some(id.to_owned()) })
            }
            None if text == "workload-identity" => Ok(Self::WorkloadIdentity),
            None if text == "azure-cli" => Ok(Self::AzureCli),
            _ => Err(UnknownVaultCredential { given: text.chars().take(60).collect() }),
        }
    }
}

impl fmt::Display for VaultCredential {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ManagedIdentity { client_id: None } => formatter.write_str("managed-identity"),
            Self::ManagedIdentity { client_id: Some(id) } => write!(formatter, "managed-identity:{id}"),
            Self::WorkloadIdentity => formatter.write_str("workload-identity"),
            Self::AzureCli => formatter.write_str("azure-cli"),
        }
    }
}

/// A name that stands for no credential.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "`{given}` is not a vault credential; expected `managed-identity`, `managed-identity:{{client id}}`, `workload-identity` or `azure-cli`"
)]
pub struct UnknownVaultCredential {
    given: String,
}
