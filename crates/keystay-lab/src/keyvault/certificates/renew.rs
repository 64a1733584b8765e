//! Renewal by itself: the lifetime action `AutoRenew` of a certificate that signs itself.

use super::{
    create::{issue, next_key},
    object::{CertificateObject, Pending, Stage},
    policy::{ActionType, LifetimeTrigger},
};
use crate::keyvault::{
    objects::{Attributes, LONGEST_CHAIN},
    vault::Vault,
    wire::VaultError,
};

/// Makes the versions that were due up to `now`, each at its moment.
pub(in crate::keyvault) fn renew_due(vault: &Vault, now: i64) {
    let due: Vec<String> = {
        let objects = vault.objects.read();
        let due = objects.certificates.iter().filter(|(_, certificate)| certificate.is_renewal_due(now));
        due.map(|(name, _)| name.clone()).collect()
    };
    for name in due {
        for made in 0.. {
            let renews_at = vault.objects.read().certificates.get(&name).and_then(CertificateObject::renews_at);
            let Some(at) = renews_at.filter(|at| *at <= now) else { break };
            if let Err(error) = renew(vault, &name, if made < LONGEST_CHAIN { at } else { now }) {
                fail(vault, &name, &error);
            }
        }
    }
}

/// As [`begin`](super::begin) for the present policy, but done at once: nobody polls for it.
fn renew(vault: &Vault, name: &str, at: i64) -> Result<(), VaultError> {
    let (policy, tags) = {
        let objects = vault.objects.read();
        let certificate = objects.certificate(name)?;
        (certificate.policy.clone(), certificate.version(name, "")?.item.tags.clone())
    };
    let key = next_key(vault, name, &policy)?;
    let issued = issue(vault, &policy, key, true, tags, at)?;
    let mut objects = vault.objects.write();
    // a request may have made a version, or deleted the certificate, while the key was made
    if objects.certificates.get(name).is_some_and(|certificate| certificate.is_renewal_due(at)) {
        objects.publish(name, issued);
    }
    Ok(())
}

/// A policy that makes no certificate is tried once, not with every request: its operation says why it failed.
fn fail(vault: &Vault, name: &str, error: &VaultError) {
    if let Some(certificate) = vault.objects.write().certificates.get_mut(name) {
        let stage = Stage::Failed { code: error.code.to_owned(), message: error.message.clone() };
        certificate.pending = Some(Pending::new(vault, &certificate.policy, stage));
    }
}

impl CertificateObject {
    pub(in crate::keyvault) fn is_renewal_due(&self, now: i64) -> bool {
        self.renews_at().is_some_and(|at| at <= now)
    }

    /// When the newest version makes way for the next; none when it does not by itself.
    fn renews_at(&self) -> Option<i64> {
        let stage = self.pending.as_ref().map(|pending| &pending.stage);
        let blocked = stage.is_some_and(|stage| stage.in_progress() || matches!(stage, Stage::Failed { .. }));
        if blocked || !self.policy.is_self_signed() {
            return None;
        }
        let actions = self.policy.lifetime_actions.as_deref().unwrap_or_default();
        let trigger = actions.iter().find(|action| action.action.action_type == ActionType::AutoRenew)?.trigger;
        let attributes = &self.versions.find("")?.item.attributes;
        // an imported version may have passed its moment before it came
        Some(trigger.moment(attributes)?.max(attributes.created))
    }
}

impl LifetimeTrigger {
    /// The moment in the life of a version with these attributes.
    fn moment(self, attributes: &Attributes) -> Option<i64> {
        let (start, end) = (attributes.nbf?, attributes.exp?);
        match (self.lifetime_percentage, self.days_before_expiry) {
            (Some(percentage), _) => Some(start + (end - start) / 100 * i64::from(percentage)),
            (None, Some(days)) => Some(end - i64::from(days) * 86_400),
            (None, None) => None,
        }
    }
}
