//! What is known about a customer's tenant.

use std::{fmt, str::FromStr};

use keystay::Tenant;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

/// How far a customer has come.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TenantState {
    /// On record, perhaps with a link; nothing was shown yet.
    Invited,
    /// The app works in a tenant that somebody came back with, and nobody has shown yet that it is this customer's.
    Consented,
    /// A token of this customer's tenant has every permission the app needs.
    Verified,
    /// An administrator declined.
    Declined,
    /// The app is in the tenant, but permissions are missing.
    MissingRoles,
    /// The app was in the tenant and is not any more: the consent was taken back, the app disabled there, or the tenant
    /// deleted.
    Gone,
}

impl TenantState {
    /// All of them, in the order a customer meets them.
    pub const ALL: [Self; 6] =
        [Self::Invited, Self::Consented, Self::Verified, Self::Declined, Self::MissingRoles, Self::Gone];

    /// A stable name, for scripts and files.
    pub fn code(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Consented => "consented",
            Self::Verified => "verified",
            Self::Declined => "declined",
            Self::MissingRoles => "missing-roles",
            Self::Gone => "gone",
        }
    }
}

impl fmt::Display for TenantState {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.code())
    }
}

impl FromStr for TenantState {
    type Err = UnknownState;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|state| state.code() == text).ok_or_else(|| UnknownState(text.to_owned()))
    }
}

/// A word that is no state.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("`{0}` is no state; expected invited, consented, verified, declined, missing-roles or gone")]
pub struct UnknownState(String);

/// The number of a record in its database. It is never given to another record.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct RecordId(pub(crate) i64);

/// A customer and the tenant it is. Holds no secret.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct TenantRecord {
    /// Its number, for this database alone.
    #[serde(skip)]
    pub id: RecordId,
    /// How the vendor calls the customer. No two records have the same.
    pub customer: String,
    /// The tenant this customer has been shown to be. No two records have the same.
    pub tenant: Option<Uuid>,
    /// The tenant the operator named for it: an id or a domain.
    pub expected: Option<String>,
    /// The tenant a browser came back with and in which the app works, while nobody has shown that it is this customer's.
    pub claimed: Option<Uuid>,
    /// How far it has come.
    pub state: TenantState,
    /// Since when.
    #[serde(with = "time::serde::rfc3339")]
    pub since: OffsetDateTime,
    /// When it was put on record.
    #[serde(with = "time::serde::rfc3339")]
    pub invited: OffsetDateTime,
    /// When a token was last had or refused for a reason that lies in the tenant.
    #[serde(with = "time::serde::rfc3339::option")]
    pub checked: Option<OffsetDateTime>,
    /// The permissions its last token had.
    pub roles: Vec<String>,
    /// Those the app needs and the last token lacked.
    pub missing: Vec<String>,
    /// Those the last token had beyond what the app needs.
    pub extra: Vec<String>,
    /// Why the last try gave no token, where it gave none.
    pub refusal: Option<RefusalNote>,
}

impl TenantRecord {
    /// The tenant to ask a token of: the one shown, else the one named, else the one claimed.
    pub fn to_ask(&self) -> Option<Tenant> {
        let expected = || self.expected.as_deref().and_then(|name| name.parse().ok());
        self.tenant.map(Tenant::from).or_else(expected).or_else(|| self.claimed.map(Tenant::from))
    }
}

/// A refusal, as it is kept.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct RefusalNote {
    /// Its stable name, such as `not-consented`: that of [`keystay::Error::code`], or one of this crate's own.
    pub code: String,
    /// What happened, and what to do.
    pub words: String,
}

/// One line of what happened to a record.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct HistoryLine {
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// The state after it.
    pub state: TenantState,
    /// What happened.
    pub words: String,
}
