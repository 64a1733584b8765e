//! `/lab/audit`: the audit log of the vaults, one JSON record a line.

use axum::{
    extract::{Query, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    Control,
    answer::{Answer, Problem},
    vaults::vault_exists,
};

/// Which records to show.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Filter {
    /// The host name of a vault; every vault's without it.
    vault: Option<String>,
    /// At most so many, the newest ones.
    limit: Option<usize>,
}

/// Show the vaults' audit log, one JSON record a line, oldest first
#[utoipa::path(
    get, path = "/lab/audit", operation_id = "showAudit", tag = "vaults", params(Filter),
    responses(
        (status = OK, body = String, content_type = "application/jsonl"), (status = NOT_FOUND, body = Problem)
    )
)]
pub(super) async fn show(State(control): State<Control>, Query(filter): Query<Filter>) -> Answer<Response> {
    let log = &control.vaults.audit;
    let mut records = filter.vault.as_ref().map_or_else(|| log.records(), |host| log.records_of(host));
    if records.is_empty()
        && let Some(host) = &filter.vault
    {
        // a vault that is gone may have left records; one that never was has none
        vault_exists(&control, host)?;
    }
    if let Some(limit) = filter.limit {
        records.drain(..records.len().saturating_sub(limit));
    }
    let mut lines = String::new();
    for line in records.iter().filter_map(|record| serde_json::to_string(record).ok()) {
        lines.push_str(&line);
        lines.push('\n');
    }
    Ok(([(header::CONTENT_TYPE, "application/jsonl")], lines).into_response())
}

/// Forget all audit records
#[utoipa::path(
    delete, path = "/lab/audit", operation_id = "clearAudit", tag = "vaults", responses((status = NO_CONTENT))
)]
pub(super) async fn clear(State(control): State<Control>) -> StatusCode {
    control.vaults.audit.clear();
    StatusCode::NO_CONTENT
}
