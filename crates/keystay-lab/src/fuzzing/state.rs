//! Saved worlds with something wrong in them.

use axum::http::Method;
use serde_json::Value;

use super::{Bench, ENTRA, GRAPH, LOOPBACK, MANAGEMENT, VAULT};
use crate::LabState;

/// What is asked of a lab with a strange world.
const QUESTIONS: [(&str, &str); 12] = [
    (VAULT, "/keys?api-version=7.6"),
    (VAULT, "/certificates/harbor-signer?api-version=7.6"),
    (VAULT, "/secrets/harbor-export?api-version=7.6"),
    (VAULT, "/deletedkeys?api-version=7.6"),
    (GRAPH, "/v1.0/users"),
    (GRAPH, "/v1.0/applications"),
    (GRAPH, "/v1.0/servicePrincipals"),
    (GRAPH, "/v1.0/auditLogs/directoryAudits"),
    (MANAGEMENT, "/subscriptions?api-version=2022-12-01"),
    (ENTRA, "/juniper.onmicrosoft.com/v2.0/.well-known/openid-configuration"),
    (LOOPBACK, "/lab/state-summary"),
    (LOOPBACK, "/lab/state"),
];

#[allow(clippy::expect_used, reason = "a panic is what fuzzing looks for")]
impl Bench {
    /// The saved world with one value exchanged: the first line of `text` is a number that chooses which, the rest is the other
    /// value as JSON. Whether the lab takes such a world or not, it must not panic over it, nor the one after it.
    pub(super) fn state(&self, text: &str) {
        let (line, other) = text.split_once('\n').unwrap_or((text, "null"));
        let Ok(other) = serde_json::from_str(other) else { return };
        let mut document: Value = serde_json::to_value(&self.world).expect("a document");
        let mut countdown = line.trim().parse::<usize>().unwrap_or_default() % values(&document);
        exchange(&mut document, &mut countdown, &mut Some(other));
        let _ = self.send(LOOPBACK, &Method::PUT, "/lab/state", "", document.to_string().into_bytes());
        for (host, path) in QUESTIONS {
            let token = match host {
                VAULT => &self.vault_token,
                GRAPH => &self.graph_token,
                MANAGEMENT => &self.management_token,
                _ => "",
            };
            // a world that contradicts itself may well be an error of the server
            let _ = self.send(host, &Method::GET, path, token, Vec::new());
        }
        self.restore();
    }

    /// Brings the world of the start back.
    pub(super) fn restore(&self) {
        let LabState { vaults, directory, issuer_keys, .. } = self.world.clone();
        self.lab.vaults.import(vaults).expect("the vaults of the start");
        self.lab.entra.issuers.import(&issuer_keys).expect("the keys of the start");
        *self.lab.entra.directory.write() = directory;
        self.lab.journal().clear();
        self.lab.audit().clear();
    }
}

/// How many values there are, those with others inside included.
fn values(document: &Value) -> usize {
    1 + match document {
        Value::Object(members) => members.values().map(values).sum(),
        Value::Array(items) => items.iter().map(values).sum(),
        _ => 0,
    }
}

/// Puts `other` in the place of the value that comes when `countdown` is over.
fn exchange(document: &mut Value, countdown: &mut usize, other: &mut Option<Value>) {
    if *countdown == 0 {
        if let Some(other) = other.take() {
            *document = other;
        }
        return;
    }
    *countdown -= 1;
    match document {
        Value::Object(members) => members.values_mut().for_each(|value| exchange(value, countdown, other)),
        Value::Array(items) => items.iter_mut().for_each(|value| exchange(value, countdown, other)),
        _ => {}
    }
}
