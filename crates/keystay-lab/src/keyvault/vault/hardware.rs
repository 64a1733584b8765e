//! Which vaults have an HSM.

use super::{properties::SkuName, vaults::Vault};
use crate::keyvault::{crypto::KeyType, wire::VaultError};

impl Vault {
    /// Refuses the HSM key types in a standard vault, in the service's words. Not documented: that the status is 400.
    pub(in crate::keyvault) fn check_holds(&self, kty: KeyType) -> Result<(), VaultError> {
        let standard = !self.is_managed_hsm() && self.resource().properties.sku.name == SkuName::Standard;
        if kty.is_hsm() && standard {
            return Err(VaultError::bad_parameter("Hardware key operation not allowed on standard vault"));
        }
        Ok(())
    }
}
