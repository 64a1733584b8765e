//! What recognised callers asked, and what became of it.

use std::{collections::HashMap, sync::Arc, time::Duration};

use prometheus::Histogram;

use super::{
    catalogue::{REQUESTS, TOKEN_REMAINING},
    series::{Registry, Series},
};
use crate::name::{CallerName, IdentityName};

/// Counters for every caller and identity of one configuration.
#[derive(Debug)]
pub(crate) struct Requests {
    registry: Arc<Registry>,
    callers: HashMap<CallerName, Asked>,
    given: HashMap<IdentityName, Histogram>,
}

type Outcomes = Series<(&'static str, &'static str)>;

/// What one caller asked.
#[derive(Debug)]
struct Asked {
    of: HashMap<IdentityName, Outcomes>,
    /// Identities that do not exist.
    of_none: Outcomes,
}

/// The label of an identity that does not exist.
const NONE: &str = "none";

impl Requests {
    pub(crate) fn new<'a>(
        registry: &Arc<Registry>,
        callers: impl Iterator<Item = &'a CallerName>,
        identities: impl Iterator<Item = &'a IdentityName> + Clone,
    ) -> Self {
        let asked = |caller: &CallerName| {
            let of = identities.clone().map(|identity| (identity.clone(), Outcomes::default())).collect();
            (caller.clone(), Asked { of, of_none: Outcomes::default() })
        };
        let given = |identity: &IdentityName| {
            let lives = registry.histogram(TOKEN_REMAINING, &[("identity", identity.as_str())])?;
            Some((identity.clone(), lives))
        };
        let callers = callers.map(asked).collect();
        Self { registry: registry.clone(), callers, given: identities.filter_map(given).collect() }
    }

    /// A token was given out.
    pub(crate) fn granted(&self, door: &'static str, caller: &CallerName, identity: &IdentityName, left: Duration) {
        self.count(door, caller, identity.as_str(), "granted");
        if let Some(given) = self.given.get(identity) {
            given.observe(left.as_secs_f64());
        }
    }

    /// No token was given out. `identity` is what the caller wrote.
    pub(crate) fn refused(&self, door: &'static str, caller: &CallerName, identity: &str, code: &'static str) {
        self.count(door, caller, identity, code);
    }

    fn count(&self, door: &'static str, caller: &CallerName, identity: &str, outcome: &'static str) {
        // a caller is recognised by the configuration these counters were made for, or by the one before it
        let Some(asked) = self.callers.get(caller) else { return };
        let (label, outcomes) = match asked.of.get_key_value(identity) {
            Some((name, outcomes)) => (name.as_str(), outcomes),
            None => (NONE, &asked.of_none),
        };
        let register = || {
            let labels = [("door", door), ("caller", caller.as_str()), ("identity", label), ("outcome", outcome)];
            self.registry.counter(REQUESTS, &labels)
        };
        outcomes.count((door, outcome), register);
    }
}
