//! Attributes every object has: enabled, a window of time, when it was made and changed.

use serde::{Deserialize, Serialize};

use crate::keyvault::vault::Retention;

/// An object's attributes. Times are Unix seconds.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::keyvault) struct Attributes {
    pub(in crate::keyvault) enabled: bool,
    pub(in crate::keyvault) nbf: Option<i64>,
    pub(in crate::keyvault) exp: Option<i64>,
    pub(in crate::keyvault) created: i64,
    pub(in crate::keyvault) updated: i64,
}

/// What a request may set.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::keyvault) struct AttributesPatch {
    pub(in crate::keyvault) enabled: Option<bool>,
    nbf: Option<i64>,
    exp: Option<i64>,
    /// Of keys only.
    pub(in crate::keyvault) exportable: Option<bool>,
}

/// Attributes as they travel.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::keyvault) struct AttributesView {
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
    pub(in crate::keyvault) fn new(now: i64) -> Self {
        Self { enabled: true, nbf: None, exp: None, created: now, updated: now }
    }

    /// Applies what a request set; what it did not name stays.
    pub(in crate::keyvault) fn apply(&mut self, patch: &AttributesPatch, now: i64) {
        self.enabled = patch.enabled.unwrap_or(self.enabled);
        self.nbf = patch.nbf.or(self.nbf);
        self.exp = patch.exp.or(self.exp);
        self.updated = now;
    }

    /// `retention` is that of the vault.
    pub(in crate::keyvault) fn view(&self, retention: Retention) -> AttributesView {
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
    pub(in crate::keyvault) fn of_key(mut self, exportable: bool, hsm: bool) -> Self {
        self.exportable = Some(exportable);
        self.hsm_platform = Some(if hsm { "2" } else { "0" });
        self
    }
}
