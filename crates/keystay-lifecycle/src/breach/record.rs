//! What was there and what was done, for the investigation and for putting things back.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;
use uuid::Uuid;

use super::Action;
use crate::{
    graph::{FederatedCredential, KeyCredential, Owner, PasswordCredential},
    resource_manager::RoleAssignment,
};

/// Everything a cut may remove, as it was. Holds no secret: a client secret's text is never shown by the service.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[non_exhaustive]
pub struct Saved {
    /// When it was read.
    #[serde(with = "time::serde::rfc3339::option")]
    pub at: Option<OffsetDateTime>,
    /// The app's object id.
    pub application: Option<Uuid>,
    /// Whether the app was disabled.
    pub disabled: bool,
    /// Certificates, whole.
    pub certificates: Vec<KeyCredential>,
    /// Client secrets, without their text.
    pub secrets: Vec<PasswordCredential>,
    /// Federated credentials.
    pub federated: Vec<FederatedCredential>,
    /// Owners.
    pub owners: Vec<Owner>,
    /// Enabled versions of the certificate, with their thumbprints (`x5t`).
    pub versions: Vec<(String, String)>,
    /// Roles of the signing identity that allow to sign.
    pub roles: Vec<RoleAssignment>,
    /// Whether the vault was open to public networks.
    pub public_access: Option<bool>,
    /// The vault's network rules.
    pub network_rules: Value,
    /// What could not be read, and why.
    pub unread: Vec<String>,
}

/// What became of one step.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[non_exhaustive]
pub struct Outcome {
    /// The step.
    pub action: Action,
    /// When it was tried.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// Why it failed; nothing when it was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// What to do about the failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// The record of a cut, through all its runs.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[non_exhaustive]
pub struct CutRecord {
    /// The app.
    pub app: String,
    /// What was there before the first run.
    pub saved: Saved,
    /// What was done and what failed, in order.
    pub outcomes: Vec<Outcome>,
    /// When the last token that could have been given out is dead, once no credential that was to go is left.
    #[serde(with = "time::serde::rfc3339::option")]
    pub last_token_dies: Option<OffsetDateTime>,
}

impl CutRecord {
    /// Steps of the last try that failed.
    pub fn failures(&self) -> impl Iterator<Item = &Outcome> {
        let done_later = |one: &Outcome, at: usize| {
            self.outcomes[at + 1..].iter().any(|later| later.action == one.action && later.failure.is_none())
        };
        self.outcomes
            .iter()
            .enumerate()
            .filter(move |(at, one)| one.failure.is_some() && !done_later(one, *at))
            .map(|(_, one)| one)
    }
}
