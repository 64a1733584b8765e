//! Assertions that are still good: one per tenant, shared by all its scopes.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use parking_lot::RwLock;
use quick_cache::sync::Cache;
use tracing::field::Empty;

use super::{Assertion, Proof};
use crate::{
    authority::{Cloud, Tenant},
    clock::{Clock, from_unix_seconds, unix_seconds},
    error::Error,
    traced::traced,
};

/// An assertion with less than this left is not sent: it could expire on the way.
const LEAST_REMAINING: Duration = Duration::from_secs(60);
/// A smaller difference between clocks cannot be why an assertion is refused.
pub(crate) const SMALLEST_SKEW: u64 = 30;
/// Tenants whose assertion is kept. One is useful for minutes only, so this bounds memory, not speed.
const CAPACITY: usize = 4096;

/// Makes, keeps and reuses assertions, and knows how far Entra's clock is from ours.
///
/// One signature per tenant at a time: callers for other scopes of the same tenant wait for it. A caller that is
/// cancelled while signing lets the next one sign.
pub(crate) struct AssertionStore {
    /// Key and certificate are one value in here: nothing ever sees one of them new and the other old.
    proof: RwLock<Proof>,
    /// Counts the keys this store has had. An assertion remembers by which it was made.
    epoch: AtomicU64,
    cloud: Cloud,
    clock: Arc<dyn Clock>,
    kept: Cache<Tenant, Assertion>,
    /// Seconds Entra's clock is ahead, learned from a refusal; zero until then.
    offset: AtomicI64,
}

impl AssertionStore {
    pub(crate) fn new(proof: Proof, cloud: Cloud, clock: Arc<dyn Clock>) -> Self {
        let (proof, epoch) = (RwLock::new(proof), AtomicU64::new(0));
        Self { proof, epoch, cloud, clock, kept: Cache::new(CAPACITY), offset: AtomicI64::new(0) }
    }

    pub(crate) fn proof(&self) -> Proof {
        self.proof.read().clone()
    }

    /// How often the key was replaced.
    pub(crate) fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Acquire)
    }

    /// From now on `proof` makes the assertions. One that is just being made by the old key is sent once, by whoever waits
    /// for it, and not kept.
    pub(crate) fn replace(&self, proof: Proof) {
        let mut held = self.proof.write();
        *held = proof;
        self.epoch.fetch_add(1, Ordering::AcqRel);
        drop(held);
        self.kept.clear();
    }

    /// An assertion for `tenant` with at least a minute left.
    pub(crate) async fn get(&self, tenant: &Tenant) -> Result<Assertion, Error> {
        loop {
            let make = async {
                let (now, dating) = (self.entra_now(), self.dating());
                let (proof, epoch) = {
                    let held = self.proof.read();
                    (held.clone(), self.epoch())
                };
                let assertion = proof.assertion(&self.cloud, tenant, now).await?;
                Ok::<_, Error>(match proof {
                    Proof::Key(_) => Assertion { dating: Some(dating), epoch, ..assertion },
                    Proof::Federated { .. } => Assertion { epoch, ..assertion },
                })
            };
            // one that is kept makes no span
            let make =
                async { traced(tracing::debug_span!("assertion", "error.type" = Empty), make, Error::code).await };
            let assertion = self.kept.get_or_insert_async(tenant, make).await?;
            let lives = assertion.expires_on() >= self.entra_now() + LEAST_REMAINING || self.is_fresh(&assertion);
            if lives && !self.is_outdated(&assertion) {
                return Ok(assertion);
            }
            self.kept.remove_if(tenant, |kept| kept.id() == assertion.id());
        }
    }

    /// A federated identity's token may come with less than a minute left; asking again would give the same one.
    fn is_fresh(&self, assertion: &Assertion) -> bool {
        matches!(*self.proof.read(), Proof::Federated { .. }) && assertion.expires_on() > self.entra_now()
    }

    /// Whether another one would be made now: the key was replaced, the computer's clock was set, or Entra's was learned.
    pub(crate) fn is_outdated(&self, assertion: &Assertion) -> bool {
        assertion.epoch != self.epoch()
            || assertion.dating.is_some_and(|dating| dating.abs_diff(self.dating()) >= SMALLEST_SKEW)
    }

    /// Entra's time less the time that has passed: the same number for as long as nobody sets a clock.
    fn dating(&self) -> i64 {
        let seconds = |time: u64| i64::try_from(time).unwrap_or(i64::MAX);
        seconds(unix_seconds(self.entra_now())).saturating_sub(seconds(self.clock.elapsed().as_secs()))
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
