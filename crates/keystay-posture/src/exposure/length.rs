//! A length of time that may be unknown or without end.

use std::{cmp, fmt, ops::Add, time::Duration};

use serde::Serialize;
use time::OffsetDateTime;

/// How long something lasts. What nobody knows and what never ends are states of their own: neither is a large number.
///
/// Ordered by how bad it is: every known length is shorter than an unknown one, and both than one without end. So
/// [`Ord::min`] of several ends is the one that is sure to come first. Written to JSON as `{"state": "known", "seconds": 5400}`,
/// `{"state": "unknown", "at_least_seconds": 5400}` or `{"state": "unbounded"}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(into = "Written")]
pub enum Length {
    /// Exactly or at most this long; whole seconds are told.
    Known(Duration),
    /// Nobody knows how long, but not shorter than this.
    Unknown {
        /// The part that is known.
        at_least: Duration,
    },
    /// It ends only when somebody ends it.
    Unbounded,
}

impl Length {
    /// No time at all: over at once.
    pub const NONE: Self = Self::Known(Duration::ZERO);
    /// Nothing is known about it.
    pub const UNKNOWN: Self = Self::Unknown { at_least: Duration::ZERO };

    /// So many seconds.
    pub const fn seconds(count: u64) -> Self {
        Self::Known(Duration::from_secs(count))
    }

    /// So many minutes of 60 seconds. Saturates.
    pub const fn minutes(count: u64) -> Self {
        Self::seconds(count.saturating_mul(60))
    }

    /// So many days of 24 hours. Saturates.
    pub const fn days(count: u64) -> Self {
        Self::seconds(count.saturating_mul(86_400))
    }

    /// The length, where it is known.
    pub const fn known(self) -> Option<Duration> {
        match self {
            Self::Known(span) => Some(span),
            Self::Unknown { .. } | Self::Unbounded => None,
        }
    }

    /// The longer of two. Where one is not known, neither is the answer, but it is not shorter than the other.
    pub fn longest(self, other: Self) -> Self {
        match (self, other) {
            (Self::Unknown { at_least }, Self::Known(span)) | (Self::Known(span), Self::Unknown { at_least }) => {
                Self::Unknown { at_least: at_least.max(span) }
            }
            _ => cmp::max(self, other),
        }
    }

    /// Half of it: what is left on average of something met at a random moment.
    #[must_use]
    pub fn half(self) -> Self {
        match self {
            Self::Known(span) => Self::Known(span / 2),
            Self::Unknown { at_least } => Self::Unknown { at_least: at_least / 2 },
            Self::Unbounded => Self::Unbounded,
        }
    }
}

impl From<Duration> for Length {
    fn from(span: Duration) -> Self {
        Self::Known(span)
    }
}

/// One after the other. Saturates.
impl Add for Length {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        match (self, other) {
            (Self::Unbounded, _) | (_, Self::Unbounded) => Self::Unbounded,
            (Self::Known(one), Self::Known(two)) => Self::Known(one.saturating_add(two)),
            (Self::Unknown { at_least: one }, Self::Unknown { at_least: two } | Self::Known(two))
            | (Self::Known(one), Self::Unknown { at_least: two }) => {
                Self::Unknown { at_least: one.saturating_add(two) }
            }
        }
    }
}

/// In words, to the two largest units: `243 days 1 h`, `1 h 30 min`, `at once`, `without end`.
impl fmt::Display for Length {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(Duration::ZERO) => formatter.write_str("at once"),
            Self::Known(span) => formatter.write_str(&words(*span)),
            Self::Unknown { at_least: Duration::ZERO } => formatter.write_str("nobody knows how long"),
            Self::Unknown { at_least } => write!(formatter, "nobody knows how long, at least {}", words(*at_least)),
            Self::Unbounded => formatter.write_str("without end"),
        }
    }
}

/// To the nearest minute, but for what is shorter than one.
fn words(span: Duration) -> String {
    let exact = span.as_secs();
    let seconds = if exact < 60 { exact } else { exact.saturating_add(30) };
    let (days, hours, minutes) = (seconds / 86_400, seconds % 86_400 / 3_600, seconds % 3_600 / 60);
    let day_word = if days == 1 { "day" } else { "days" };
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, 0) => format!("{hours} h"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, 0, _) => format!("{days} {day_word}"),
        (days, hours, _) => format!("{days} {day_word} {hours} h"),
    }
}

#[derive(Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
enum Written {
    Known { seconds: u64 },
    Unknown { at_least_seconds: u64 },
    Unbounded,
}

impl From<Length> for Written {
    fn from(length: Length) -> Self {
        match length {
            Length::Known(span) => Self::Known { seconds: span.as_secs() },
            Length::Unknown { at_least } => Self::Unknown { at_least_seconds: at_least.as_secs() },
            Length::Unbounded => Self::Unbounded,
        }
    }
}

/// When a registered credential ends by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ends {
    /// At this moment. Of a certificate: the earlier of its `notAfter` and the registration's `endDateTime`.
    At(OffsetDateTime),
    /// It has no end.
    Never,
    /// The end was not told.
    Unknown,
}

impl Ends {
    /// How long it still works at `now`; nothing, if the end is past.
    pub fn left(self, now: OffsetDateTime) -> Length {
        match self {
            Self::At(end) => Length::Known(Duration::try_from(end - now).unwrap_or_default()),
            Self::Never => Length::Unbounded,
            Self::Unknown => Length::UNKNOWN,
        }
    }

    /// The end that is sure to come first: the later one of a certificate and its registration never counts.
    #[must_use]
    pub fn earliest(self, other: Self) -> Self {
        match (self, other) {
            (Self::At(one), Self::At(two)) => Self::At(one.min(two)),
            (Self::At(end), _) | (_, Self::At(end)) => Self::At(end),
            (Self::Never, Self::Never) => Self::Never,
            (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Length = Length::minutes(60);
    const UNKNOWN_HOUR: Length = Length::Unknown { at_least: Duration::from_secs(3600) };

    #[test]
    fn what_is_unknown_or_endless_stays_so_whatever_is_added() {
        assert_eq!(HOUR + HOUR, Length::minutes(120));
        assert_eq!(Length::UNKNOWN + HOUR, UNKNOWN_HOUR);
        assert_eq!(UNKNOWN_HOUR + Length::UNKNOWN, UNKNOWN_HOUR);
        assert_eq!(Length::Unbounded + UNKNOWN_HOUR, Length::Unbounded);
        assert_eq!(HOUR + Length::Unbounded, Length::Unbounded);
        assert_eq!(Length::Known(Duration::MAX) + HOUR, Length::Known(Duration::MAX));
        assert_eq!(UNKNOWN_HOUR.half(), Length::Unknown { at_least: Duration::from_secs(1800) });
        assert_eq!(Length::Unbounded.half(), Length::Unbounded);
    }

    #[test]
    fn the_longest_keeps_what_is_known_of_both_and_the_first_end_is_a_sure_one() {
        assert_eq!(Length::UNKNOWN.longest(HOUR), UNKNOWN_HOUR);
        assert_eq!(HOUR.longest(Length::UNKNOWN), UNKNOWN_HOUR);
        assert_eq!(HOUR.longest(Length::minutes(5)), HOUR);
        assert_eq!(UNKNOWN_HOUR.longest(Length::Unbounded), Length::Unbounded);
        assert_eq!(UNKNOWN_HOUR.min(HOUR), HOUR);
        assert_eq!(Length::Unbounded.min(HOUR), HOUR);
        assert_eq!(Length::Unbounded.min(Length::UNKNOWN), Length::UNKNOWN);
    }

    #[test]
    fn the_end_of_a_credential_is_the_earlier_of_two_and_what_is_past_has_nothing_left() {
        let now = OffsetDateTime::UNIX_EPOCH;
        let tomorrow = Ends::At(now + Duration::from_secs(86_400));
        assert_eq!(tomorrow.left(now), Length::days(1));
        assert_eq!(Ends::At(now - Duration::from_secs(1)).left(now), Length::NONE);
        assert_eq!(Ends::Never.left(now), Length::Unbounded);
        assert_eq!(Ends::Unknown.left(now), Length::UNKNOWN);
        assert_eq!(Ends::At(now).earliest(tomorrow), Ends::At(now));
        assert_eq!(Ends::Unknown.earliest(tomorrow), tomorrow);
        assert_eq!(Ends::Never.earliest(Ends::Unknown), Ends::Unknown);
        assert_eq!(Ends::Never.earliest(Ends::Never), Ends::Never);
    }

    #[test]
    fn a_length_is_told_in_words_and_in_json() {
        let told = |length: Length| (length.to_string(), serde_json::to_value(length).unwrap());
        assert_eq!(
            told(Length::seconds(5400)),
            ("1 h 30 min".to_owned(), serde_json::json!({ "state": "known", "seconds": 5400 }))
        );
        assert_eq!(
            told(UNKNOWN_HOUR),
            (
                "nobody knows how long, at least 1 h".to_owned(),
                serde_json::json!({ "state": "unknown", "at_least_seconds": 3600 })
            )
        );
        assert_eq!(told(Length::Unbounded), ("without end".to_owned(), serde_json::json!({ "state": "unbounded" })));
        assert_eq!(Length::UNKNOWN.to_string(), "nobody knows how long");
        assert_eq!(Length::days(243).to_string(), "243 days");
        assert_eq!(Length::NONE.to_string(), "at once");
        assert_eq!(Length::seconds(12).to_string(), "12 s");
        assert_eq!(Length::seconds(86_700).to_string(), "1 day");
    }
}
