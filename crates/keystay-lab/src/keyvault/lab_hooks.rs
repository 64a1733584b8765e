//! What the lab does to its vaults from inside, without HTTP and roles: seeding, and events a test wants to happen.

use std::time::Duration;

use super::{
    certificates::{self, CertificatePolicy, CertificateVersionInfo, Order},
    error::VaultError,
    vaults::Vaults,
};

impl Vaults {
    /// Issues a self-signed certificate, at once whatever the vault's issuance delay, and returns its newest version. A second
    /// call with the same name renews it.
    pub(crate) fn create_certificate(
        &self,
        host: &str,
        name: &str,
        policy: &CertificatePolicy,
    ) -> Result<CertificateVersionInfo, VaultError> {
        let vault = self.vault(host)?;
        let now = self.clock.unix();
        let order = Order { policy: policy.clone(), enabled: true, tags: None, delay_secs: 0 };
        certificates::begin(&vault, name, order, now)?;
        let objects = vault.objects.read();
        objects.certificate(name)?.newest(name)
    }

    /// The newest version of a certificate.
    pub(crate) fn certificate(&self, host: &str, name: &str) -> Result<CertificateVersionInfo, VaultError> {
        let vault = self.vault(host)?;
        vault.settle(self.clock.unix());
        vault.objects.read().certificate(name)?.newest(name)
    }

    /// Enables or disables a version of a key; an empty version means the newest.
    pub(crate) fn set_key_enabled(
        &self,
        host: &str,
        name: &str,
        version: &str,
        enabled: bool,
    ) -> Result<(), VaultError> {
        let vault = self.vault(host)?;
        let mut objects = vault.objects.write();
        let attributes = &mut objects.key_mut(name, version)?.item.attributes;
        (attributes.enabled, attributes.updated) = (enabled, self.clock.unix());
        Ok(())
    }

    /// How long issuing a certificate takes from now on, in lab time. Whole seconds; none at first.
    pub(crate) fn set_issuance_delay(&self, host: &str, delay: Duration) -> Result<(), VaultError> {
        *self.vault(host)?.issuance_secs.write() = i64::try_from(delay.as_secs()).unwrap_or(i64::MAX);
        Ok(())
    }
}
