//! Leases: secrets that live as long as a connection.

use std::{
    collections::{HashMap, HashSet, hash_map::Entry},
    fmt,
    sync::{Arc, Weak},
};

use keystay::{Scopes, Tenant};
use parking_lot::Mutex;
use serde::Serialize;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::{BearerHash, Caller, Evidence, Unknown};
use crate::name::CallerName;

/// What a lease is for: one identity in one tenant, of all that its caller may have.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Lease {
    /// The lease's name in the journal.
    pub id: Uuid,
    /// The identity, as the policy knows it.
    pub identity: String,
    /// The tenant, by the name it was taken with.
    pub tenant: Tenant,
    /// These scopes only; none stands for whatever the caller may have.
    pub scopes: HashSet<Scopes>,
}

impl Lease {
    /// Whether a token for this is among what it is for.
    pub fn covers(&self, identity: &str, tenant: &Tenant, scopes: &Scopes) -> bool {
        self.identity == identity && self.tenant == *tenant && (self.scopes.is_empty() || self.scopes.contains(scopes))
    }
}

/// The leases in force, by the hash of their secret. Kept in memory only: a broker that starts again knows none.
#[derive(Debug, Default)]
pub struct Leases(Mutex<HashMap<BearerHash, Held>>);

#[derive(Debug)]
struct Held {
    caller: CallerName,
    /// The user whose processes may use it.
    uid: Option<u32>,
    lease: Arc<Lease>,
    // dropped with this entry: whoever waits for the end hears of it
    _ended: oneshot::Sender<()>,
}

/// A lease as its taker has it: it ends when this is dropped.
#[derive(Debug)]
pub struct Hold {
    hash: BearerHash,
    id: Uuid,
    leases: Weak<Leases>,
    ended: oneshot::Receiver<()>,
}

/// Why a lease is not given, or does not help.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum LeaseDenial {
    /// The lease is for something else than what was asked for with it.
    Other,
    /// Who came by a lease can take none.
    Nested,
    /// Somebody holds a lease with this secret already.
    Taken,
}

impl LeaseDenial {
    /// A stable name, for scripts, metrics and the audit log.
    pub fn code(self) -> &'static str {
        match self {
            Self::Other => "not-leased",
            Self::Nested => "lease-of-a-lease",
            Self::Taken => "lease-taken",
        }
    }
}

impl fmt::Display for LeaseDenial {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Other => "the secret is that of a lease for another identity, tenant or scope",
            Self::Nested => "who has a lease cannot take another one with it",
            Self::Taken => "a lease with this secret is held already; every lease has a secret of its own",
        })
    }
}

impl Leases {
    /// From now on, who knows the secret is `caller`, as far as the lease goes.
    pub fn take(
        self: &Arc<Self>,
        hash: BearerHash,
        caller: CallerName,
        uid: Option<u32>,
        lease: Lease,
    ) -> Result<Hold, LeaseDenial> {
        let (sender, ended) = oneshot::channel();
        let id = lease.id;
        match self.0.lock().entry(hash) {
            Entry::Occupied(_) => Err(LeaseDenial::Taken),
            Entry::Vacant(place) => {
                place.insert(Held { caller, uid, lease: Arc::new(lease), _ended: sender });
                Ok(Hold { hash, id, leases: Arc::downgrade(self), ended })
            }
        }
    }

    /// The caller that took the lease with this secret; `None` when no lease has it. `uid` finds the user at the other
    /// end; it is asked only where it matters.
    pub fn by_secret(&self, secret: &str, uid: impl FnOnce() -> Option<u32>) -> Option<Result<Caller, Unknown>> {
        if !BearerHash::could_be_secret(secret) {
            return None;
        }
        // mostly there are none, and nothing to look for
        if self.0.lock().is_empty() {
            return None;
        }
        let hash = BearerHash::of(secret);
        let found = self.0.lock().get(&hash).map(|held| (held.caller.clone(), held.uid, held.lease.clone()));
        let (name, pinned, lease) = found?;
        if pinned.is_some() && uid() != pinned {
            return Some(Err(Unknown::WrongUser));
        }
        Some(Ok(Caller { name, evidence: Evidence::Lease { id: lease.id, lease } }))
    }

    /// How many are in force.
    pub fn count(&self) -> usize {
        self.0.lock().len()
    }

    /// Ends all of them.
    pub fn end_all(&self) {
        self.0.lock().clear();
    }
}

impl Hold {
    /// Completes when the broker has ended the lease.
    pub async fn ended(&mut self) {
        // the sender never sends: it is dropped with the lease
        let _ = (&mut self.ended).await;
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        let Some(leases) = self.leases.upgrade() else { return };
        let mut held = leases.0.lock();
        // after `end_all`, another lease may have been taken with the same secret
        if held.get(&self.hash).is_some_and(|held| held.lease.id == self.id) {
            held.remove(&self.hash);
        }
    }
}
