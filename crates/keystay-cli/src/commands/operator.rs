//! Whoever changes things: somebody else than the identity that signs.

use std::sync::Arc;

use keystay::{TokenCredential, Transport, VaultCredential, VaultUrl};
use keystay_broker::{IdentitySettings, Surroundings};
use keystay_lifecycle::{CallError, Remote, vault::SigningCertificate};

use crate::diagnostics::Failure;

/// The operator, towards Graph, Resource Manager and the vault. Nobody was asked yet.
pub(super) struct Operator {
    settings: IdentitySettings,
    around: Surroundings,
    credential: Arc<dyn TokenCredential>,
}

impl Operator {
    /// In the name of `name`, or of whom the settings name for the vault.
    pub(super) fn connect(settings: &IdentitySettings, name: Option<&VaultCredential>) -> Result<Self, Failure> {
        let mut settings = settings.clone();
        if let Some(name) = name {
            settings.vault_credential = name.clone();
        }
        let around = Surroundings { transport: Transport::default(), ..Surroundings::default() };
        let credential = settings.vault_credential.connect(&around.transport).map_err(|error| {
            Failure::usage(format_args!("the identity `{}` is not available here", settings.vault_credential))
                .cause(error)
        })?;
        Ok(Self { settings, around, credential })
    }

    /// A certificate in a vault.
    pub(super) fn certificate(&self, vault: &VaultUrl, name: &str) -> Result<SigningCertificate, Failure> {
        Ok(SigningCertificate::new(self.settings.vault(vault, &self.around)?, name)?)
    }

    /// How Graph and Resource Manager are asked.
    pub(super) fn remote(&self) -> Remote {
        Remote::new(self.around.transport.clone(), self.credential.clone())
    }
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        let hint = error.hint();
        Self::failed(error).hint(hint)
    }
}
