//! How long a vault keeps what was deleted, and whether it can be purged before.

use super::vaults::Vault;
use crate::keyvault::wire::VaultError;

/// The two properties of a vault that decide about deleted objects.
#[derive(Clone, Copy, Debug)]
pub(in crate::keyvault) struct Retention {
    /// 7 to 90.
    pub(in crate::keyvault) days: i64,
    /// Nobody can purge.
    pub(super) purge_protection: bool,
}

impl Retention {
    /// The service's name for the combination: `Customized` says that the days are fewer than the default.
    pub(in crate::keyvault) fn recovery_level(self) -> &'static str {
        match (self.days < DEFAULT_DAYS, self.purge_protection) {
            (false, false) => "Recoverable+Purgeable",
            (false, true) => "Recoverable",
            (true, false) => "CustomizedRecoverable+Purgeable",
            (true, true) => "CustomizedRecoverable",
        }
    }
}

impl Vault {
    pub(in crate::keyvault) fn retention(&self) -> Retention {
        let properties = &self.resource().properties;
        Retention {
            days: properties.soft_delete_retention_in_days.into(),
            purge_protection: properties.is_purge_protected(),
        }
    }

    /// Refuses to purge under purge protection.
    pub(in crate::keyvault) fn check_purgeable(&self) -> Result<(), VaultError> {
        if !self.retention().purge_protection {
            return Ok(());
        }
        Err(VaultError::forbidden_without_inner(format!(
            "Operation \"purge\" is not allowed because purge protection is enabled for this vault. Key Vault service will \
             automatically purge it after the retention period has passed.\r\nVault: {};location={}",
            self.name(),
            self.resource().location,
        )))
    }
}

/// The service's default, and its longest.
pub(in crate::keyvault) const DEFAULT_DAYS: i64 = 90;
