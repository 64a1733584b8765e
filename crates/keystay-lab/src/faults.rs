//! Faults on purpose: the lab as the internet is on a bad day.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use parking_lot::Mutex;
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde::{Deserialize, Serialize};

/// A fault: which requests it meets, and what happens to them.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Meets hosts that end in this text; all when absent.
    #[serde(default)]
    pub host: Option<String>,
    /// Meets paths that contain this text; all when absent.
    #[serde(default)]
    pub path_contains: Option<String>,
    /// Meets this HTTP method; all when absent.
    #[serde(default)]
    pub method: Option<String>,
    /// What happens.
    pub action: FaultAction,
    /// How often it happens at most; for ever when absent.
    #[serde(default)]
    pub times: Option<u32>,
    /// How likely it is that a request it meets is hit, from 0 to 1. The same sequence of requests is hit in every run.
    #[serde(default = "always")]
    pub probability: f64,
}

/// What a fault does to a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum FaultAction {
    /// Answers with this instead of asking the service.
    Status {
        /// The HTTP status.
        code: u16,
        /// Header fields, for example `Retry-After`.
        #[serde(default)]
        headers: BTreeMap<String, String>,
        /// The body.
        #[serde(default)]
        body: String,
    },
    /// Asks the service and holds back its answer.
    Delay {
        /// For how long, in milliseconds.
        millis: u64,
    },
    /// Closes the connection without an answer. The service is not asked.
    Reset,
    /// Asks the service, promises its whole answer and closes the connection half way.
    Truncate,
}

impl Fault {
    /// A fault that meets every request, every time.
    pub fn new(action: FaultAction) -> Self {
        Self { host: None, path_contains: None, method: None, action, times: None, probability: always() }
    }

    /// A fault that answers with a status and nothing else.
    pub fn status(code: u16) -> Self {
        Self::new(FaultAction::Status { code, headers: BTreeMap::new(), body: String::new() })
    }

    /// A fault that holds answers back.
    pub fn delay(by: Duration) -> Self {
        Self::new(FaultAction::Delay { millis: u64::try_from(by.as_millis()).unwrap_or(u64::MAX) })
    }

    /// Meets only hosts that end in `suffix`.
    pub fn on_host(mut self, suffix: impl Into<String>) -> Self {
        self.host = Some(suffix.into());
        self
    }

    /// Meets only paths that contain `part`.
    pub fn on_path(mut self, part: impl Into<String>) -> Self {
        self.path_contains = Some(part.into());
        self
    }

    /// Happens `times` times, then no more.
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    fn meets(&self, host: &str, method: &str, path: &str) -> bool {
        self.host.as_ref().is_none_or(|suffix| host.ends_with(&suffix.to_ascii_lowercase()))
            && self.path_contains.as_ref().is_none_or(|part| path.contains(part.as_str()))
            && self.method.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
    }
}

fn always() -> f64 {
    1.0
}

/// The faults of a running lab. Clones share them.
#[derive(Clone, Debug)]
pub struct Faults(Arc<Mutex<Set>>);

#[derive(Debug)]
struct Set {
    faults: Vec<Fault>,
    random: StdRng,
}

impl Faults {
    pub(crate) fn new(seed: Option<u64>) -> Self {
        // Without a seed a fixed one: a test that meets faults by chance meets the same ones in its next run.
        Self(Arc::new(Mutex::new(Set { faults: Vec::new(), random: StdRng::seed_from_u64(seed.unwrap_or(0x1ab)) })))
    }

    /// Adds a fault. When several meet a request, the one added first happens.
    pub fn add(&self, fault: Fault) {
        self.0.lock().faults.push(fault);
    }

    /// Removes all faults.
    pub fn clear(&self) {
        self.0.lock().faults.clear();
    }

    /// What happens to this request, if anything. Counts it.
    pub(crate) fn strike(&self, host: &str, method: &str, path: &str) -> Option<FaultAction> {
        let mut set = self.0.lock();
        let Set { faults, random } = &mut *set;
        let hit = faults.iter_mut().find(|fault| {
            fault.times != Some(0)
                && fault.meets(host, method, path)
                && (fault.probability >= 1.0 || random.random::<f64>() < fault.probability)
        })?;
        if let Some(left) = &mut hit.times {
            *left -= 1;
        }
        Some(hit.action.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_happens_as_often_as_it_says_and_only_where_it_says() {
        let faults = Faults::new(None);
        faults.add(Fault::status(503).on_host(".vault.azure.net").on_path("/sign").times(2));
        assert_eq!(faults.strike("login.microsoftonline.com", "POST", "/sign"), None);
        assert_eq!(faults.strike("a.vault.azure.net", "GET", "/keys/k"), None);
        assert!(faults.strike("a.vault.azure.net", "POST", "/keys/k/1/sign").is_some());
        assert!(faults.strike("a.vault.azure.net", "POST", "/keys/k/1/sign").is_some());
        assert_eq!(faults.strike("a.vault.azure.net", "POST", "/keys/k/1/sign"), None);
    }

    #[test]
    fn chance_is_the_same_in_every_run() {
        let run = || {
            let faults = Faults::new(None);
            faults.add(Fault { probability: 0.5, ..Fault::new(FaultAction::Reset) });
            (0..200).map(|_| faults.strike("h", "GET", "/").is_some()).collect::<Vec<_>>()
        };
        let hits = run();
        assert_eq!(hits, run());
        let share = hits.iter().filter(|hit| **hit).count();
        assert!((60..140).contains(&share), "{share} of 200");
    }
}
