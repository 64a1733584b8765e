//! Diagnostic settings: where a resource's log is delivered.

use std::{collections::BTreeMap, sync::Arc};

use parking_lot::RwLock;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The properties of a `Microsoft.Insights/diagnosticSettings`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct DiagnosticSetting {
    pub(crate) workspace_id: Option<String>,
    pub(crate) storage_account_id: Option<String>,
    pub(crate) event_hub_authorization_rule_id: Option<String>,
    pub(crate) marketplace_partner_id: Option<String>,
    pub(crate) logs: Vec<LogSetting>,
    pub(crate) metrics: Vec<Value>,
    /// What the lab has no use for, kept as it came.
    #[serde(flatten)]
    pub(crate) other: Map<String, Value>,
}

/// One category, or group of categories, of a log.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct LogSetting {
    pub(crate) category: Option<String>,
    pub(crate) category_group: Option<String>,
    pub(crate) enabled: bool,
    #[serde(flatten)]
    pub(crate) other: Map<String, Value>,
}

impl DiagnosticSetting {
    /// Whether the log has somewhere to go.
    pub(crate) fn has_destination(&self) -> bool {
        [
            &self.workspace_id,
            &self.storage_account_id,
            &self.event_hub_authorization_rule_id,
            &self.marketplace_partner_id,
        ]
        .into_iter()
        .any(|place| place.as_ref().is_some_and(|id| !id.is_empty()))
    }

    fn delivers_audit(&self) -> bool {
        let is = |text: &Option<String>, names: &[&str]| {
            text.as_ref().is_some_and(|text| names.iter().any(|name| name.eq_ignore_ascii_case(text)))
        };
        self.has_destination()
            && self.logs.iter().any(|log| {
                log.enabled && (is(&log.category, &["AuditEvent"]) || is(&log.category_group, &["audit", "allLogs"]))
            })
    }
}

/// Settings by name, by resource id in lower case.
pub(crate) type SettingsByResource = BTreeMap<String, BTreeMap<String, DiagnosticSetting>>;

/// All diagnostic settings. Clones share them.
#[derive(Clone, Debug, Default)]
pub(crate) struct DiagnosticSettings(Arc<RwLock<SettingsByResource>>);

impl DiagnosticSettings {
    /// Whether a resource's audit log is delivered anywhere.
    pub(super) fn deliver_audit(&self, resource: &str) -> bool {
        let settings = self.0.read();
        !settings.is_empty()
            && settings
                .get(&resource.to_ascii_lowercase())
                .is_some_and(|own| own.values().any(DiagnosticSetting::delivers_audit))
    }

    /// The settings of a resource, by name.
    pub(crate) fn of(&self, resource: &str) -> BTreeMap<String, DiagnosticSetting> {
        self.0.read().get(&resource.to_ascii_lowercase()).cloned().unwrap_or_default()
    }

    pub(crate) fn put(&self, resource: &str, name: &str, setting: DiagnosticSetting) {
        self.0.write().entry(resource.to_ascii_lowercase()).or_default().insert(name.to_owned(), setting);
    }

    /// Removes a setting; says whether it was there.
    pub(crate) fn remove(&self, resource: &str, name: &str) -> bool {
        self.0.write().get_mut(&resource.to_ascii_lowercase()).is_some_and(|own| own.remove(name).is_some())
    }

    pub(crate) fn all(&self) -> SettingsByResource {
        self.0.read().clone()
    }

    pub(crate) fn replace(&self, settings: SettingsByResource) {
        *self.0.write() = settings;
    }
}
