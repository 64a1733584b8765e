//! The service's defaults for a policy, its limits, and what follows from it for the key.

use super::{
    policy::{
        ActionType, BasicConstraints, CertificatePolicy, LifetimeAction, LifetimeActionKind, LifetimeTrigger,
        PolicyAttributes, SELF_ISSUER, SubjectAlternativeNames, UNKNOWN_ISSUER,
    },
    validity,
};
use crate::keyvault::{
    crypto::{Curve, KeySpec, KeyType},
    objects::ObjectKind,
    vault::Vault,
    wire::{VaultError, address},
};

impl CertificatePolicy {
    /// Fills in what was left out and refuses what the service refuses. `id` is the policy's address.
    pub(super) fn completed(mut self, id: String, now: i64) -> Result<Self, VaultError> {
        self.complete_key()?;
        let content_type = self.secret_props.content_type.get_or_insert_with(|| PKCS12.to_owned());
        if content_type != PKCS12 && content_type != PEM {
            return Err(VaultError::bad_parameter(format!(
                "The content type '{content_type}' is not supported; use {PKCS12} or {PEM}."
            )));
        }
        self.complete_x509()?;
        self.issuer.name.get_or_insert_with(|| SELF_ISSUER.to_owned());
        self.complete_lifetime_actions()?;
        let created = self.attributes.map_or(now, |attributes| attributes.created);
        self.attributes = Some(PolicyAttributes { enabled: true, created, updated: now });
        self.id = Some(id);
        Ok(self)
    }

    fn complete_key(&mut self) -> Result<(), VaultError> {
        let key = &mut self.key_props;
        let kty = *key.kty.get_or_insert(KeyType::Rsa);
        if kty.is_hsm() && key.exportable == Some(true) {
            return Err(VaultError::bad_parameter(format!("A key of type {} cannot be exportable.", kty.name())));
        }
        key.exportable.get_or_insert(!kty.is_hsm());
        key.reuse_key.get_or_insert(false);
        match KeySpec::new(kty, key.key_size, key.crv)? {
            KeySpec::Rsa { bits } => (key.key_size, key.crv) = (Some(bits), None),
            KeySpec::Ec(curve) => (key.key_size, key.crv) = (Some(curve_bits(curve)), Some(curve)),
        }
        Ok(())
    }

    fn complete_x509(&mut self) -> Result<(), VaultError> {
        let x509 = &mut self.x509_props;
        x509.subject.get_or_insert_default();
        x509.ekus.get_or_insert_with(|| vec![SERVER_AUTH.to_owned(), CLIENT_AUTH.to_owned()]);
        x509.key_usage.get_or_insert_with(|| vec!["digitalSignature".to_owned(), "keyEncipherment".to_owned()]);
        x509.basic_constraints.get_or_insert_with(BasicConstraints::default);
        let months = *x509.validity_months.get_or_insert(12);
        if !(1..=validity::LONGEST).contains(&months) {
            return Err(VaultError::bad_parameter(format!(
                "validity_months must be between 1 and {}, not {months}.",
                validity::LONGEST
            )));
        }
        Ok(())
    }

    fn complete_lifetime_actions(&mut self) -> Result<(), VaultError> {
        // nobody but the vault itself can renew without being asked
        let action_type = if self.issuer.name.as_deref() == Some(UNKNOWN_ISSUER) {
            ActionType::EmailContacts
        } else {
            ActionType::AutoRenew
        };
        let actions = self.lifetime_actions.get_or_insert_with(|| {
            let trigger = LifetimeTrigger { lifetime_percentage: Some(80), days_before_expiry: None };
            vec![LifetimeAction { trigger, action: LifetimeActionKind { action_type } }]
        });
        let longest = self.x509_props.validity_months.unwrap_or_default() * 27;
        for LifetimeAction { trigger, .. } in actions {
            let fits = match (trigger.lifetime_percentage, trigger.days_before_expiry) {
                (Some(percentage), None) => (1..=99).contains(&percentage),
                (None, Some(days)) => (1..=longest).contains(&days),
                _ => false,
            };
            if !fits {
                return Err(VaultError::bad_parameter(format!(
                    "A lifetime action needs either a lifetime_percentage between 1 and 99, or days_before_expiry between 1 and \
                     {longest}, which is validity_months times 27."
                )));
            }
        }
        Ok(())
    }

    /// Refuses to issue a certificate for nobody. An imported certificate may well name nobody: it exists already.
    pub(super) fn check_names_somebody(&self) -> Result<(), VaultError> {
        let x509 = &self.x509_props;
        let without_subject = x509.subject.as_ref().is_none_or(|subject| subject.trim().is_empty());
        if without_subject && x509.sans.as_ref().is_none_or(SubjectAlternativeNames::is_empty) {
            return Err(VaultError::bad_parameter(
                "The policy names neither a subject nor a subject alternative name.",
            ));
        }
        Ok(())
    }

    /// The key to make. Only for a completed policy.
    pub(super) fn key_spec(&self) -> Result<KeySpec, VaultError> {
        KeySpec::new(self.kty(), self.key_props.key_size, self.key_props.crv)
    }

    pub(super) fn kty(&self) -> KeyType {
        self.key_props.kty.unwrap_or(KeyType::Rsa)
    }

    pub(super) fn is_exportable(&self) -> bool {
        self.key_props.exportable.unwrap_or_default()
    }

    pub(super) fn reuses_key(&self) -> bool {
        self.key_props.reuse_key.unwrap_or_default()
    }

    pub(super) fn is_pem(&self) -> bool {
        self.secret_props.content_type.as_deref() == Some(PEM)
    }

    pub(super) fn is_self_signed(&self) -> bool {
        self.issuer.name.as_deref() == Some(SELF_ISSUER)
    }

    /// The key's operations follow from the certificate's key usage; without one it may do all (RFC 5280, section 4.2.1.3).
    pub(super) fn key_ops(&self) -> Vec<String> {
        let usages = self.x509_props.key_usage.as_deref().unwrap_or_default();
        let rsa = self.kty().is_rsa();
        if usages.is_empty() {
            return self.kty().operations().iter().map(ToString::to_string).collect();
        }
        let mut operations: Vec<&str> = Vec::new();
        for usage in usages {
            operations.extend(match usage.as_str() {
                "digitalSignature" | "nonRepudiation" => ["sign", "verify"].as_slice(),
                "keyEncipherment" if rsa => &["wrapKey", "unwrapKey"],
                "dataEncipherment" if rsa => &["encrypt", "decrypt"],
                _ => &[],
            });
        }
        let mut seen = Vec::with_capacity(operations.len());
        operations.retain(|operation| {
            !seen.contains(operation) && {
                seen.push(*operation);
                true
            }
        });
        operations.into_iter().map(str::to_owned).collect()
    }
}

impl SubjectAlternativeNames {
    fn is_empty(&self) -> bool {
        [&self.dns_names, &self.emails, &self.upns, &self.uris, &self.ip_addresses].into_iter().all(Vec::is_empty)
    }
}

/// The address of a certificate's policy.
pub(super) fn policy_id(vault: &Vault, name: &str) -> String {
    format!("{}/policy", address(vault, ObjectKind::Certificate, name, ""))
}

fn curve_bits(curve: Curve) -> u32 {
    match curve {
        Curve::P256 | Curve::P256K => 256,
        Curve::P384 => 384,
        Curve::P521 => 521,
    }
}

/// Content type of a secret that is a base64 PFX.
pub(in crate::keyvault) const PKCS12: &str = "application/x-pkcs12";
/// Content type of a secret that is PEM text.
pub(in crate::keyvault) const PEM: &str = "application/x-pem-file";

const SERVER_AUTH: &str = "1.3.6.1.5.5.7.3.1";
const CLIENT_AUTH: &str = "1.3.6.1.5.5.7.3.2";
