//! Durations as ISO 8601 writes them: `P90D`, `P4DT12H30M5S`.

use std::time::Duration;

/// Reads a duration of days, hours, minutes and seconds. Months and years have no fixed length and are refused.
pub(crate) fn iso8601(text: &str) -> Option<Duration> {
    let (date, time) = text.strip_prefix('P')?.split_once('T').unwrap_or((text.strip_prefix('P')?, ""));
    if date.is_empty() && time.is_empty() {
        return None;
    }
    let days = parts(date, &[('W', 7 * 86_400), ('D', 86_400)])?;
    let rest = parts(time, &[('H', 3600), ('M', 60), ('S', 1)])?;
    Some(Duration::from_secs(days.checked_add(rest)?))
}

/// The sum of numbers with units, each unit once and in this order.
fn parts(mut text: &str, units: &[(char, u64)]) -> Option<u64> {
    let mut sum = 0_u64;
    for (unit, secs) in units {
        if let Some((number, rest)) = text.split_once(*unit) {
            sum = sum.checked_add(number.parse::<u64>().ok()?.checked_mul(*secs)?)?;
            text = rest;
        }
    }
    text.is_empty().then_some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_days_hours_minutes_and_seconds() {
        assert_eq!(iso8601("P90D"), Some(Duration::from_secs(90 * 86_400)));
        assert_eq!(iso8601("P4DT12H30M5S"), Some(Duration::from_secs(4 * 86_400 + 12 * 3600 + 30 * 60 + 5)));
        assert_eq!(iso8601("PT10M"), Some(Duration::from_secs(600)));
        for bad in ["", "P", "PT", "90D", "P1M", "P1Y", "PT1H2", "PD", "P1D2D", "P99999999999999999999D"] {
            assert_eq!(iso8601(bad), None, "{bad}");
        }
    }
}
