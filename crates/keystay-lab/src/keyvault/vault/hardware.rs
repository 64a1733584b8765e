//! Which keys a vault can hold: by its tier, and in an HSM of one's own.

use super::{properties::SkuName, vaults::Vault};
use crate::keyvault::{crypto::KeyType, wire::VaultError};

impl Vault {
    /// Refuses the HSM key types in a standard vault, in the service's words; and the others in a managed HSM, which has none
    /// ("About keys" of Managed HSM). Not documented: that the first status is 400; how an HSM words it, for which a vault's
    /// words for a type it does not know stand here.
    pub(in crate::keyvault) fn check_holds(&self, kty: KeyType) -> Result<(), VaultError> {
        match (self.is_managed_hsm(), kty.is_hsm()) {
            (true, false) => Err(VaultError::unknown_key_type(kty.name())),
            (false, true) if self.resource().properties.sku.name == SkuName::Standard => {
                Err(VaultError::bad_parameter("Hardware key operation not allowed on standard vault"))
            }
            _ => Ok(()),
        }
    }
}
