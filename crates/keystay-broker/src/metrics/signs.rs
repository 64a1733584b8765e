//! How often keys were asked for signatures, against what a vault allows.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

use keystay::KeyError;
use parking_lot::Mutex;

use super::{
    catalogue::SIGNS,
    series::{Registry, Series},
};
use crate::{identity::Identities, limits::in_ten_seconds, name::IdentityName};

/// Signatures by identity and by vault.
pub(crate) struct Signs {
    registry: Arc<Registry>,
    results: Mutex<HashMap<IdentityName, Arc<Series<&'static str>>>>,
    // some thousand at most: more in the window, the vault refuses
    recent: Mutex<HashMap<String, VecDeque<SystemTime>>>,
}

/// How busy a vault was kept.
#[derive(Debug)]
pub(crate) struct VaultLoad {
    /// Its host.
    pub(crate) vault: String,
    /// Signatures in the last 10 seconds.
    pub(crate) signs: usize,
    /// How many the service documents for 10 seconds.
    pub(crate) limit: u32,
}

/// The window of the service's limits ("Azure Key Vault service limits").
const WINDOW: Duration = Duration::from_secs(10);

impl Signs {
    pub(super) fn new(registry: Arc<Registry>) -> Self {
        Self { registry, results: Mutex::default(), recent: Mutex::default() }
    }

    /// A vault is about to be asked.
    pub(crate) fn begins(&self, key: &str, now: SystemTime) {
        let Some(vault) = vault_of(key) else { return };
        let mut recent = self.recent.lock();
        let times = match recent.get_mut(vault) {
            Some(times) => times,
            None => recent.entry(vault.to_owned()).or_default(),
        };
        forget_old(times, now);
        times.push_back(now);
    }

    /// A key has answered.
    pub(crate) fn ended(&self, identity: &IdentityName, error: Option<&KeyError>) {
        let result = error.map_or("signed", KeyError::code);
        let results = self.results.lock().entry(identity.clone()).or_default().clone();
        let register = || self.registry.counter(SIGNS, &[("identity", identity.as_str()), ("result", result)]);
        results.count(result, register);
    }

    /// The vaults of all connected identities.
    pub(crate) fn loads(&self, identities: &Identities, now: SystemTime) -> Vec<VaultLoad> {
        let mut limits: BTreeMap<String, u32> = BTreeMap::new();
        for connected in identities.values().filter_map(|identity| identity.connected()) {
            let Some(key) = connected.key() else { continue };
            let Some(vault) = vault_of(key.id()) else { continue };
            let limit = in_ten_seconds(key.certificate().key_kind(), key.keeper());
            let least = limits.entry(vault.to_owned()).or_insert(limit);
            *least = limit.min(*least);
        }
        let mut recent = self.recent.lock();
        let load = |(vault, limit): (String, u32)| {
            let signs = recent.get_mut(&vault).map_or(0, |times| {
                forget_old(times, now);
                times.len()
            });
            VaultLoad { vault, signs, limit }
        };
        limits.into_iter().map(load).collect()
    }
}

fn forget_old(times: &mut VecDeque<SystemTime>, now: SystemTime) {
    // a clock that was set back leaves moments of the future, which count until they have passed
    while times.front().is_some_and(|time| now.duration_since(*time).is_ok_and(|age| age >= WINDOW)) {
        times.pop_front();
    }
}

/// The host of a key's vault; none for a key in a file.
fn vault_of(key: &str) -> Option<&str> {
    key.strip_prefix("https://")?.split('/').next()
}

impl fmt::Debug for Signs {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Signs").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    #[test]
    fn a_vault_remembers_ten_seconds_of_signatures() {
        let signs = Signs::new(Arc::new(Registry::new()));
        let at = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
        let key = "https://harborvault.vault.azure.net/keys/signer/1";
        for second in [0, 5, 9] {
            signs.begins(key, at(second));
        }
        signs.begins("/etc/keystay/signer.pem", at(9));
        let count = |now| {
            let mut recent = signs.recent.lock();
            assert_eq!(recent.len(), 1);
            let times = recent.get_mut("harborvault.vault.azure.net").unwrap();
            forget_old(times, now);
            times.len()
        };
        assert_eq!([count(at(9)), count(at(10)), count(at(15)), count(at(19))], [3, 2, 1, 0]);
    }
}
