//! What a PATCH of an application or a service principal changed, as the audit log tells it.

use serde_json::{Map, Value};

use super::{holder::Target, proof::names};
use crate::{
    directory::{KeyCredential, World},
    graph::{
        Call, Graph,
        audit::{Activity, CREDENTIALS, Event, change, included},
    },
};

/// An application or a service principal at one moment.
#[derive(Debug)]
pub(in crate::graph) struct Look {
    /// As Graph shows it.
    shown: Map<String, Value>,
    certificates: Value,
}

impl Look {
    pub(in crate::graph) fn new(shown: Map<String, Value>, certificates: &[KeyCredential]) -> Self {
        Self { shown, certificates: names(certificates) }
    }

    fn value(&self, property: &str) -> &Value {
        match property {
            "keyCredentials" => &self.certificates,
            other => self.shown.get(other).unwrap_or(&Value::Null),
        }
    }
}

impl Graph {
    /// Writes down what is different: all properties in one record of this activity, certificates in one of their own as well.
    pub(in crate::graph) fn record_changed(
        &self,
        world: &mut World,
        call: &Call,
        activity: Activity,
        target: &Target,
        (before, after): (&Look, &Look),
    ) {
        let changed = after.shown.iter().filter(|(name, value)| before.shown.get(*name) != Some(value));
        let changed: Vec<_> = changed.map(|(name, _)| (name, audited_name(name))).collect();
        if !changed.is_empty() {
            let values = changed.iter().map(|(name, audited)| change(audited, before.value(name), after.value(name)));
            let listed: Vec<_> = changed.iter().map(|(_, audited)| audited.as_str()).collect();
            let values = values.chain([included(&listed)]).collect();
            self.record(world, call, Event::new(activity, vec![target.audited(values)]));
        }
        let (old, new) = (&before.certificates, &after.certificates);
        if old != new {
            self.record(world, call, Event::update(target, CREDENTIALS, "KeyDescription", old, new));
        }
    }
}

/// The audit log has names of its own for some properties, and capitals for the others.
fn audited_name(property: &str) -> String {
    match property {
        "keyCredentials" => "KeyDescription".to_owned(),
        "signInAudience" => "AvailableToOtherTenants".to_owned(),
        "web" => "AppAddress".to_owned(),
        other => other.chars().take(1).flat_map(char::to_uppercase).chain(other.chars().skip(1)).collect(),
    }
}
