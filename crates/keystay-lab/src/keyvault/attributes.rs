//! Attributes every object has: enabled, a window of time, when it was made and changed.

use serde::{Deserialize, Serialize};

use super::retention::Retention;

/// An object's attributes. Times are Unix seconds.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Attributes {
    pub(super) enabled: bool,
    pub(super) nbf: Option<i64>,
    pub(super) exp: Option<i64>,
    pub(super) created: i64,
    pub(super) updated: i64,
}

/// What a request may set.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct AttributesPatch {
    pub(super) enabled: Option<bool>,
    nbf: Option<i64>,
    exp: Option<i64>,
    /// Of keys only.
    pub(super) exportable: Option<bool>,
}

/// Attributes as they travel.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AttributesView {
    enabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    nbf: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<i64>,
    created: i64,
    updated: i64,
    recovery_level: &'static str,
    recoverable_days: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    exportable: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hsm_platform: Option<&'static str>,
}

impl Attributes {
    /// Enabled, without a window, made at `now`.
    pub(super) fn new(now: i64) -> Self {
        Self { enabled: true, nbf: None, exp: None, created: now, updated: now }
    }

    /// Applies what a request set; what it did not name stays.
    pub(super) fn apply(&mut self, patch: &AttributesPatch, now: i64) {
        self.enabled = patch.enabled.unwrap_or(self.enabled);
        self.nbf = patch.nbf.or(self.nbf);
        self.exp = patch.exp.or(self.exp);
        self.updated = now;
    }

    /// `retention` is that of the vault.
    pub(super) fn view(&self, retention: Retention) -> AttributesView {
        AttributesView {
            enabled: self.enabled,
            nbf: self.nbf,
            exp: self.exp,
            created: self.created,
            updated: self.updated,
            recovery_level: retention.recovery_level(),
            recoverable_days: retention.days,
            exportable: None,
            hsm_platform: None,
        }
    }
}

impl AttributesView {
    /// Adds what only keys have.
    pub(super) fn of_key(mut self, exportable: bool, hsm: bool) -> Self {
        self.exportable = Some(exportable);
        self.hsm_platform = Some(if hsm { "2" } else { "0" });
        self
    }
}
