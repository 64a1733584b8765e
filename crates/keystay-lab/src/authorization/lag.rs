//! How long a change of who has which role takes to reach the vaults.
//!
//! Resource Manager shows an assignment at once; a vault asks a copy that follows within minutes (Azure role-based access
//! control, troubleshooting: up to 10). Assignments are given and taken, not changed, so a change is a moment before which a new
//! one does not count yet, or one until which a taken one still counts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::Assignment;

/// Changes that are on their way to the vaults, and how long one takes.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Lag {
    delay_secs: u32,
    /// New assignments by name.
    given: BTreeMap<Uuid, Given>,
    taken: Vec<Taken>,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Given {
    #[serde(with = "time::serde::rfc3339")]
    from: OffsetDateTime,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Taken {
    assignment: Assignment,
    /// The vaults had not heard of it yet when it was taken.
    given: Option<Given>,
    #[serde(with = "time::serde::rfc3339")]
    until: OffsetDateTime,
}

impl Lag {
    /// How long changes take from now on. With zero, everything that is on its way arrives.
    pub(super) fn set_delay(&mut self, secs: u32) {
        self.delay_secs = secs;
        if secs == 0 {
            self.given.clear();
            self.taken.clear();
        }
    }

    pub(super) fn give(&mut self, name: Uuid, now: OffsetDateTime) {
        self.forget_arrived(now);
        if self.delay_secs > 0 {
            self.given.insert(name, Given { from: self.arrival(now) });
        }
    }

    pub(super) fn take(&mut self, assignment: Assignment, now: OffsetDateTime) {
        self.forget_arrived(now);
        let given = self.given.remove(&assignment.name);
        if self.delay_secs > 0 {
            self.taken.push(Taken { assignment, given, until: self.arrival(now) });
        }
    }

    /// Whether the vaults have heard of an assignment that there is.
    pub(super) fn has_heard_of(&self, name: Uuid, now: OffsetDateTime) -> bool {
        self.given.get(&name).is_none_or(|given| given.from <= now)
    }

    /// Assignments that there are no more, but of whose end the vaults have not heard.
    pub(super) fn lingering(&self, now: OffsetDateTime) -> impl Iterator<Item = &Assignment> {
        let counts = move |taken: &&Taken| taken.given.is_none_or(|given| given.from <= now) && now < taken.until;
        self.taken.iter().filter(counts).map(|taken| &taken.assignment)
    }

    fn arrival(&self, now: OffsetDateTime) -> OffsetDateTime {
        now + Duration::seconds(self.delay_secs.into())
    }

    fn forget_arrived(&mut self, now: OffsetDateTime) {
        self.given.retain(|_, given| given.from > now);
        self.taken.retain(|taken| taken.until > now);
    }
}
