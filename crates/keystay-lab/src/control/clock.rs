//! `/lab/clock`

use std::time::Duration;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::json;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{Control, bad_request};

/// Ten years: further is a mistake, and the calendar ends somewhere.
const FURTHEST_SECS: u64 = 10 * 366 * 24 * 3600;

/// How to move the clock.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Change {
    /// Forward by so many seconds.
    AdvanceSeconds(u64),
    /// To a moment (RFC 3339).
    Set(String),
}

pub(super) async fn show(State(control): State<Control>) -> Response {
    reading(&control)
}

pub(super) async fn change(State(control): State<Control>, Json(change): Json<Change>) -> Response {
    match change {
        Change::AdvanceSeconds(seconds) if seconds <= FURTHEST_SECS => {
            control.clock.advance(Duration::from_secs(seconds));
        }
        Change::AdvanceSeconds(_) => return bad_request("the clock moves ten years at most"),
        Change::Set(text) => match OffsetDateTime::parse(&text, &Rfc3339) {
            Ok(moment) if (2000..2100).contains(&moment.year()) => control.clock.set(moment.into()),
            Ok(_) => return bad_request("the clock shows years from 2000 to 2099"),
            Err(error) => return bad_request(format_args!("not an RFC 3339 moment: {error}")),
        },
    }
    reading(&control)
}

fn reading(control: &Control) -> Response {
    let now = OffsetDateTime::from(control.clock.now());
    Json(json!({ "now": now.format(&Rfc3339).unwrap_or_default(), "offset_millis": control.clock.offset() }))
        .into_response()
}
