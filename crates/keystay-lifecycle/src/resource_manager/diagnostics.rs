//! Where a resource's log goes.

use azure_core::http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{ResourceId, ResourceManager};
use crate::call::{CallError, encoded};

const VERSION: &str = "api-version=2021-05-01-preview";

/// A diagnostic setting (`Microsoft.Insights/diagnosticSettings`).
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct DiagnosticSetting {
    /// Its name.
    pub name: String,
    /// What it says.
    pub properties: DiagnosticProperties,
}

/// What a diagnostic setting says.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
#[expect(unnameable_types, reason = "reached through DiagnosticSetting, never named")]
pub struct DiagnosticProperties {
    /// The Log Analytics workspace it goes to, if any.
    #[serde(default)]
    pub workspace_id: Option<String>,
    /// What goes there.
    #[serde(default)]
    pub logs: Vec<SentLog>,
}

/// A category of a log, or a group of them.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
#[expect(unnameable_types, reason = "reached through DiagnosticSetting, never named")]
pub struct SentLog {
    /// The category.
    #[serde(default)]
    pub category: Option<String>,
    /// The group.
    #[serde(default)]
    pub category_group: Option<String>,
    /// Whether it is sent.
    #[serde(default)]
    pub enabled: bool,
}

impl DiagnosticSetting {
    /// Whether it sends the audit log of a vault to this workspace.
    pub fn sends_audit_to(&self, workspace: &ResourceId) -> bool {
        let there =
            self.properties.workspace_id.as_deref().is_some_and(|id| id.eq_ignore_ascii_case(workspace.as_str()));
        let is = |text: &Option<String>, wanted: &[&str]| {
            text.as_deref().is_some_and(|text| wanted.iter().any(|one| text.eq_ignore_ascii_case(one)))
        };
        let audit = |log: &SentLog| {
            log.enabled && (is(&log.category, &["AuditEvent"]) || is(&log.category_group, &["audit", "allLogs"]))
        };
        there && self.properties.logs.iter().any(audit)
    }
}

impl ResourceManager {
    /// The diagnostic settings of a resource.
    pub async fn diagnostic_settings(&self, resource: &ResourceId) -> Result<Vec<DiagnosticSetting>, CallError> {
        let doing = format!("reading where the log of `{resource}` goes");
        let path = format!("{resource}/providers/Microsoft.Insights/diagnosticSettings?{VERSION}");
        let found = self.service.list(&path, &doing).await?;
        self.service.typed(Value::Array(found), &doing)
    }

    /// Sends a category of a resource's log to a workspace. A setting of this name is replaced.
    pub async fn send_log(
        &self,
        resource: &ResourceId,
        name: &str,
        category: &str,
        workspace: &ResourceId,
    ) -> Result<(), CallError> {
        let doing = format!("sending the log of `{resource}` to `{workspace}`");
        let body = json!({ "properties": {
            "workspaceId": workspace.as_str(),
            "logs": [{ "category": category, "enabled": true }],
        } });
        let name = encoded(name);
        let path = format!("{resource}/providers/Microsoft.Insights/diagnosticSettings/{name}?{VERSION}");
        self.service.send(Method::Put, &path, Some(&body), &doing).await.map(drop)
    }
}
