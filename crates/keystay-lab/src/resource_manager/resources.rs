//! What a subscription holds beside vaults: resource groups, Defender's plans, alert rules.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Keys are resource ids, in lower case.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Resources {
    pub(super) groups: BTreeMap<String, ResourceGroup>,
    pub(super) pricings: BTreeMap<String, Value>,
    pub(super) alert_rules: BTreeMap<String, Value>,
}

/// A group that was made by itself. Others exist because a vault is in them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ResourceGroup {
    pub(super) name: String,
    pub(super) location: String,
    #[serde(default)]
    pub(super) tags: BTreeMap<String, String>,
}
