//! What happens by itself as the lab's clock moves: certificates appear and are renewed, keys rotate, deleted objects vanish.

use super::contents::Objects;
use crate::keyvault::{certificates, keys, vault::Vault};

impl Vault {
    /// Whether something waits for this moment. No more than a look.
    pub(in crate::keyvault) fn is_due(&self, now: i64) -> bool {
        self.objects.read().is_due(now)
    }

    /// Lets happen what was waiting for this moment. Takes long when keys have to be made.
    pub(in crate::keyvault) fn settle(&self, now: i64) {
        if !self.is_due(now) {
            return;
        }
        // one request at a time: those that waited find it done
        let _turn = self.settling.lock();
        self.objects.write().settle(now);
        if let Err(error) = keys::rotate_due(self, now) {
            tracing::warn!(vault = self.name(), %error, "a key could not be rotated");
        }
        certificates::renew_due(self, now);
    }
}

impl Objects {
    fn is_due(&self, now: i64) -> bool {
        self.certificates.values().any(|certificate| certificate.is_due(now) || certificate.is_renewal_due(now))
            || !self.rotations_due(now).is_empty()
            || self.deleted_keys.values().any(|deleted| !deleted.remains(now))
            || self.deleted_certificates.values().any(|deleted| !deleted.remains(now))
            || self.deleted_secrets.values().any(|deleted| !deleted.remains(now))
    }

    /// Lets appear and vanish what needs no work.
    pub(in crate::keyvault) fn settle(&mut self, now: i64) {
        self.publish_due(now);
        self.deleted_keys.retain(|_, deleted| deleted.remains(now));
        self.deleted_certificates.retain(|_, deleted| deleted.remains(now));
        self.deleted_secrets.retain(|_, deleted| deleted.remains(now));
        self.drop_orphans();
    }

    /// Forgets the rotation policies of keys that are gone for good.
    pub(super) fn drop_orphans(&mut self) {
        let (keys, deleted) = (&self.keys, &self.deleted_keys);
        self.rotation_policies.retain(|name, _| keys.contains_key(name) || deleted.contains_key(name));
    }
}

/// A clock moved by centuries makes no more versions of one object than this, and the last one at the present moment.
pub(in crate::keyvault) const LONGEST_CHAIN: usize = 100;
