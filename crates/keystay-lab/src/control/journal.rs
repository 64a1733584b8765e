//! `/lab/journal`

use std::collections::BTreeMap;

use axum::{
    Json,
    extract::{Query, State},
    http::StatusCode,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Control;
use crate::journal::{Entry, Kind};

/// Which entries to show.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Filter {
    /// Entries after the one of this number: the `last` of an earlier answer.
    since: Option<u64>,
    /// Entries of this kind.
    kind: Option<Kind>,
    /// Entries of hosts that end in this text.
    host: Option<String>,
    /// At most so many, the newest ones.
    limit: Option<usize>,
}

impl Filter {
    fn shows(&self, entry: &Entry) -> bool {
        self.since.is_none_or(|since| entry.number > since)
            && self.kind.is_none_or(|kind| entry.kind == kind)
            && self.host.as_ref().is_none_or(|suffix| entry.host.ends_with(&suffix.to_ascii_lowercase()))
    }
}

/// The record, or a part of it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Extract {
    /// How many requests of each kind there were since the start or the last clearing, whatever the filter.
    counts: BTreeMap<String, u64>,
    /// The requests the filter lets through, oldest first.
    entries: Vec<Entry>,
    /// The number of the newest request of all; 0 before the first.
    last: u64,
}

/// Show which requests were made of the lab
///
/// The control API's own requests are not on record. The last 100,000 requests are kept; the counts go on.
#[utoipa::path(
    get, path = "/lab/journal", operation_id = "showJournal", tag = "journal", params(Filter),
    responses((status = OK, body = Extract))
)]
pub(super) async fn show(State(control): State<Control>, Query(filter): Query<Filter>) -> Json<Extract> {
    let counts = Kind::ALL.into_iter().map(|kind| (kind.name().to_owned(), control.journal.count(kind))).collect();
    // first the number, then the entries: one that comes in between is shown twice rather than never
    let last = control.journal.last();
    let mut entries = control.journal.entries();
    entries.retain(|entry| filter.shows(entry));
    if let Some(limit) = filter.limit {
        entries.drain(..entries.len().saturating_sub(limit));
    }
    Json(Extract { counts, entries, last })
}

/// Forget all entries and counts
#[utoipa::path(
    delete, path = "/lab/journal", operation_id = "clearJournal", tag = "journal", responses((status = NO_CONTENT))
)]
pub(super) async fn clear(State(control): State<Control>) -> StatusCode {
    control.journal.clear();
    StatusCode::NO_CONTENT
}
