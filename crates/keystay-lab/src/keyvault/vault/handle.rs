//! The vaults, for tests and stories that arrange them from inside.

use std::{sync::Arc, time::Duration};

use uuid::Uuid;

use crate::{
    authorization::Role,
    error::LabError,
    keyvault::{
        CertificatePolicy, ClaimsChallenge, ClientNetwork, KeyMaterial, Scope, Throttling, VaultError, VaultProperties,
        VaultResource, Vaults,
    },
};

/// The vaults of a lab, from inside: no role is asked for, no request is in the journal.
#[derive(Clone)]
pub struct VaultHandle(Arc<Vaults>);

impl VaultHandle {
    pub(crate) fn new(vaults: Arc<Vaults>) -> Self {
        Self(vaults)
    }

    /// Adds an empty vault that takes tokens of `tenant`, in that tenant's subscription; nobody has a role in it. One of the
    /// same host is replaced.
    pub fn create(&self, host: &str, tenant: Uuid) {
        self.0.create_vault(host, VaultResource::new(VaultProperties::new(tenant)));
    }

    /// How a vault is set up.
    pub fn properties(&self, host: &str) -> Result<VaultProperties, LabError> {
        Ok(self.0.properties(host)?)
    }

    /// Changes how a vault is set up, unchecked: any state can be made, also one Resource Manager would refuse.
    pub fn configure(&self, host: &str, change: impl FnOnce(&mut VaultProperties)) -> Result<(), LabError> {
        Ok(self.0.configure(host, change)?)
    }

    /// Gives a user, principal or group a role, on the vault or on what it is in.
    #[expect(clippy::needless_pass_by_value, reason = "callers write both down at the call")]
    pub fn assign_role(&self, host: &str, principal: Uuid, role: Role, scope: Scope) {
        self.0.assign_role(host, principal, &role, &scope);
    }

    /// Lets a user, principal or group activate a role (Privileged Identity Management) that it does not have yet.
    #[expect(clippy::needless_pass_by_value, reason = "callers write both down at the call")]
    pub fn make_eligible(&self, host: &str, principal: Uuid, role: Role, scope: Scope) {
        self.0.make_eligible(host, principal, &role, &scope);
    }

    /// Takes from a user, principal or group every role in a vault: on it, on its objects, and on the group and subscription it
    /// is in.
    pub fn remove_roles(&self, host: &str, principal: Uuid) {
        self.0.remove_roles(host, principal);
    }

    /// How much every vault does before it answers 429.
    pub fn throttling(&self) -> Throttling {
        self.0.throttle.limits()
    }

    /// Changes how much every vault does before it answers 429, and forgets what was used.
    pub fn set_throttling(&self, limits: Throttling) {
        self.0.throttle.set(limits);
    }

    /// Where the vaults' callers seem to come from.
    pub fn client_network(&self) -> ClientNetwork {
        self.0.client_network.read().clone()
    }

    /// Changes where the vaults' callers seem to come from.
    pub fn set_client_network(&self, network: ClientNetwork) {
        *self.0.client_network.write() = network;
    }

    /// Answers tokens that lack a claim with a claims challenge from now on.
    pub fn challenge_claims(&self, challenge: ClaimsChallenge) {
        self.0.challenges.add(challenge);
    }

    /// The claims demanded now.
    pub fn claims_challenges(&self) -> Vec<ClaimsChallenge> {
        self.0.challenges.all()
    }

    /// Demands no claims any more.
    pub fn clear_claims_challenges(&self) {
        self.0.challenges.replace(Vec::new());
    }

    /// Issues a self-signed certificate with the service's default policy (RSA 2048, 12 months) and returns it in DER. A
    /// second call with the same name makes a new version.
    pub fn create_certificate(&self, host: &str, name: &str, exportable: bool) -> Result<Vec<u8>, LabError> {
        self.create_certificate_of(host, name, exportable, None)
    }

    /// As [`create_certificate`](Self::create_certificate), of a key that was made ahead.
    pub(crate) fn create_certificate_of(
        &self,
        host: &str,
        name: &str,
        exportable: bool,
        key: Option<Arc<KeyMaterial>>,
    ) -> Result<Vec<u8>, LabError> {
        let policy = CertificatePolicy::self_signed(&format!("CN={name}")).exportable(exportable);
        Ok(self.0.create_certificate(host, name, &policy, key)?.der)
    }

    /// The version id of the newest version of a certificate; its key and secret share it.
    pub fn newest_version(&self, host: &str, certificate: &str) -> Result<String, LabError> {
        Ok(self.0.certificate(host, certificate)?.version)
    }

    /// How long issuing a certificate takes from now on, in lab time; no time at first.
    pub fn set_issuance_delay(&self, host: &str, delay: Duration) -> Result<(), LabError> {
        Ok(self.0.set_issuance_delay(host, delay)?)
    }

    /// Enables or disables a version of a key; an empty version means the newest.
    pub fn set_key_enabled(&self, host: &str, name: &str, version: &str, enabled: bool) -> Result<(), LabError> {
        Ok(self.0.set_key_enabled(host, name, version, enabled)?)
    }
}

impl From<VaultError> for LabError {
    fn from(error: VaultError) -> Self {
        Self::Vault(error.to_string())
    }
}
