//! What a check found.

use serde::Serialize;
use time::OffsetDateTime;

use crate::{
    exposure::Length,
    facts::{Document, Missing, Place},
};

/// How much a fault matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Good practice.
    Low,
    /// A second fault makes it a theft, or it makes a theft harder to end.
    Medium,
    /// It makes a theft longer, easier or invisible.
    High,
    /// It is the theft.
    Critical,
}

/// What a check came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum State {
    /// Something is wrong.
    Fail,
    /// A fact is missing.
    Unknown,
    /// Something is wrong, and somebody answers for it until a day.
    Accepted,
    /// All facts are there, and none is wrong.
    Pass,
    /// There is nothing here that the check could be about.
    NotApplicable,
}

/// Something that was seen, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Observation {
    /// In which document.
    pub document: Document,
    /// At which JSON path.
    pub path: String,
    /// What stands there, and what it means if that is not plain. Never a secret.
    pub value: String,
}

impl Observation {
    /// What was seen at a place.
    pub fn new(place: &Place, value: impl Into<String>) -> Self {
        Self { document: place.document, path: place.path.clone(), value: value.into() }
    }
}

/// How the exposure changes when the fault is repaired, and nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Effect {
    /// The worst case today, after the code is redeployed.
    pub worst_now: Length,
    /// The same without this fault.
    pub worst_without: Length,
    /// A whole incident today: until it is noticed, until the breach is cut, and what is left then.
    pub incident_now: Length,
    /// The same without this fault.
    pub incident_without: Length,
}

impl Effect {
    /// Whether repairing this fault alone changes a number. Where several faults hold a theft open at once, no single
    /// repair does.
    pub fn changes_anything(&self) -> bool {
        self.worst_now != self.worst_without || self.incident_now != self.incident_without
    }
}

/// Who answers for a fault, and until when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Acceptance {
    /// Why it stays.
    pub reason: String,
    /// Who said so.
    pub by: String,
    /// The last moment at which that holds.
    #[serde(with = "time::serde::rfc3339")]
    pub expires: OffsetDateTime,
}

/// One check's result, for one resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The check's stable id, as `KS001`.
    pub id: &'static str,
    /// The check's name for people and files, as `key-not-exportable`.
    pub slug: &'static str,
    /// What should be true.
    pub title: &'static str,
    /// What the check came to.
    pub state: State,
    /// How much a fault of this kind matters.
    pub severity: Severity,
    /// What it is about: a Resource Manager id, or the app's client id with `app:` before it.
    pub resource: String,
    /// What was seen. Of a failed check, first what is wrong.
    pub seen: Vec<Observation>,
    /// Which facts are missing. A failed check has them too: more may be wrong.
    pub missing: Vec<Missing>,
    /// Why it matters for this credential.
    pub why: &'static str,
    /// Commands for a POSIX shell that repair it; lines that begin with `#` say what no command can do. Empty unless
    /// something is wrong.
    pub fix: Vec<String>,
    /// What the repair may break. Empty unless something is wrong.
    pub may_break: &'static str,
    /// What the repair is worth, where it is about time.
    pub effect: Option<Effect>,
    /// The ids under which benchmarks and other scanners ask the same.
    pub sources: &'static [Source],
    /// Who answers for it, if it is accepted.
    pub acceptance: Option<Acceptance>,
}

/// Where else the same is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Source {
    /// Who asks.
    pub catalogue: Catalogue,
    /// Under which id.
    pub id: &'static str,
}

/// A catalogue of checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Catalogue {
    /// CIS Microsoft Azure Foundations Benchmark 2.0.
    #[serde(rename = "CIS Azure 2.0")]
    Cis2,
    /// CIS Microsoft Azure Foundations Benchmark 3.0.
    #[serde(rename = "CIS Azure 3.0")]
    Cis3,
    /// CIS Microsoft Azure Foundations Benchmark 4.0.
    #[serde(rename = "CIS Azure 4.0")]
    Cis4,
    /// CIS Microsoft Azure Foundations Benchmark 5.0.
    #[serde(rename = "CIS Azure 5.0")]
    Cis5,
    /// Microsoft cloud security benchmark v1.
    #[serde(rename = "MCSB v1")]
    Mcsb,
    /// Maester.
    #[serde(rename = "Maester")]
    Maester,
    /// Microsoft's Zero Trust Assessment.
    #[serde(rename = "Zero Trust Assessment")]
    ZeroTrust,
    /// PSRule for Azure.
    #[serde(rename = "PSRule for Azure")]
    PsRule,
    /// Prowler.
    #[serde(rename = "Prowler")]
    Prowler,
    /// Trivy.
    #[serde(rename = "Trivy")]
    Trivy,
}
