//! The last decisions, for the operator's eyes. The audit log has all of them; this is a look at its end.

use std::{collections::VecDeque, time::SystemTime};

use keystay::{Scopes, Tenant};
use parking_lot::Mutex;
use serde::Serialize;
use time::OffsetDateTime;

use super::{Ask, Granted, Refused};
use crate::{
    caller::Caller,
    name::{CallerName, IdentityName},
};

/// Bounded; three lists, so that thousands of grants push no refusal out of sight, and strangers neither.
#[derive(Debug, Default)]
pub(crate) struct Decisions {
    granted: Mutex<VecDeque<Grant>>,
    refused: Mutex<VecDeque<Decided>>,
    strangers: Mutex<VecDeque<Decided>>,
}

/// One decision, or several in a row that say the same.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct Decided {
    /// `granted`, `denied`, `failed` or `turned-away`.
    event: &'static str,
    door: &'static str,
    /// Who asked; for somebody who is no caller, where the connection comes from.
    caller: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    identity: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    count: u64,
    #[serde(with = "time::serde::rfc3339")]
    last: OffsetDateTime,
}

/// A token that was given out, without a text of its own: there may be fifty thousand in a second.
#[derive(Debug)]
struct Grant {
    door: &'static str,
    caller: CallerName,
    identity: IdentityName,
    tenant: Tenant,
    scopes: Scopes,
    count: u64,
    last: SystemTime,
}

/// Decisions of each list.
const ROOM: usize = 50;

impl Decisions {
    pub(crate) fn note<T>(
        &self,
        door: &'static str,
        caller: &Caller,
        ask: &Ask,
        outcome: &Result<(Granted, T), Refused>,
        now: SystemTime,
    ) {
        match outcome {
            Ok((granted, _)) => self.granted(door, caller, ask, granted, now),
            Err(refused) => {
                let decided = Decided {
                    event: refused.event(),
                    door,
                    caller: caller.name.to_string(),
                    identity: Some(ask.shown_identity().into_owned()),
                    tenant: Some(ask.tenant.to_string()),
                    scope: Some(ask.scopes.as_str().to_owned()),
                    code: Some(refused.code()),
                    count: 1,
                    last: now.into(),
                };
                add(&mut self.refused.lock(), decided);
            }
        }
    }

    fn granted(&self, door: &'static str, caller: &Caller, ask: &Ask, granted: &Granted, now: SystemTime) {
        let identity = granted.identity.name();
        let mut list = self.granted.lock();
        if let Some(last) = list.back_mut()
            && (last.door, &last.caller, &last.identity) == (door, &caller.name, identity)
            && (&last.tenant, &last.scopes) == (&ask.tenant, &ask.scopes)
        {
            last.count += 1;
            last.last = now;
            return;
        }
        if list.len() == ROOM {
            list.pop_front();
        }
        list.push_back(Grant {
            door,
            caller: caller.name.clone(),
            identity: identity.clone(),
            tenant: ask.tenant.clone(),
            scopes: ask.scopes.clone(),
            count: 1,
            last: now,
        });
    }

    /// Somebody was no caller.
    pub(crate) fn turned_away(&self, door: &'static str, peer: &str, code: &'static str, now: SystemTime) {
        let decided = Decided {
            event: "turned-away",
            door,
            caller: peer.to_owned(),
            identity: None,
            tenant: None,
            scope: None,
            code: Some(code),
            count: 1,
            last: now.into(),
        };
        add(&mut self.strangers.lock(), decided);
    }

    /// All of them, the newest first.
    pub(crate) fn newest_first(&self) -> Vec<Decided> {
        let mut all: Vec<_> = self.granted.lock().iter().map(Grant::shown).collect();
        for list in [&self.refused, &self.strangers] {
            all.extend(list.lock().iter().cloned());
        }
        all.sort_by_key(|decided| std::cmp::Reverse(decided.last));
        all
    }
}

fn add(list: &mut VecDeque<Decided>, decided: Decided) {
    if let Some(last) = list.back_mut()
        && last.says_the_same(&decided)
    {
        last.count += 1;
        last.last = decided.last;
        return;
    }
    if list.len() == ROOM {
        list.pop_front();
    }
    list.push_back(decided);
}

impl Grant {
    fn shown(&self) -> Decided {
        Decided {
            event: "granted",
            door: self.door,
            caller: self.caller.to_string(),
            identity: Some(self.identity.to_string()),
            tenant: Some(self.tenant.to_string()),
            scope: Some(self.scopes.as_str().to_owned()),
            code: None,
            count: self.count,
            last: self.last.into(),
        }
    }
}

impl Decided {
    fn says_the_same(&self, other: &Self) -> bool {
        (self.event, self.door, self.code) == (other.event, other.door, other.code)
            && self.caller == other.caller
            && self.tenant == other.tenant
            && self.identity == other.identity
            && self.scope == other.scope
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[test]
    fn the_same_again_is_counted_and_the_oldest_makes_room() {
        let decisions = Decisions::default();
        let at = |second| UNIX_EPOCH + Duration::from_secs(second);
        for second in 0..3 {
            decisions.turned_away("native", "127.0.0.1:9", "wrong-secret", at(second));
        }
        let seen = decisions.newest_first();
        assert_eq!((seen.len(), seen[0].count, seen[0].last.unix_timestamp()), (1, 3, 2));
        for second in 3..200 {
            decisions.turned_away("native", &format!("127.0.0.1:{second}"), "wrong-secret", at(second));
        }
        let seen = decisions.newest_first();
        assert_eq!((seen.len(), seen[0].caller.as_str()), (ROOM, "127.0.0.1:199"));
    }
}
