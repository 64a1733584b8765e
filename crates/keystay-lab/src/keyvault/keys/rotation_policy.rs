//! A key's rotation policy: when a new version is made by itself, and how long it is valid.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::period::Period;
use crate::keyvault::{objects::KeyVersion, wire::VaultError};

/// What `PUT …/rotationpolicy` left behind. Times are Unix seconds.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::keyvault) struct RotationPolicy {
    rotate: Option<Trigger>,
    /// How long before its end a key would be announced. The lab announces nothing.
    notify_before_expiry: Period,
    expiry_time: Option<Period>,
    created: i64,
    updated: i64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
enum Trigger {
    AfterCreate(Period),
    BeforeExpiry(Period),
}

/// A policy as a request brings it. Of `attributes` only `expiryTime` can be set.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Wanted {
    #[serde(default)]
    lifetime_actions: Option<Vec<WantedAction>>,
    #[serde(default)]
    attributes: Option<WantedAttributes>,
}

#[derive(Deserialize)]
struct WantedAction {
    #[serde(default)]
    trigger: Option<WantedTrigger>,
    action: ActionType,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WantedTrigger {
    time_after_create: Option<String>,
    time_before_expiry: Option<String>,
}

#[derive(Deserialize)]
struct ActionType {
    #[serde(rename = "type")]
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WantedAttributes {
    expiry_time: Option<String>,
}

impl RotationPolicy {
    /// Reads a policy and refuses what the service refuses. `before` is the key's present one.
    pub(super) fn new(wanted: Wanted, before: Option<&Self>, now: i64) -> Result<Self, VaultError> {
        let (mut rotate, mut notify) = (None, None);
        for WantedAction { trigger, action } in wanted.lifetime_actions.unwrap_or_default() {
            let trigger = Trigger::new(trigger.unwrap_or_default())?;
            // clients write both "Rotate" and "rotate"
            let (slot, trigger) = match (action.name.to_ascii_lowercase().as_str(), trigger) {
                ("rotate", trigger) => (&mut rotate, trigger),
                ("notify", trigger @ Trigger::BeforeExpiry(_)) => (&mut notify, trigger),
                ("notify", Trigger::AfterCreate(_)) => {
                    return Err(refused("A key can be announced before its expiry only, not after its creation."));
                }
                (other, _) => return Err(refused(&format!("'{other}' is not an action; use Rotate or Notify."))),
            };
            if slot.replace(trigger).is_some() {
                return Err(refused("Each of Rotate and Notify can be there once."));
            }
        }
        let notify_before_expiry = match notify {
            Some(Trigger::BeforeExpiry(period) | Trigger::AfterCreate(period)) => period,
            None => period(DEFAULT_NOTICE)?,
        };
        let expiry_time =
            wanted.attributes.and_then(|attributes| filled(attributes.expiry_time)).map(|text| period(&text));
        let created = before.map_or(now, |policy| policy.created);
        let policy =
            Self { rotate, notify_before_expiry, expiry_time: expiry_time.transpose()?, created, updated: now };
        policy.check(now)?;
        Ok(policy)
    }

    /// The limits the service documents: a version lives at least 28 days, and rotates neither in its first nor in its last 7.
    fn check(&self, now: i64) -> Result<(), VaultError> {
        let far = || refused("A period reaches beyond the calendar.");
        let expires = self.expiry_time.as_ref().map(|time| time.after(now).ok_or_else(far)).transpose()?;
        if expires.is_some_and(|expires| expires - now < 28 * DAY) {
            return Err(refused("expiryTime must be at least 28 days."));
        }
        let rotates = match (&self.rotate, expires) {
            (None, _) => return Ok(()),
            (Some(Trigger::AfterCreate(period)), _) => period.after(now).ok_or_else(far)?,
            (Some(Trigger::BeforeExpiry(period)), Some(expires)) => period.before(expires).ok_or_else(far)?,
            (Some(Trigger::BeforeExpiry(_)), None) => {
                return Err(refused("Rotating before expiry needs an expiryTime."));
            }
        };
        if rotates - now < 7 * DAY || expires.is_some_and(|expires| expires - rotates < 7 * DAY) {
            return Err(refused(
                "A key can rotate 7 days after its creation at the earliest, and 7 days before its expiry at the latest.",
            ));
        }
        Ok(())
    }

    /// When a version with this policy makes way for the next; none when it does not by itself.
    pub(super) fn rotates_at(&self, newest: &KeyVersion) -> Option<i64> {
        match self.rotate.as_ref()? {
            Trigger::AfterCreate(period) => period.after(newest.attributes.created),
            // a version that never expires never rotates either
            Trigger::BeforeExpiry(period) => {
                Some(period.before(newest.attributes.exp?)?.max(newest.attributes.created))
            }
        }
    }

    /// When a version made at a moment expires.
    pub(super) fn expiry(&self, made: i64) -> Option<i64> {
        self.expiry_time.as_ref()?.after(made)
    }

    /// As it travels. `id` is the policy's address.
    pub(super) fn view(&self, id: &str) -> Value {
        let rotate = self.rotate.as_ref().map(|trigger| match trigger {
            Trigger::AfterCreate(period) => action("timeAfterCreate", period, "Rotate"),
            Trigger::BeforeExpiry(period) => action("timeBeforeExpiry", period, "Rotate"),
        });
        let notify = action("timeBeforeExpiry", &self.notify_before_expiry, "Notify");
        let mut attributes = json!({ "created": self.created, "updated": self.updated });
        if let Some(expiry_time) = &self.expiry_time {
            attributes["expiryTime"] = json!(expiry_time);
        }
        json!({
            "id": id,
            "lifetimeActions": rotate.into_iter().chain([notify]).collect::<Vec<_>>(),
            "attributes": attributes,
        })
    }
}

/// What the service answers for a key without a policy of its own.
pub(super) fn default_view() -> Value {
    let notify = json!({ "trigger": { "timeBeforeExpiry": DEFAULT_NOTICE }, "action": { "type": "Notify" } });
    json!({ "lifetimeActions": [notify], "attributes": null })
}

fn action(trigger: &str, period: &Period, action: &str) -> Value {
    json!({ "trigger": { trigger: period }, "action": { "type": action } })
}

impl Trigger {
    fn new(wanted: WantedTrigger) -> Result<Self, VaultError> {
        match (filled(wanted.time_after_create), filled(wanted.time_before_expiry)) {
            (Some(text), None) => Ok(Self::AfterCreate(period(&text)?)),
            (None, Some(text)) => Ok(Self::BeforeExpiry(period(&text)?)),
            _ => Err(refused("A trigger is either timeAfterCreate or timeBeforeExpiry.")),
        }
    }
}

/// Templates write an empty text for what is not there.
fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

fn period(text: &str) -> Result<Period, VaultError> {
    Period::try_from(text.to_owned()).map_err(|error| refused(&format!("{error}.")))
}

/// Not documented: the service's own words. That it refuses is.
fn refused(reason: &str) -> VaultError {
    VaultError::bad_parameter(format!("The key rotation policy is invalid. {reason}"))
}

const DEFAULT_NOTICE: &str = "P30D";
const DAY: i64 = 86_400;
