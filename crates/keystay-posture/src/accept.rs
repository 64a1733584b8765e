//! The accept file: faults somebody answers for, until a day.
//!
//! ```
//! use keystay_posture::Acceptances;
//! use time::macros::datetime;
//!
//! let file = r#"
//! [[accept]]
//! id = "KS008"
//! resource = "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/v/keys/signer"
//! reason = "the premium tier is planned for the next budget"
//! by = "Kim Berg, security"
//! expires = "2027-03-31"
//! "#;
//! let accepted = Acceptances::from_toml(file, datetime!(2026-11-24 12:00 UTC)).unwrap();
//! assert_eq!(accepted.len(), 1);
//! ```

use serde::Deserialize;
use thiserror::Error;
use time::{
    Date, Duration, OffsetDateTime,
    format_description::well_known::{Iso8601, Rfc3339},
};

use crate::{
    checks::CHECKS,
    finding::{Acceptance, Finding, State},
};

/// What is accepted. An entry that does not hold is an error, so that no fault is hidden by a slip of the pen.
#[derive(Clone, Debug, Default)]
pub struct Acceptances {
    entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    id: String,
    resource: String,
    acceptance: Acceptance,
}

/// What is wrong with an accept file.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AcceptError {
    /// It cannot be read as what it claims to be, or a field is missing.
    #[error("the accept file cannot be read: {0}")]
    Syntax(String),
    /// An entry is for a check that does not exist.
    #[error("entry {number} of the accept file is for {id}, and there is no such check")]
    UnknownCheck {
        /// Counted from 1.
        number: usize,
        /// What it says.
        id: String,
    },
    /// A field that must say something is empty.
    #[error("entry {number} of the accept file ({id}) has an empty {field}")]
    Empty {
        /// Counted from 1.
        number: usize,
        /// The check.
        id: String,
        /// The field.
        field: &'static str,
    },
    /// The end is no date.
    #[error("entry {number} of the accept file ({id}) ends on {text:?}: expected a date such as 2027-03-31")]
    NoDate {
        /// Counted from 1.
        number: usize,
        /// The check.
        id: String,
        /// What it says.
        text: String,
    },
    /// The end is more than a year ahead.
    #[error("entry {number} of the accept file ({id}) holds until {expires}: at most a year ahead is allowed")]
    TooLong {
        /// Counted from 1.
        number: usize,
        /// The check.
        id: String,
        /// Its end.
        expires: OffsetDateTime,
    },
    /// Two entries are for the same.
    #[error("entry {number} of the accept file repeats an earlier one for {id} at {resource}")]
    Repeated {
        /// Counted from 1.
        number: usize,
        /// The check.
        id: String,
        /// The resource.
        resource: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    accept: Vec<RawEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEntry {
    id: String,
    resource: String,
    reason: String,
    by: String,
    expires: String,
}

impl Acceptances {
    /// Reads TOML: a table `[[accept]]` for each entry. `now` decides whether an end is too far ahead.
    pub fn from_toml(text: &str, now: OffsetDateTime) -> Result<Self, AcceptError> {
        let file = toml::from_str(text).map_err(|error| AcceptError::Syntax(error.message().to_owned()))?;
        Self::check(file, now)
    }

    /// Reads JSON: `{"accept":[…]}`.
    pub fn from_json(text: &str, now: OffsetDateTime) -> Result<Self, AcceptError> {
        let file = serde_json::from_str(text).map_err(|error| AcceptError::Syntax(error.to_string()))?;
        Self::check(file, now)
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn check(file: File, now: OffsetDateTime) -> Result<Self, AcceptError> {
        let mut entries: Vec<Entry> = Vec::with_capacity(file.accept.len());
        for (index, raw) in file.accept.into_iter().enumerate() {
            let (number, id) = (index + 1, raw.id);
            if !CHECKS.iter().any(|check| check.id == id || check.slug == id) {
                return Err(AcceptError::UnknownCheck { number, id });
            }
            let said = [("resource", &raw.resource), ("reason", &raw.reason), ("by", &raw.by)];
            if let Some((field, _)) = said.into_iter().find(|(_, text)| text.trim().is_empty()) {
                return Err(AcceptError::Empty { number, id, field });
            }
            let Some(expires) = end(&raw.expires) else {
                return Err(AcceptError::NoDate { number, id, text: raw.expires });
            };
            if expires > now + YEAR {
                return Err(AcceptError::TooLong { number, id, expires });
            }
            let same = |one: &Entry| one.id == id && one.resource.eq_ignore_ascii_case(&raw.resource);
            if entries.iter().any(same) {
                return Err(AcceptError::Repeated { number, id, resource: raw.resource });
            }
            let acceptance = Acceptance { reason: raw.reason, by: raw.by, expires };
            entries.push(Entry { id, resource: raw.resource, acceptance });
        }
        Ok(Self { entries })
    }

    /// Marks what is accepted. Gives back the entries that hold no more, and those that fit no fault.
    pub(crate) fn apply(&self, findings: &mut [Finding], now: OffsetDateTime) -> Vec<StaleAcceptance> {
        let mut stale = Vec::new();
        for entry in &self.entries {
            let fits = |finding: &&mut Finding| {
                (finding.id == entry.id || finding.slug == entry.id)
                    && finding.resource.eq_ignore_ascii_case(&entry.resource)
            };
            let problem = match findings.iter_mut().find(fits) {
                None => Some("it names a resource that was not looked at"),
                Some(_) if entry.acceptance.expires < now => Some("it has expired"),
                Some(finding) if finding.state == State::Fail => {
                    finding.state = State::Accepted;
                    finding.acceptance = Some(entry.acceptance.clone());
                    None
                }
                // not known today, so perhaps still needed
                Some(finding) if finding.state == State::Unknown => None,
                Some(_) => Some("there is nothing to accept any more: remove it"),
            };
            if let Some(problem) = problem {
                stale.push(StaleAcceptance {
                    id: entry.id.clone(),
                    resource: entry.resource.clone(),
                    expires: entry.acceptance.expires,
                    problem,
                });
            }
        }
        stale
    }
}

/// An entry of the accept file that does nothing. Counts as a fault of high severity: the report is not what its readers
/// agreed to.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct StaleAcceptance {
    /// The check it names.
    pub id: String,
    /// The resource it names.
    pub resource: String,
    /// Its end.
    #[serde(with = "time::serde::rfc3339")]
    pub expires: OffsetDateTime,
    /// What is wrong with it.
    pub problem: &'static str,
}

/// A leap year's length: "at most a year" is not a trap on the day before.
const YEAR: Duration = Duration::days(366);

/// A date holds to the end of its day, in UTC.
fn end(text: &str) -> Option<OffsetDateTime> {
    if let Ok(moment) = OffsetDateTime::parse(text, &Rfc3339) {
        return Some(moment);
    }
    let date = Date::parse(text, &Iso8601::DATE).ok()?;
    Some(date.next_day()?.midnight().assume_utc() - Duration::SECOND)
}
