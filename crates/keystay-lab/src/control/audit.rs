//! `/lab/audit`: the audit log of the vaults, one JSON record a line.

use axum::{
    Router,
    extract::{Query, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Deserialize;

use super::Control;

/// Which records to show.
#[derive(Debug, Deserialize)]
pub(super) struct Filter {
    /// The host name of a vault; every vault's without it.
    vault: Option<String>,
}

pub(super) fn routes() -> Router<Control> {
    Router::new().route("/lab/audit", get(show).delete(clear))
}

async fn show(State(control): State<Control>, Query(filter): Query<Filter>) -> Response {
    let log = &control.vaults.audit;
    let records = filter.vault.map_or_else(|| log.records(), |host| log.records_of(&host));
    let mut lines = String::new();
    for line in records.iter().filter_map(|record| serde_json::to_string(record).ok()) {
        lines.push_str(&line);
        lines.push('\n');
    }
    ([(header::CONTENT_TYPE, "application/jsonl")], lines).into_response()
}

async fn clear(State(control): State<Control>) -> StatusCode {
    control.vaults.audit.clear();
    StatusCode::NO_CONTENT
}
