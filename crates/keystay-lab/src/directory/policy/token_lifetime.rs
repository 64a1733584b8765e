//! Token lifetime policies.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// The shortest and the longest life a policy may give an access token: 10 minutes, and a second less than a day.
const ALLOWED_SECS: std::ops::RangeInclusive<u64> = 600..=86_399;

/// How long the access tokens for an application live.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenLifetimePolicy {
    /// The object id.
    pub id: Uuid,
    /// Its name.
    pub display_name: String,
    /// What it is for.
    pub description: Option<String>,
    /// The definition as it was written: a JSON text in which the life is `hh:mm:ss`.
    pub definition: Vec<String>,
    /// Whether it holds for every resource of the tenant that has no policy of its own.
    pub is_organization_default: bool,
}

impl TokenLifetimePolicy {
    /// The life of access tokens in seconds; `None` when the definition does not set it.
    pub fn access_token_secs(&self) -> Option<u64> {
        self.definition.iter().find_map(|text| access_token_secs(text).ok().flatten())
    }
}

/// A definition that the service does not take, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadDefinition {
    #[error("it is not the JSON text of an object with one member 'TokenLifetimePolicy' of version 1")]
    Shape,
    #[error("AccessTokenLifetime must be hh:mm:ss between 00:10:00 and 23:59:59")]
    Lifetime,
}

/// Reads one definition.
pub(crate) fn access_token_secs(definition: &str) -> Result<Option<u64>, BadDefinition> {
    let value: Value = serde_json::from_str(definition).map_err(|_| BadDefinition::Shape)?;
    let policy = value.get("TokenLifetimePolicy").and_then(Value::as_object).ok_or(BadDefinition::Shape)?;
    if policy.get("Version").and_then(Value::as_u64) != Some(1) {
        return Err(BadDefinition::Shape);
    }
    let Some(text) = policy.get("AccessTokenLifetime") else { return Ok(None) };
    let secs = text.as_str().and_then(clock).filter(|secs| ALLOWED_SECS.contains(secs));
    secs.map(Some).ok_or(BadDefinition::Lifetime)
}

/// `hh:mm:ss` or `d.hh:mm:ss`.
fn clock(text: &str) -> Option<u64> {
    let (days, time) = text.split_once('.').unwrap_or(("0", text));
    let mut parts = time.split(':').map(|part| part.parse::<u64>().ok());
    let (hours, minutes, secs) = (parts.next()??, parts.next()??, parts.next()??);
    let valid = parts.next().is_none() && hours < 24 && minutes < 60 && secs < 60;
    let days: u64 = days.parse().ok().filter(|days| *days < 10_000)?;
    valid.then_some(days * 86_400 + hours * 3600 + minutes * 60 + secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_definition_sets_a_life_between_ten_minutes_and_a_day() {
        let define = |life: &str| {
            access_token_secs(&format!(r#"{{"TokenLifetimePolicy":{{"Version":1,"AccessTokenLifetime":"{life}"}}}}"#))
        };
        assert_eq!(define("00:10:00"), Ok(Some(600)));
        assert_eq!(define("4:00:00"), Ok(Some(14_400)));
        assert_eq!(define("23:59:59"), Ok(Some(86_399)));
        for bad in ["00:09:59", "1.00:00:00", "24:00:00", "1:00", "x"] {
            assert_eq!(define(bad), Err(BadDefinition::Lifetime), "{bad}");
        }
        assert_eq!(access_token_secs(r#"{"TokenLifetimePolicy":{"Version":1}}"#), Ok(None));
        assert_eq!(access_token_secs("[]"), Err(BadDefinition::Shape));
    }
}
