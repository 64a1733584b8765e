//! Periods as ISO 8601 writes them (`P90D`, `P1Y10D`, `PT48H`). How long a month or a year is, the calendar says.

use jiff::{Span, Timestamp, fmt::temporal::SpanParser, tz::TimeZone};
use serde::{Deserialize, Serialize};

/// A period longer than nothing, which travels as it was written.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(super) struct Period {
    text: String,
    span: Span,
}

/// The text is not a period.
#[derive(Debug, thiserror::Error)]
#[error("'{0}' is not a period in ISO 8601, such as P90D")]
pub(super) struct PeriodError(String);

impl Period {
    /// The moment that comes this long after another, in Unix seconds.
    pub(in crate::keyvault) fn after(&self, moment: i64) -> Option<i64> {
        moved(moment, self.span)
    }

    /// The moment that comes this long before another, in Unix seconds.
    pub(in crate::keyvault) fn before(&self, moment: i64) -> Option<i64> {
        moved(moment, self.span.negate())
    }
}

fn moved(moment: i64, span: Span) -> Option<i64> {
    let moment = Timestamp::from_second(moment).ok()?.to_zoned(TimeZone::UTC);
    Some(moment.checked_add(span).ok()?.timestamp().as_second())
}

impl TryFrom<String> for Period {
    type Error = PeriodError;

    fn try_from(text: String) -> Result<Self, PeriodError> {
        match SpanParser::new().parse_span(&text) {
            Ok(span) if span.is_positive() => Ok(Self { text, span }),
            _ => Err(PeriodError(text)),
        }
    }
}

impl From<Period> for String {
    fn from(period: Period) -> Self {
        period.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_as_long_as_the_calendar_says() {
        let month = Period::try_from("P1M".to_owned()).unwrap();
        let (february, march) = (1_769_904_000, 1_772_323_200); // the first of both, 2026
        assert_eq!((month.after(february), month.before(march)), (Some(march), Some(february)));
    }

    #[test]
    fn nothing_the_past_and_plain_words_are_no_periods() {
        for text in ["", "P0D", "-P1D", "90", "P", "30 days"] {
            assert!(Period::try_from(text.to_owned()).is_err(), "{text}");
        }
        assert_eq!(String::from(Period::try_from("PT48H".to_owned()).unwrap()), "PT48H");
    }
}
