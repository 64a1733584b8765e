//! The last refusals, in words, for whoever operates the broker.

use std::{collections::VecDeque, time::SystemTime};

use parking_lot::Mutex;
use serde::Serialize;
use time::OffsetDateTime;

use super::{Ask, Refused};
use crate::caller::Caller;

/// Bounded lists: what Entra or a key refused, by tenant and identity; what the policy refused, by caller. Two, so that
/// a caller who asks for thousands of tenants it may not have pushes no customer's trouble out of sight.
#[derive(Debug)]
pub(crate) struct Refusals {
    failed: Mutex<Recent>,
    denied: Mutex<Recent>,
}

/// One kind of refusal: the last one in full, and how many there were.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Noted {
    pub(crate) tenant: String,
    pub(crate) identity: String,
    pub(crate) caller: String,
    pub(crate) scope: String,
    /// A stable name.
    pub(crate) code: &'static str,
    /// What happened, and whose fault it is.
    pub(crate) words: String,
    /// What to do.
    pub(crate) hint: String,
    /// How often since the first time, with whatever code.
    pub(crate) count: u64,
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) first: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) last: OffsetDateTime,
}

/// The most recently refused last.
#[derive(Debug)]
struct Recent {
    room: usize,
    entries: VecDeque<Noted>,
}

/// Tenants whose last refusal is remembered.
const TENANTS: usize = 200;
/// Callers whose last denial is remembered.
const CALLERS: usize = 50;

impl Default for Refusals {
    fn default() -> Self {
        let recent = |room| Mutex::new(Recent { room, entries: VecDeque::new() });
        Self { failed: recent(TENANTS), denied: recent(CALLERS) }
    }
}

impl Refusals {
    pub(crate) fn note(&self, caller: &Caller, ask: &Ask, refused: &Refused, now: SystemTime) {
        let now = OffsetDateTime::from(now);
        let noted = Noted {
            tenant: ask.tenant.to_string(),
            identity: ask.shown_identity().into_owned(),
            caller: caller.name.to_string(),
            scope: ask.scopes.as_str().to_owned(),
            code: refused.code(),
            words: refused.to_string(),
            hint: refused.hint(),
            count: 1,
            first: now,
            last: now,
        };
        match refused {
            // says nothing about a tenant
            Refused::Busy(_) => {}
            Refused::Denied(_) => self.denied.lock().add(noted, |one, other| one.caller == other.caller),
            Refused::Failed(_) | Refused::NotAvailable(_) => {
                self.failed
                    .lock()
                    .add(noted, |one, other| one.tenant == other.tenant && one.identity == other.identity);
            }
        }
    }

    /// What Entra or a key refused, the newest first.
    pub(crate) fn failed(&self) -> Vec<Noted> {
        self.failed.lock().newest_first()
    }

    /// What the policy refused, the newest first.
    pub(crate) fn denied(&self) -> Vec<Noted> {
        self.denied.lock().newest_first()
    }

    /// Forgets what was refused for a tenant.
    pub(crate) fn forget(&self, tenant: &str) {
        self.failed.lock().entries.retain(|noted| noted.tenant != tenant);
    }
}

impl Recent {
    fn add(&mut self, mut noted: Noted, same: impl Fn(&Noted, &Noted) -> bool) {
        if let Some(place) = self.entries.iter().position(|known| same(known, &noted)) {
            if let Some(known) = self.entries.remove(place) {
                noted.count += known.count;
                noted.first = known.first;
            }
        } else if self.entries.len() == self.room {
            self.entries.pop_front();
        }
        self.entries.push_back(noted);
    }

    fn newest_first(&self) -> Vec<Noted> {
        self.entries.iter().rev().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use keystay::Scopes;

    use super::*;
    use crate::{caller::Evidence, policy::Denial};

    #[test]
    fn a_caller_who_is_denied_often_has_one_entry_and_pushes_nobodys_trouble_out() {
        let refusals = Refusals::default();
        let caller =
            |name: &str| Caller { name: name.parse().unwrap(), evidence: Evidence::Peer { uid: 1, pid: None } };
        let ask = |tenant: usize| Ask {
            identity: "graph".into(),
            tenant: format!("tenant-{tenant}.example").parse().unwrap(),
            scopes: Scopes::graph(),
        };
        let at = |second| UNIX_EPOCH + Duration::from_secs(second);
        let unavailable = || {
            let error = crate::identity::ConnectError::File { path: "x".into(), source: std::io::Error::other("gone") };
            Refused::NotAvailable(std::sync::Arc::new(error))
        };
        refusals.note(&caller("reports"), &ask(0), &unavailable(), at(0));
        for number in 0..1000 {
            refusals.note(&caller("prober"), &ask(number), &Refused::Denied(Denial::Identity), at(1));
        }
        assert_eq!((refusals.denied().len(), refusals.denied()[0].count), (1, 1000));
        assert_eq!(refusals.failed().len(), 1);

        for number in 1..=TENANTS {
            refusals.note(&caller("reports"), &ask(number), &unavailable(), at(2));
        }
        let failed = refusals.failed();
        assert_eq!((failed.len(), failed[0].tenant.as_str()), (TENANTS, "tenant-200.example"));
        assert!(failed.iter().all(|noted| noted.tenant != "tenant-0.example"), "the oldest went");
        refusals.note(&caller("reports"), &ask(1), &unavailable(), at(9));
        let first = refusals.failed().swap_remove(0);
        assert_eq!((first.tenant.as_str(), first.count), ("tenant-1.example", 2));
        assert_eq!((first.first.unix_timestamp(), first.last.unix_timestamp()), (2, 9));
    }
}
