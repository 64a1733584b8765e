//! Moments in words.

use std::time::{SystemTime, UNIX_EPOCH};

use time::{OffsetDateTime, macros::format_description};

use crate::duration;

/// Whole seconds since 1970.
pub(crate) fn unix(moment: SystemTime) -> u64 {
    moment.duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs())
}

/// `2026-11-24 02:07 UTC`.
pub(crate) fn words(unix: u64) -> String {
    let format = format_description!("[year]-[month]-[day] [hour]:[minute] UTC");
    i64::try_from(unix)
        .ok()
        .and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok())
        .and_then(|moment| moment.format(&format).ok())
        .unwrap_or_else(|| format!("{unix} s after 1970"))
}

/// `2026-11-24 02:07 UTC (in 59 min)`, `… (3 days ago)`.
pub(crate) fn relative(unix: u64, now: u64) -> String {
    let moment = words(unix);
    match (unix.checked_sub(now), now.checked_sub(unix)) {
        (Some(0), _) => format!("{moment} (now)"),
        (Some(ahead), _) => format!("{moment} (in {})", duration::words(ahead)),
        (None, behind) => format!("{moment} ({} ago)", duration::words(behind.unwrap_or_default())),
    }
}
