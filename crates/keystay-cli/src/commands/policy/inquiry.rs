//! A question to the policy, as people ask it.

use std::{collections::HashSet, fmt::Display, hash::Hash};

use keystay::{Scopes, Tenant};
use keystay_broker::{Allowed, CallerName, Config, Decision, Denial, IdentityName, Question, Rule};
use serde_json::{Value, json};

/// May this caller have such a token?
pub(super) struct Inquiry {
    pub(super) caller: CallerName,
    pub(super) identity: IdentityName,
    pub(super) tenant: Tenant,
    pub(super) scopes: Scopes,
}

impl Inquiry {
    pub(super) fn question(&self) -> Question<'_> {
        Question { caller: &self.caller, identity: &self.identity, tenant: &self.tenant, scopes: &self.scopes }
    }

    /// As the broker decides.
    pub(super) fn decide(&self, config: &Config) -> Decision {
        let home = config.identities.get(&self.identity).and_then(|identity| identity.home_tenant.as_ref());
        config.policy.decide(&self.question(), home)
    }

    /// What it names and the configuration does not: more likely misspelt than meant.
    pub(super) fn unknown(&self, config: &Config) -> Vec<String> {
        let caller = !config.callers.iter().any(|caller| caller.name == self.caller);
        let identity = !config.identities.contains_key(&self.identity);
        let words = |table: &str, name: &str| format!("the configuration has no `[{table}.{name}]`");
        [
            caller.then(|| words("callers", self.caller.as_str())),
            identity.then(|| words("identities", self.identity.as_str())),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// The rule that allows this and nothing else.
    pub(super) fn rule(&self) -> [(&'static str, String); 4] {
        [
            ("callers", self.caller.to_string()),
            ("identities", self.identity.to_string()),
            ("tenants", self.tenant.to_string()),
            ("scopes", self.scopes.as_str().to_owned()),
        ]
    }

    /// What a rule lacks, in words.
    pub(super) fn lack(&self, denial: Denial) -> String {
        match denial {
            Denial::Caller => format!("`callers` lacks `{}`", self.caller),
            Denial::Identity => format!("`identities` lacks `{}`", self.identity),
            Denial::Tenant => format!("`tenants` lacks `{}`", self.tenant),
            Denial::Scope => format!("`scopes` lacks `{}`", self.scopes.as_str()),
            other => other.to_string(),
        }
    }
}

/// A rule, as it is written in the configuration.
pub(super) fn written(rule: &Rule) -> Value {
    json!({
        "callers": rule.callers.0,
        "identities": rule.identities.0,
        "tenants": allowed(&rule.tenants, ToString::to_string),
        "scopes": allowed(&rule.scopes, |scopes| scopes.as_str().to_owned()),
    })
}

fn allowed<T: Eq + Hash>(allowed: &Allowed<T>, text: impl Fn(&T) -> String) -> Value {
    match allowed {
        Allowed::Any => json!("*"),
        Allowed::These(things) => json!(sorted(things, text)),
    }
}

fn sorted<T>(things: &HashSet<T>, text: impl Fn(&T) -> String) -> Vec<String> {
    let mut texts: Vec<String> = things.iter().map(text).collect();
    texts.sort_unstable();
    texts
}

/// A list on one line.
pub(super) fn on_one_line(value: &Value) -> String {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match value.as_array() {
        Some(values) => values.iter().map(text).collect::<Vec<_>>().join(", "),
        None => text(value),
    }
}

/// The words of an answer.
pub(super) fn in_words(decision: Decision) -> impl Display {
    match decision {
        Decision::Allowed { rule } => format!("allowed by rule {rule}"),
        Decision::Denied { reason } => format!("denied: {reason}"),
    }
}
