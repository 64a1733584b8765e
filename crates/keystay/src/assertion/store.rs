//! Assertions that are still good: one per tenant, shared by all its scopes.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, SystemTime},
};

use quick_cache::sync::Cache;

use super::{Assertion, Proof};
use crate::{
    authority::{Cloud, Tenant},
    clock::{Clock, from_unix_seconds, unix_seconds},
    error::Error,
};

/// An assertion with less than this left is not sent: it could expire on the way.
const LEAST_REMAINING: Duration = Duration::from_secs(60);
/// Tenants whose assertion is kept. One is useful for minutes only, so this bounds memory, not speed.
const CAPACITY: usize = 4096;

/// Makes, keeps and reuses assertions, and knows how far Entra's clock is from ours.
///
/// One signature per tenant at a time: callers for other scopes of the same tenant wait for it. A caller that is
/// cancelled while signing lets the next one sign.
pub(crate) struct AssertionStore {
    proof: Proof,
    cloud: Cloud,
    clock: Arc<dyn Clock>,
    kept: Cache<Tenant, Assertion>,
    /// Seconds Entra's clock is ahead, learned from a refusal; zero until then.
    offset: AtomicI64,
}

impl AssertionStore {
    pub(crate) fn new(proof: Proof, cloud: Cloud, clock: Arc<dyn Clock>) -> Self {
        Self { proof, cloud, clock, kept: Cache::new(CAPACITY), offset: AtomicI64::new(0) }
    }

    pub(crate) fn proof(&self) -> &Proof {
        &self.proof
    }

    /// An assertion for `tenant` with at least a minute left.
    pub(crate) async fn get(&self, tenant: &Tenant) -> Result<Assertion, Error> {
        loop {
            let make = self.proof.assertion(&self.cloud, tenant, self.entra_now());
            let assertion = self.kept.get_or_insert_async(tenant, make).await?;
            if assertion.expires_on() >= self.entra_now() + LEAST_REMAINING || self.is_fresh(&assertion) {
                return Ok(assertion);
            }
            self.kept.remove_if(tenant, |kept| kept.id() == assertion.id());
        }
    }

    /// A federated identity's token may come with less than a minute left; asking again would give the same one.
    fn is_fresh(&self, assertion: &Assertion) -> bool {
        matches!(self.proof, Proof::Federated { .. }) && assertion.expires_on() > self.entra_now()
    }

    pub(crate) fn forget(&self, tenant: &Tenant) {
        self.kept.remove(tenant);
    }

    /// Remembers that Entra's clock is `seconds` ahead of ours and drops the assertions made before that was known.
    pub(crate) fn learn_offset(&self, seconds: i64) {
        self.offset.store(seconds, Ordering::Relaxed);
        self.kept.clear();
    }

    pub(crate) fn offset(&self) -> i64 {
        self.offset.load(Ordering::Relaxed)
    }

    fn entra_now(&self) -> SystemTime {
        from_unix_seconds(unix_seconds(self.clock.now()).saturating_add_signed(self.offset()))
    }
}
