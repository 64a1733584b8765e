//! Faults on purpose: the lab as the internet is on a bad day.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use axum::http::{HeaderName, HeaderValue};
use parking_lot::Mutex;
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A fault: which requests it meets, and what happens to them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
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
    /// How often it happens yet; for ever when absent.
    #[serde(default)]
    pub times: Option<u32>,
    /// How likely it is that a request it meets is hit, from 0 to 1. The same sequence of requests is hit in every run.
    #[serde(default = "always")]
    pub probability: f64,
}

/// What a fault does to a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
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
    /// Answers with an error of Entra's, with the status, words and ids it has, instead of asking the service.
    Aadsts {
        /// The number after `AADSTS`, for example 90033 or 50196. One the lab does not know is an `invalid_request`.
        code: u32,
        /// The `Retry-After` header in seconds; 60 with a 429 unless given.
        #[serde(default)]
        retry_after_seconds: Option<u32>,
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

    /// A fault that answers with an error of Entra's, by the number after `AADSTS`.
    pub fn aadsts(code: u32) -> Self {
        Self::new(FaultAction::Aadsts { code, retry_after_seconds: None })
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

    /// What cannot work about it, if anything.
    pub(crate) fn mistake(&self) -> Option<String> {
        if !(0.0..=1.0).contains(&self.probability) {
            return Some(format!("the probability {} is not between 0 and 1", self.probability));
        }
        if let FaultAction::Status { code, headers, .. } = &self.action {
            if !(200..=599).contains(code) {
                return Some(format!("{code} is not a status to answer with, from 200 to 599"));
            }
            let wrong = headers.iter().find(|(name, value)| {
                HeaderName::try_from(name.as_str()).is_err() || HeaderValue::try_from(value.as_str()).is_err()
            });
            return wrong.map(|(name, _)| format!("`{name}` is not a header field that can be sent"));
        }
        None
    }

    fn meets(&self, host: &str, method: &str, path: &str) -> bool {
        self.host.as_ref().is_none_or(|suffix| host.ends_with(&suffix.to_ascii_lowercase()))
            && self.path_contains.as_ref().is_none_or(|part| path.contains(part.as_str()))
            && self.method.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
    }
}

/// A fault of a running lab, and how often it happened.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[non_exhaustive]
pub struct PlacedFault {
    /// Its number in this lab.
    pub id: u64,
    /// How often it happened.
    pub hits: u64,
    /// The fault; its `times` counts down to 0.
    #[serde(flatten)]
    pub fault: Fault,
}

fn always() -> f64 {
    1.0
}

/// The faults of a running lab. Clones share them.
#[derive(Clone, Debug)]
pub struct Faults(Arc<Mutex<Set>>);

#[derive(Debug)]
struct Set {
    faults: Vec<PlacedFault>,
    last_id: u64,
    random: StdRng,
}

impl Faults {
    pub(crate) fn new(seed: Option<u64>) -> Self {
        // Without a seed a fixed one: a test that meets faults by chance meets the same ones in its next run.
        Self(Arc::new(Mutex::new(Set {
            faults: Vec::new(),
            last_id: 0,
            random: StdRng::seed_from_u64(seed.unwrap_or(0x1ab)),
        })))
    }

    /// Adds a fault and returns its id. When several meet a request, the one added first happens.
    pub fn add(&self, fault: Fault) -> u64 {
        let mut set = self.0.lock();
        set.last_id += 1;
        let id = set.last_id;
        set.faults.push(PlacedFault { id, hits: 0, fault });
        id
    }

    /// All faults in the order they were added, those used up among them.
    pub fn list(&self) -> Vec<PlacedFault> {
        self.0.lock().faults.clone()
    }

    /// The fault of this id.
    pub fn get(&self, id: u64) -> Option<PlacedFault> {
        self.0.lock().faults.iter().find(|placed| placed.id == id).cloned()
    }

    /// Removes the fault of this id; false when there is none.
    pub fn remove(&self, id: u64) -> bool {
        let faults = &mut self.0.lock().faults;
        let before = faults.len();
        faults.retain(|placed| placed.id != id);
        faults.len() < before
    }

    /// Removes all faults.
    pub fn clear(&self) {
        self.0.lock().faults.clear();
    }

    /// What happens to this request, if anything. Counts it.
    pub(crate) fn strike(&self, host: &str, method: &str, path: &str) -> Option<FaultAction> {
        let mut set = self.0.lock();
        let Set { faults, random, .. } = &mut *set;
        let hit = faults.iter_mut().find(|PlacedFault { fault, .. }| {
            fault.times != Some(0)
                && fault.meets(host, method, path)
                && (fault.probability >= 1.0 || random.random::<f64>() < fault.probability)
        })?;
        hit.hits += 1;
        if let Some(left) = &mut hit.fault.times {
            *left -= 1;
        }
        Some(hit.fault.action.clone())
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
