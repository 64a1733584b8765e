//! One acquisition per (tenant, scopes), however many ask for it.

use std::{collections::HashMap, future::Future, sync::Arc};

use parking_lot::Mutex;
use tokio::sync::watch;

use super::{CacheKey, Token};
use crate::{
    authority::Tenant,
    error::{Error, ErrorKind},
};

type Outcome = Result<Token, Error>;

/// Acquisitions under way.
///
/// Each runs in a task of its own, so it goes on when the caller that started it is cancelled, and everybody who waits
/// gets the same outcome. The lock is held for map operations only.
#[derive(Clone, Debug, Default)]
pub(crate) struct Flights(Arc<Mutex<HashMap<CacheKey, Flight>>>);

#[derive(Clone, Debug)]
struct Flight {
    outcome: watch::Receiver<Option<Outcome>>,
}

/// A place among those who wait for an acquisition.
pub(crate) struct Waiting {
    outcome: watch::Receiver<Option<Outcome>>,
    tenant: Tenant,
}

impl Flights {
    /// Joins the acquisition for `key`, or starts one when there is none.
    ///
    /// `look_again` is asked under the lock: an acquisition that ended a moment ago may have brought the token already.
    /// `acquire` makes the future; `land` is called with its outcome while the flight is still the current one for its
    /// key, and not at all when the key was forgotten meanwhile.
    pub(crate) fn join_or_start<F>(
        &self,
        key: &CacheKey,
        look_again: impl FnOnce() -> Option<Outcome>,
        acquire: impl FnOnce() -> F,
        land: impl FnOnce(&Outcome) + Send + 'static,
    ) -> Result<Waiting, Outcome>
    where
        F: Future<Output = Outcome> + Send + 'static,
    {
        let mut flights = self.0.lock();
        if let Some(flight) = flights.get(key) {
            return Ok(Waiting { outcome: flight.outcome.clone(), tenant: key.tenant.clone() });
        }
        if let Some(outcome) = look_again() {
            return Err(outcome);
        }
        let (sender, outcome) = watch::channel(None);
        flights.insert(key.clone(), Flight { outcome: outcome.clone() });
        drop(flights);

        let landing = Landing { flights: self.clone(), key: key.clone(), outcome: outcome.clone() };
        let acquisition = acquire();
        tokio::spawn(async move {
            let outcome = acquisition.await;
            landing.land(&outcome, land);
            // nobody may be waiting any more
            let _ = sender.send(Some(outcome));
        });
        Ok(Waiting { outcome, tenant: key.tenant.clone() })
    }

    /// Joins the acquisition for `key` if there is one.
    pub(crate) fn join(&self, key: &CacheKey) -> Option<Waiting> {
        let outcome = self.0.lock().get(key)?.outcome.clone();
        Some(Waiting { outcome, tenant: key.tenant.clone() })
    }

    /// Lets the acquisitions of a tenant end unheard by the cache; later callers start new ones.
    pub(crate) fn forget(&self, tenant: &Tenant) {
        self.0.lock().retain(|key, _| key.tenant != *tenant);
    }
}

impl Waiting {
    /// The outcome. Dropping this future cancels the waiting, not the acquisition.
    pub(crate) async fn outcome(self) -> Outcome {
        let Self { mut outcome, tenant } = self;
        let interrupted = || ErrorKind::Interrupted { tenant: tenant.clone() }.into();
        match outcome.wait_for(Option::is_some).await {
            Ok(outcome) => outcome.clone().unwrap_or_else(|| Err(interrupted())),
            Err(_) => Err(interrupted()),
        }
    }
}

/// Takes the flight off the board, also when its task dies: a panic must not block a tenant for ever.
struct Landing {
    flights: Flights,
    key: CacheKey,
    outcome: watch::Receiver<Option<Outcome>>,
}

impl Landing {
    fn land(self, outcome: &Outcome, land: impl FnOnce(&Outcome)) {
        let mut flights = self.flights.0.lock();
        if self.is_current(&flights) {
            land(outcome);
            flights.remove(&self.key);
        }
        // `drop` locks as well
        drop(flights);
    }

    fn is_current(&self, flights: &HashMap<CacheKey, Flight>) -> bool {
        flights.get(&self.key).is_some_and(|flight| flight.outcome.same_channel(&self.outcome))
    }
}

impl Drop for Landing {
    fn drop(&mut self) {
        let mut flights = self.flights.0.lock();
        if self.is_current(&flights) {
            flights.remove(&self.key);
        }
    }
}
