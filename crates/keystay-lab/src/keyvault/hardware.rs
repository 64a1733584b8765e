//! Which vaults have an HSM.

use super::{error::VaultError, key_spec::KeyType, properties::SkuName, vaults::Vault};

impl Vault {
    /// Refuses the HSM key types in a standard vault, in the service's words. Not documented: that the status is 400.
    pub(super) fn check_holds(&self, kty: KeyType) -> Result<(), VaultError> {
        let standard = !self.is_managed_hsm() && self.resource().properties.sku.name == SkuName::Standard;
        if kty.is_hsm() && standard {
            return Err(VaultError::bad_parameter("Hardware key operation not allowed on standard vault"));
        }
        Ok(())
    }
}
