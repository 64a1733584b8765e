//! Whether the vault's log is kept, watched, and by whom.

use super::{Missing, Node, Place};

/// Where a vault's log goes: <https://learn.microsoft.com/rest/api/monitor/diagnostic-settings>
#[derive(Clone, Debug)]
pub struct DiagnosticSetting {
    /// Where it was read.
    pub place: Place,
    /// Resource Manager id of the log workspace, in lower case.
    pub workspace: Option<String>,
    /// Whether what is done with keys is among what is sent.
    pub audited: bool,
}

impl DiagnosticSetting {
    pub(crate) fn read(node: &Node<'_>) -> Result<Self, Missing> {
        let audits = |log: &Node<'_>| {
            let category = log.maybe_text(&["category"])?.is_some_and(|name| name.eq_ignore_ascii_case("AuditEvent"));
            let group = log.maybe_text(&["categoryGroup"])?;
            let group = group.is_some_and(|name| ["audit", "alllogs"].contains(&name.to_ascii_lowercase().as_str()));
            Ok((category || group) && log.maybe_flag(&["enabled"])?.unwrap_or(false))
        };
        // a setting has both lists, if empty ones
        node.field(&["logs", "metrics"])?;
        Ok(Self {
            place: node.place(),
            workspace: node.maybe_text(&["workspaceId"])?.map(|id| id.to_ascii_lowercase()),
            audited: node.list(&["logs"], audits)?.contains(&true),
        })
    }
}

/// A log workspace: <https://learn.microsoft.com/rest/api/loganalytics/workspaces>
#[derive(Clone, Debug)]
pub struct LogWorkspace {
    /// Where it was read.
    pub place: Place,
    /// Resource Manager id, in lower case.
    pub id: String,
    /// For how many days it keeps what it gets; -1 for as long as its plan says.
    pub retention_days: i64,
}

impl LogWorkspace {
    pub(crate) fn read(node: &Node<'_>) -> Result<Self, Missing> {
        Ok(Self {
            place: node.place(),
            id: node.field(&["id"])?.text()?.to_ascii_lowercase(),
            retention_days: node.field(&["retentionInDays"])?.number()?,
        })
    }
}

/// An alert on the log: <https://learn.microsoft.com/rest/api/monitor/scheduled-query-rules>
#[derive(Clone, Debug)]
pub struct AlertRule {
    /// Where it was read.
    pub place: Place,
    /// Its name.
    pub name: String,
    /// Whether it runs. Absent means it does.
    pub enabled: bool,
    /// Whether anybody is told.
    pub tells: bool,
    /// What it asks the log.
    pub queries: Vec<String>,
    /// The resources whose log it asks, in lower case.
    pub scopes: Vec<String>,
}

impl AlertRule {
    pub(crate) fn read(node: &Node<'_>) -> Result<Self, Missing> {
        let criteria = node.field(&["criteria"])?;
        let query = |one: &Node<'_>| one.maybe_text(&["query"]);
        let queries = criteria.list(&["allOf"], query)?;
        // the REST form is an object with a list of groups; older forms of the command print the list itself
        let groups = match node.find(&["actions"]) {
            Some(actions) if actions.is_list() => actions.items()?.len(),
            Some(actions) => actions.texts(&["actionGroups"])?.len(),
            None => 0,
        };
        Ok(Self {
            place: node.place(),
            name: node.maybe_text(&["name"])?.unwrap_or_default(),
            enabled: node.maybe_flag(&["enabled"])?.unwrap_or(true),
            tells: groups > 0,
            queries: queries.into_iter().flatten().collect(),
            scopes: node.texts(&["scopes"])?.iter().map(|scope| scope.to_ascii_lowercase()).collect(),
        })
    }
}

/// A plan of Defender for Cloud: <https://learn.microsoft.com/rest/api/defenderforcloud/pricings>
#[derive(Clone, Debug)]
pub struct PricingPlan {
    /// Where it was read.
    pub place: Place,
    /// As `KeyVaults`.
    pub name: String,
    /// `Standard` is on, `Free` is off.
    pub tier: String,
}

impl PricingPlan {
    pub(crate) fn read(node: &Node<'_>) -> Result<Self, Missing> {
        Ok(Self {
            place: node.place(),
            name: node.field(&["name"])?.text()?.to_owned(),
            tier: node.field(&["pricingTier"])?.text()?.to_owned(),
        })
    }
}
