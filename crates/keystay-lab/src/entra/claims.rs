//! Claims of foreign JWTs, read as leniently as Entra reads them.

use serde_json::{Map, Value};

/// The claims of a JWT whose signature was verified, or is about to be.
pub(crate) type Claims = Map<String, Value>;

/// A claim that is a text.
pub(crate) fn text<'a>(claims: &'a Claims, name: &str) -> Option<&'a str> {
    claims.get(name)?.as_str()
}

/// A moment in whole seconds since 1970. Shipping clients send integers, floats and texts; Entra takes them all.
pub(crate) fn seconds(claims: &Claims, name: &str) -> Result<Option<i64>, NotATime> {
    match claims.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Number(number)) => number.as_i64().or_else(|| whole(number.as_f64()?)).map(Some).ok_or(NotATime),
        Some(Value::String(text)) => {
            let parsed = text.parse().ok().or_else(|| whole(text.parse().ok()?));
            parsed.map(Some).ok_or(NotATime)
        }
        Some(_) => Err(NotATime),
    }
}

/// A claim is neither a number nor the text of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotATime;

fn whole(seconds: f64) -> Option<i64> {
    // Past 2^53 a float has no exact seconds, and the year is beyond any calendar.
    #[expect(clippy::cast_possible_truncation, reason = "the range is checked and the fraction is meant to go")]
    (seconds.is_finite() && seconds.abs() < 9.0e15).then_some(seconds as i64)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn times_may_be_integers_floats_and_texts() {
        let read = |value: Value| seconds(&Map::from_iter([("exp".to_owned(), value)]), "exp");
        assert_eq!(read(json!(1_800_000_000)), Ok(Some(1_800_000_000)));
        assert_eq!(read(json!(1_800_000_000.75)), Ok(Some(1_800_000_000)));
        assert_eq!(read(json!("1800000000")), Ok(Some(1_800_000_000)));
        assert_eq!(read(json!(["x"])), Err(NotATime));
        assert_eq!(read(json!("soon")), Err(NotATime));
        assert_eq!(seconds(&Map::new(), "exp"), Ok(None));
    }
}
