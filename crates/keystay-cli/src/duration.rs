//! Spans of time in words, and read from words.

use std::time::Duration;

const UNITS: [(char, u64); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

/// Reads `1h`, `90m`, `3d12h` or plain seconds.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let expected = || format!("`{text}` is not a span of time; expected for example `1h`, `90m`, `3d12h` or `45s`");
    if let Ok(seconds) = text.parse() {
        return Ok(Duration::from_secs(seconds));
    }
    let mut total = 0_u64;
    let mut digits = String::new();
    for letter in text.chars() {
        if letter.is_ascii_digit() {
            digits.push(letter);
            continue;
        }
        let (_, seconds) = UNITS.iter().find(|(unit, _)| *unit == letter).ok_or_else(expected)?;
        let count: u64 = digits.parse().map_err(|_| expected())?;
        total = count.checked_mul(*seconds).and_then(|span| total.checked_add(span)).ok_or_else(expected)?;
        digits.clear();
    }
    if digits.is_empty() && !text.is_empty() { Ok(Duration::from_secs(total)) } else { Err(expected()) }
}

/// Reads `800ms`, or what [`parse`] reads.
pub(crate) fn parse_brief(text: &str) -> Result<Duration, String> {
    match text.strip_suffix("ms").map(str::parse) {
        Some(Ok(millis)) => Ok(Duration::from_millis(millis)),
        Some(Err(_)) => Err(format!("`{text}` is not a span of time; expected for example `800ms` or `5s`")),
        None => parse(text),
    }
}

/// The two largest units, to the nearest minute: `365 days 1 h`, `1 h 12 min`, `45 s`.
pub(crate) fn words(exact: u64) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_and_told() {
        assert_eq!(parse("1h"), Ok(Duration::from_secs(3600)));
        assert_eq!(parse("3d12h"), Ok(Duration::from_secs(302_400)));
        assert_eq!(parse("45"), Ok(Duration::from_secs(45)));
        for wrong in ["", "h", "1x", "1h30", "99999999999999999999d", "9999999999999999d"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
        assert_eq!(parse_brief("800ms"), Ok(Duration::from_millis(800)));
        assert_eq!(parse_brief("5s"), Ok(Duration::from_secs(5)));
        assert!(parse_brief("ms").is_err() && parse_brief("5x").is_err());
        assert_eq!(words(31_540_000), "365 days 1 h");
        assert_eq!(words(4_320), "1 h 12 min");
        assert_eq!(words(3_599), "1 h");
        assert_eq!(words(12), "12 s");
    }
}
