//! How versions of a signing certificate are made.

use azure_security_keyvault_certificates::models::{
    CertificatePolicy, CertificatePolicyAction, IssuerParameters, KeyProperties, KeyType, KeyUsageType, LifetimeAction,
    LifetimeActionTrigger, LifetimeActionType, SecretProperties, X509CertificateProperties,
};
use serde::Serialize;

/// The policy of a certificate, as far as it decides what a stolen version is worth.
#[derive(Clone, Debug)]
pub struct SigningPolicy(CertificatePolicy);

/// What is wrong with a policy: a version made by it would be no good successor.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum PolicyFault {
    /// New versions can be downloaded with their private key.
    Exportable,
    /// New versions keep the old key: a rotation would renew nothing.
    ReusesKey,
    /// The vault makes new versions by itself, which nobody registers.
    RenewsAlone,
}

impl PolicyFault {
    /// What it means, for a person.
    pub fn words(self) -> &'static str {
        match self {
            Self::Exportable => "new versions can be downloaded with their private key (`exportable`)",
            Self::ReusesKey => "new versions keep the old private key (`reuse_key`)",
            Self::RenewsAlone => "the vault makes new versions by itself, which nobody registers (`AutoRenew`)",
        }
    }
}

impl SigningPolicy {
    /// The policy of a new signing certificate: self-signed, RSA, non-exportable, digital signature only, a new key each
    /// time, and an e-mail instead of a renewal nobody registers.
    pub fn new(subject: &str, months: i32) -> Self {
        Self(CertificatePolicy {
            issuer_parameters: Some(IssuerParameters { name: Some("Self".into()), ..IssuerParameters::default() }),
            key_properties: Some(KeyProperties {
                key_type: Some(KeyType::Rsa),
                key_size: Some(2048),
                ..KeyProperties::default()
            }),
            x509_certificate_properties: Some(X509CertificateProperties {
                subject: Some(subject.to_owned()),
                validity_in_months: Some(months),
                ..X509CertificateProperties::default()
            }),
            ..CertificatePolicy::default()
        })
        .corrected()
    }

    pub(super) fn of(policy: CertificatePolicy) -> Self {
        Self(policy)
    }

    pub(super) fn into_model(self) -> CertificatePolicy {
        self.0
    }

    /// Everything that is wrong with it.
    pub fn faults(&self) -> Vec<PolicyFault> {
        let key = self.0.key_properties.as_ref();
        let renews = self.0.lifetime_actions.iter().flatten().any(|action| {
            let kind = action.action.as_ref().and_then(|action| action.action_type.as_ref());
            kind.is_some_and(|kind| *kind == CertificatePolicyAction::AutoRenew)
        });
        [
            (key.and_then(|key| key.exportable) != Some(false), PolicyFault::Exportable),
            (key.and_then(|key| key.reuse_key) == Some(true), PolicyFault::ReusesKey),
            (renews, PolicyFault::RenewsAlone),
        ]
        .into_iter()
        .filter_map(|(wrong, fault)| wrong.then_some(fault))
        .collect()
    }

    /// The same policy with every fault corrected. Subject, validity, key size and issuer stay.
    #[must_use]
    pub fn corrected(mut self) -> Self {
        let key = self.0.key_properties.get_or_insert_default();
        (key.exportable, key.reuse_key) = (Some(false), Some(false));
        let x509 = self.0.x509_certificate_properties.get_or_insert_default();
        x509.key_usage = Some(vec![KeyUsageType::DigitalSignature]);
        self.0.secret_properties.get_or_insert(SecretProperties { content_type: Some("application/x-pkcs12".into()) });
        let renews = |action: &LifetimeAction| {
            let kind = action.action.as_ref().and_then(|action| action.action_type.as_ref());
            kind.is_none_or(|kind| *kind == CertificatePolicyAction::AutoRenew)
        };
        let actions = self.0.lifetime_actions.get_or_insert_default();
        actions.retain(|action| !renews(action));
        if actions.is_empty() {
            actions.push(email_at(80));
        }
        self
    }

    /// Whether keys made by this policy can leave the vault, where the policy says.
    pub fn exportable(&self) -> Option<bool> {
        self.0.key_properties.as_ref()?.exportable
    }

    /// Whether keys made by it are RSA of at least 2048 bits: what Entra takes of an app.
    pub fn is_rsa(&self) -> bool {
        let key = self.0.key_properties.as_ref();
        let kind = key.and_then(|key| key.key_type.as_ref());
        kind.is_some_and(|kind| matches!(kind, KeyType::Rsa | KeyType::RsaHsm))
            && key.and_then(|key| key.key_size).is_some_and(|bits| bits >= 2048)
    }

    /// Whether keys made by it are for digital signatures and nothing else.
    pub fn signs_only(&self) -> bool {
        let x509 = self.0.x509_certificate_properties.as_ref();
        x509.and_then(|x509| x509.key_usage.as_deref()) == Some(&[KeyUsageType::DigitalSignature])
    }

    /// The same policy for other keys: of so many bits, in a hardware module or not.
    #[must_use]
    pub fn with_key(mut self, bits: i32, hardware: bool) -> Self {
        let key = self.0.key_properties.get_or_insert_default();
        key.key_type = Some(if hardware { KeyType::RsaHsm } else { KeyType::Rsa });
        key.key_size = Some(bits);
        self
    }

    /// The same policy with the e-mail after so many hundredths of a version's life.
    #[must_use]
    pub fn with_email_at(mut self, percentage: i32) -> Self {
        self.0.lifetime_actions = Some(vec![email_at(percentage)]);
        self
    }
}

/// An e-mail to the vault's contacts after so many hundredths of a version's life.
fn email_at(percentage: i32) -> LifetimeAction {
    LifetimeAction {
        action: Some(LifetimeActionType { action_type: Some(CertificatePolicyAction::EmailContacts) }),
        trigger: Some(LifetimeActionTrigger {
            lifetime_percentage: Some(percentage),
            ..LifetimeActionTrigger::default()
        }),
    }
}
