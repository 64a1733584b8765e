//! What the lab does to its vaults from inside, without HTTP and roles: seeding, and events a test wants to happen.

use std::{sync::Arc, time::Duration};

use uuid::Uuid;

use super::vaults::Vaults;
use crate::{
    authorization::{Assignment, PrincipalType, Role},
    keyvault::{
        access::Scope,
        certificates::{self, CertificatePolicy, CertificateVersionInfo, Order},
        crypto::KeyMaterial,
        wire::VaultError,
    },
};

impl Vaults {
    /// Gives a principal or group a role. Does nothing when the vault does not exist or the assignment is there already.
    pub(crate) fn assign_role(&self, host: &str, principal: Uuid, role: &Role, scope: &Scope) {
        if let Some(assignment) = self.draft(host, principal, role, scope) {
            // an error means that the principal has the role already
            let _ = self.authorization.assign(assignment);
        }
    }

    /// As [`assign_role`](Self::assign_role), but the role has to be activated first.
    pub(crate) fn make_eligible(&self, host: &str, principal: Uuid, role: &Role, scope: &Scope) {
        if let Some(assignment) = self.draft(host, principal, role, scope) {
            self.authorization.make_eligible(assignment);
        }
    }

    fn draft(&self, host: &str, principal: Uuid, role: &Role, scope: &Scope) -> Option<Assignment> {
        let vault = self.vault(host).ok()?;
        let resource = vault.resource();
        let known = self.tokens.principal(resource.properties.tenant_id, principal);
        let kind = known.map_or_else(PrincipalType::default, |known| known.kind);
        let place = scope.resolve(&resource, &vault.host);
        Some(self.authorization.draft(principal, kind, role, &place, self.clock.unix()))
    }

    /// Takes from a principal or group every role in a vault, those given above it and on single objects among them.
    pub(crate) fn remove_roles(&self, host: &str, principal: Uuid) {
        if let Ok(vault) = self.vault(host) {
            let place = Scope::Vault.resolve(&vault.resource(), &vault.host);
            self.authorization.revoke_all(|assignment| {
                assignment.principal == principal
                    && (assignment.scope.contains(&place) || place.contains(&assignment.scope))
            });
        }
    }

    /// Issues a self-signed certificate, at once whatever the vault's issuance delay, and returns its newest version. A second
    /// call with the same name renews it. `key` is one that was made ahead.
    pub(crate) fn create_certificate(
        &self,
        host: &str,
        name: &str,
        policy: &CertificatePolicy,
        key: Option<Arc<KeyMaterial>>,
    ) -> Result<CertificateVersionInfo, VaultError> {
        let vault = self.vault(host)?;
        let now = self.clock.unix();
        let order = Order { policy: policy.clone(), enabled: true, tags: None, delay_secs: 0, key };
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
