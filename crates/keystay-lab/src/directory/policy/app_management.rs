//! App management policies: which credentials applications may be given, and for how long.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

use super::iso8601;

/// What a restriction is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restriction {
    /// `passwordAddition`, `passwordLifetime`, `asymmetricKeyLifetime` and so on.
    pub kind: String,
    /// Whether it is in force.
    pub enabled: bool,
    /// The longest life of a credential, as ISO 8601 writes it; of lifetime restrictions only.
    pub max_lifetime: Option<String>,
    /// It holds for what was created at or after this moment.
    #[serde(with = "time::serde::rfc3339::option")]
    pub created_after: Option<OffsetDateTime>,
}

/// Restrictions of secrets and of keys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restrictions {
    /// Of secrets.
    pub passwords: Vec<Restriction>,
    /// Of certificates.
    pub keys: Vec<Restriction>,
}

impl Restrictions {
    /// The restriction of this kind that is in force for something created then.
    fn of(&self, kind: &str, created: OffsetDateTime) -> Option<&Restriction> {
        self.passwords
            .iter()
            .chain(&self.keys)
            .find(|one| one.kind == kind && one.enabled && one.created_after.is_none_or(|after| created >= after))
    }

    /// Whether something of this kind must not be added.
    pub(crate) fn forbids(&self, kind: &str, created: OffsetDateTime) -> bool {
        self.of(kind, created).is_some()
    }

    /// The longest life of a credential of this kind.
    pub(crate) fn longest(&self, kind: &str, created: OffsetDateTime) -> Option<Duration> {
        self.of(kind, created).and_then(|one| iso8601(one.max_lifetime.as_deref()?))
    }
}

/// The restrictions of every application and service principal that has no policy of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DefaultAppManagement {
    /// Nothing is restricted while false.
    pub enabled: bool,
    /// Of applications.
    pub applications: Restrictions,
    /// Of service principals.
    pub principals: Restrictions,
}

/// The restrictions of the applications and service principals it is assigned to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppManagementPolicy {
    /// The object id.
    pub id: Uuid,
    /// Its name.
    pub display_name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Whether it is in force. One that is not still takes the place of the default: an exemption.
    pub enabled: bool,
    /// The restrictions.
    pub restrictions: Restrictions,
}
