//! `/lab/clock`

use std::time::Duration;

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use utoipa::ToSchema;

use super::{
    Control,
    answer::{Answer, Problem},
};

/// Ten years: further is a mistake, and the calendar ends somewhere.
const FURTHEST_SECS: u64 = 10 * 366 * 24 * 3600;

/// How to move the clock.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Change {
    /// Forward by so many seconds.
    #[schema(example = 3600)]
    AdvanceSeconds(u64),
    /// To a moment (RFC 3339).
    #[schema(example = "2027-01-01T00:00:00Z")]
    Set(String),
}

/// What the clock shows.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Reading {
    /// The lab's present moment.
    #[serde(with = "time::serde::rfc3339")]
    now: OffsetDateTime,
    /// How far it is ahead of the computer, in milliseconds; negative when it is behind.
    offset_millis: i64,
}

/// Show the lab's time
#[utoipa::path(
    get, path = "/lab/clock", operation_id = "showClock", tag = "clock", responses((status = OK, body = Reading))
)]
pub(super) async fn show(State(control): State<Control>) -> Json<Reading> {
    reading(&control)
}

/// Move the clock of all services
#[utoipa::path(
    post, path = "/lab/clock", operation_id = "moveClock", tag = "clock", request_body = Change,
    responses((status = OK, body = Reading), (status = BAD_REQUEST, body = Problem))
)]
pub(super) async fn change(State(control): State<Control>, Json(change): Json<Change>) -> Answer<Json<Reading>> {
    match change {
        Change::AdvanceSeconds(seconds) if seconds <= FURTHEST_SECS => {
            control.clock.advance(Duration::from_secs(seconds));
        }
        Change::AdvanceSeconds(_) => return Err(Problem::bad_request("the clock moves ten years at most")),
        Change::Set(text) => match OffsetDateTime::parse(&text, &Rfc3339) {
            Ok(moment) if (2000..2100).contains(&moment.year()) => control.clock.set(moment.into()),
            Ok(_) => return Err(Problem::bad_request("the clock shows years from 2000 to 2099")),
            Err(error) => {
                return Err(Problem::bad_request(format_args!("`{text}` is not an RFC 3339 moment: {error}"))
                    .hint("2027-01-01T00:00:00Z is one"));
            }
        },
    }
    Ok(reading(&control))
}

fn reading(control: &Control) -> Json<Reading> {
    Json(Reading { now: control.clock.now().into(), offset_millis: control.clock.offset() })
}
