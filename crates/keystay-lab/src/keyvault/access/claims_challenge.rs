//! Continuous access evaluation: a vault that wants a newer or stronger token says so with a claims challenge.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jsonwebtoken::dangerous::insecure_decode;
use parking_lot::RwLock;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::bearer::Caller;

/// A demand on the tokens of a principal. A token that meets it passes; one that does not is challenged as long as the demand is
/// there, so a revoked token stays revoked when its owner has a newer one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClaimsChallenge {
    /// The principal (object id); `None` means everybody.
    #[serde(default)]
    pub principal: Option<Uuid>,
    /// The host name of the vault; `None` means every vault.
    #[serde(default)]
    pub vault: Option<String>,
    /// What a token has to hold, as in `{"access_token":{"nbf":{"essential":true,"value":"1767225600"}}}`: `nbf` means issued at
    /// that moment or later, any other claim has to have the value, or one of the `values`.
    pub claims: Value,
}

/// The demands of a lab. Clones share them.
#[derive(Clone, Debug, Default)]
pub(crate) struct ClaimsChallenges(Arc<RwLock<Vec<ClaimsChallenge>>>);

impl ClaimsChallenges {
    pub(crate) fn all(&self) -> Vec<ClaimsChallenge> {
        self.0.read().clone()
    }

    pub(crate) fn add(&self, challenge: ClaimsChallenge) {
        self.0.write().push(challenge);
    }

    pub(crate) fn replace(&self, challenges: Vec<ClaimsChallenge>) {
        *self.0.write() = challenges;
    }

    /// What this verified token still lacks at a vault, in base64, as it goes into the header.
    pub(in crate::keyvault) fn missing(&self, host: &str, caller: &Caller, token: &str) -> Option<String> {
        let meant = |challenge: &ClaimsChallenge| {
            challenge.principal.is_none_or(|principal| principal == caller.object_id)
                && challenge.vault.as_ref().is_none_or(|vault| vault.eq_ignore_ascii_case(host))
        };
        if !self.0.read().iter().any(meant) {
            return None;
        }
        // the signature was checked a moment ago
        let held = insecure_decode::<Map<String, Value>>(token).map(|token| token.claims).unwrap_or_default();
        let challenges = self.0.read();
        challenges
            .iter()
            .find(|challenge| meant(challenge) && !is_met(&challenge.claims, &held))
            .map(|challenge| STANDARD.encode(challenge.claims.to_string()))
    }
}

fn is_met(wanted: &Value, held: &Map<String, Value>) -> bool {
    let wanted = wanted.get("access_token").and_then(Value::as_object);
    wanted.is_some_and(|claims| claims.iter().all(|(name, demand)| holds(name, demand, held)))
}

fn holds(name: &str, demand: &Value, held: &Map<String, Value>) -> bool {
    if name == "nbf" {
        let moment = |value: &Value| value.as_i64().or_else(|| value.as_str()?.parse().ok());
        // the lab's Entra dates tokens back, as the real one does
        let issued = held.get("nbf").and_then(moment).map(|from| from + BACKDATED_SECS);
        return demand.get("value").and_then(moment).zip(issued).is_some_and(|(from, issued)| issued >= from);
    }
    let Some(claim) = held.get(name) else { return false };
    let has = |value: &Value| claim == value || claim.as_array().is_some_and(|many| many.contains(value));
    match (demand.get("value"), demand.get("values").and_then(Value::as_array)) {
        (Some(value), _) => has(value),
        (None, Some(values)) => values.iter().any(has),
        (None, None) => true,
    }
}

/// How long before their issue Entra's tokens are valid.
const BACKDATED_SECS: i64 = 300;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_demand_is_met_by_a_later_token_or_by_the_value_it_names() {
        let held = json!({ "nbf": 1_699_999_700, "acrs": ["c1", "c3"], "xms_cc": ["cp1"] });
        let met = |demand: Value| is_met(&json!({ "access_token": demand }), held.as_object().unwrap());
        assert!(met(json!({ "nbf": { "essential": true, "value": "1700000000" } })));
        assert!(!met(json!({ "nbf": { "essential": true, "value": "1700000001" } })));
        assert!(met(json!({ "acrs": { "essential": true, "value": "c1" } })));
        assert!(!met(json!({ "acrs": { "essential": true, "value": "c2" } })));
        assert!(met(json!({ "xms_cc": { "values": ["cp1"] } })) && met(json!({ "acrs": { "essential": true } })));
        assert!(!is_met(&json!({}), held.as_object().unwrap()));
    }
}
