//! What was asked of the lab: one line per request, never what was in it.

mod kind;

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use parking_lot::Mutex;
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

pub use kind::Kind;

/// How many entries are kept; counts go on beyond it.
const CAPACITY: usize = 100_000;

/// One request and how it was answered. Holds no body, token, assertion or query.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[non_exhaustive]
pub struct Entry {
    /// Counts the requests since the start, from 1; clearing the journal does not start it again.
    pub number: u64,
    /// When it was answered, by the lab's clock.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// The host name asked.
    pub host: String,
    /// The HTTP method.
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// What it was for.
    pub kind: Kind,
    /// The HTTP status; `None` when a fault closed the connection instead of answering.
    pub status: Option<u16>,
    /// The tenant it was about, when the lab could tell.
    pub tenant: Option<Uuid>,
    /// The client application that asked, when the lab could tell.
    pub client_app: Option<Uuid>,
    /// The caller's own id for the request.
    pub client_request_id: Option<String>,
}

/// Whom a request was about. A service puts it into the extensions of its response.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Attribution {
    pub(crate) tenant: Option<Uuid>,
    pub(crate) client_app: Option<Uuid>,
}

#[derive(Debug, Default)]
struct Entries {
    kept: VecDeque<Entry>,
    /// The number of the newest entry of all.
    last: u64,
}

/// The record of a running lab. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Journal(Arc<Record>);

#[derive(Debug, Default)]
struct Record {
    entries: Mutex<Entries>,
    counts: [AtomicU64; Kind::ALL.len()],
}

impl Journal {
    /// How many requests of this kind were answered since the start or the last [`clear`](Self::clear). Always exact.
    pub fn count(&self, kind: Kind) -> u64 {
        self.0.counts[kind as usize].load(Ordering::Relaxed)
    }

    /// The last 100,000 requests, oldest first.
    pub fn entries(&self) -> Vec<Entry> {
        self.0.entries.lock().kept.iter().cloned().collect()
    }

    /// The number of the newest entry, whether it is kept or not; 0 before the first.
    pub(crate) fn last(&self) -> u64 {
        self.0.entries.lock().last
    }

    /// Forgets all entries and counts, and gives their memory back.
    pub fn clear(&self) {
        let mut entries = self.0.entries.lock();
        entries.kept = VecDeque::new();
        for count in &self.0.counts {
            count.store(0, Ordering::Relaxed);
        }
    }

    /// Keeps an entry and gives it its number.
    pub(crate) fn record(&self, entry: Entry) {
        let mut entries = self.0.entries.lock();
        self.0.counts[entry.kind as usize].fetch_add(1, Ordering::Relaxed);
        if entries.kept.len() == CAPACITY {
            entries.kept.pop_front();
        }
        entries.last += 1;
        let number = entries.last;
        entries.kept.push_back(Entry { number, ..entry });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(kind: Kind, path: String) -> Entry {
        Entry {
            number: 0,
            at: OffsetDateTime::UNIX_EPOCH,
            host: String::new(),
            method: String::new(),
            path,
            kind,
            status: Some(200),
            tenant: None,
            client_app: None,
            client_request_id: None,
        }
    }

    #[test]
    fn counts_stay_exact_when_old_entries_are_dropped() {
        let journal = Journal::default();
        for number in 0..=CAPACITY {
            journal.record(entry(Kind::Sign, number.to_string()));
        }
        assert_eq!(journal.count(Kind::Sign), 100_001);
        let entries = journal.entries();
        assert_eq!(entries.len(), CAPACITY);
        assert_eq!(entries[0].path, "1", "the oldest entry goes first");
    }
}
