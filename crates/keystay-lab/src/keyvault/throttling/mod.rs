//! How much a vault does in ten seconds before it answers 429.
//!
//! The model is learn.microsoft.com/azure/key-vault/general/service-limits: calls have weights by key type, the weights of a pool
//! are summed over a sliding window, and a subscription has five times the limit of a vault. Which calls share a pool, where
//! the page is silent, is the lab's reading and marked in `cost`.

mod cost;
mod limits;
mod window;

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use parking_lot::{Mutex, RwLock};
use uuid::Uuid;

pub use limits::Throttling;

use self::{cost::Pool, window::Window};
use super::{
    vault::VaultResource,
    wire::{Call, VaultError},
};

/// The limits of a lab and what was used of them. Clones share both.
///
/// Time is the lab's: a test that moves the clock ten seconds on has all of its limits again.
#[derive(Clone, Debug, Default)]
pub(crate) struct Throttle(Arc<State>);

#[derive(Debug, Default)]
struct State {
    limits: RwLock<Throttling>,
    /// By vault host, and by subscription and region.
    used: Mutex<HashMap<Account, [Window; Pool::COUNT]>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Account {
    Vault(String),
    Region(Uuid, String),
}

impl Throttle {
    pub(crate) fn limits(&self) -> Throttling {
        *self.0.limits.read()
    }

    /// Changes the limits and forgets what was used.
    pub(crate) fn set(&self, limits: Throttling) {
        *self.0.limits.write() = limits;
        self.0.used.lock().clear();
    }

    /// Takes what a call costs from its vault and from the vault's subscription in that region. A refused call takes nothing: the
    /// service's page says that calls answered 429 do not count.
    pub(super) fn charge(&self, call: &Call, path: &str, now: SystemTime) -> Result<(), VaultError> {
        let limits = self.limits();
        let Some(operation) = call.operation.filter(|_| limits.enabled) else { return Ok(()) };
        let (pool, units) = cost::cost(call, operation, path);
        let of_vault = limits.of(pool);
        let of_region = of_vault.saturating_mul(limits.subscription_factor);
        let VaultResource { subscription, location, .. } = &*call.resource;
        let accounts = [
            (Account::Vault(call.vault.host.clone()), of_vault),
            (Account::Region(*subscription, location.clone()), of_region),
        ];
        let now = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        let mut used = self.0.used.lock();
        for (account, limit) in &accounts {
            let window = &mut used.entry(account.clone()).or_default()[pool as usize];
            if window.used(now) + units > *limit {
                return Err(refusal(account, limits.retry_after.then(|| window.wait(now, units, *limit))));
            }
        }
        for (account, _) in &accounts {
            if let Some(windows) = used.get_mut(account) {
                windows[pool as usize].add(now, units);
            }
        }
        Ok(())
    }
}

fn refusal(account: &Account, wait: Option<Duration>) -> VaultError {
    let reason = match account {
        Account::Vault(_) => "VaultRequestTypeLimitReached",
        // not documented: the reason's name
        Account::Region(..) => "SubscriptionRequestTypeLimitReached",
    };
    VaultError::throttled(
        format!("Request was not processed because too many requests were received. Reason: {reason}"),
        wait,
    )
}
