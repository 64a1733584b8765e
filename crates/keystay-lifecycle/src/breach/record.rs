//! What was there and what was done, for the investigation and for putting things back.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Action, Whose};
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
    /// The app's object id; none while Graph could not tell what is on the app.
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
    /// Thumbprints that are one's own: those the settings name, and of all versions, also disabled ones.
    #[serde(default)]
    pub own: Vec<String>,
    /// Whether the vault told which versions there are. While it did not, what is not known as one's own may still be.
    #[serde(default)]
    pub vault_told: bool,
    /// Roles of the signing identity that allow to sign.
    pub roles: Vec<RoleAssignment>,
    /// Whether the vault was open to public networks.
    pub public_access: Option<bool>,
    /// The vault's network rules.
    pub network_rules: Value,
    /// What could not be read, and why.
    pub unread: Vec<String>,
}

impl Saved {
    /// Whose a certificate on the app is.
    pub fn whose(&self, credential: &KeyCredential) -> Whose {
        let long = credential.certificate().map(|certificate| certificate.x5t_s256());
        let is_own = |known: &String| Some(known) == credential.x5t().as_ref() || Some(known) == long.as_ref();
        match (self.own.iter().any(is_own), self.vault_told) {
            (true, _) => Whose::Own,
            (false, true) => Whose::Foreign,
            (false, false) => Whose::Unknown,
        }
    }
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
    /// What was still to be done when the last run ended.
    #[serde(default)]
    pub left: Vec<Action>,
    /// What the last run could not look at, and so did nothing about.
    #[serde(default)]
    pub unseen: Vec<String>,
    /// When the last token that could have been given out is dead, once no credential that was to go is left.
    #[serde(with = "time::serde::rfc3339::option")]
    pub last_token_dies: Option<OffsetDateTime>,
}

impl CutRecord {
    /// Whether the last run left nothing that it knows of.
    pub fn is_done(&self) -> bool {
        self.left.is_empty() && self.unseen.is_empty()
    }

    /// Whether the vault was closed to public networks after every version it named was disabled: nothing is left in it.
    pub(super) fn vault_is_done(&self) -> bool {
        let done = |wanted: &Action| self.outcomes.iter().any(|one| one.action == *wanted && one.failure.is_none());
        let disabled = |version: &String| done(&Action::DisableVersion { version: version.clone() });
        self.saved.vault_told
            && done(&Action::CloseNetwork)
            && self.saved.versions.iter().all(|(version, _)| disabled(version))
    }

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
