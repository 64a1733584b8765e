//! All findings, with the headline.

use std::cmp::Reverse;

use serde::Serialize;
use time::OffsetDateTime;

use crate::{
    accept::{Acceptances, StaleAcceptance},
    checks::{CHECKS, Limits, Posture, Prepared},
    exposure::{Outlook, Responses, Setup},
    facts::Facts,
    finding::{Effect, Finding, Severity, State},
    setup::setup,
};

/// The number of the JSON form. Fields may be added under one number; what is renamed, removed or means something else
/// gets another.
pub const SCHEMA_VERSION: u32 = 1;

/// How to report.
#[derive(Clone, Debug)]
pub struct ReportOptions {
    /// What is good enough.
    pub limits: Limits,
    /// What is accepted.
    pub acceptances: Acceptances,
    /// Faults of this severity and above make the report fail.
    pub fail_on: Severity,
}

impl Default for ReportOptions {
    fn default() -> Self {
        Self { limits: Limits::default(), acceptances: Acceptances::default(), fail_on: Severity::Low }
    }
}

/// What the doctor says.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// When the facts were looked at.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// The app's client id, if it is known.
    pub app: Option<String>,
    /// The vault's Resource Manager id, if it is known.
    pub vault: Option<String>,
    /// Exposure now, after the cut, and with all faults repaired that are not accepted. Accepted faults and missing facts
    /// count in each as what they are, or might be.
    pub outlook: Outlook,
    /// How many findings there are of each state.
    pub counts: Counts,
    /// How the report ends.
    pub verdict: Verdict,
    /// One for each check: faults first, the severest first.
    pub findings: Vec<Finding>,
    /// Entries of the accept file that do nothing.
    pub stale_acceptances: Vec<StaleAcceptance>,
    /// The setup the numbers are worked out from.
    #[serde(skip)]
    pub setup: Setup,
    /// The same with all faults repaired that are not accepted.
    #[serde(skip)]
    pub repaired: Setup,
}

/// How many findings there are of each state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// [`State::Fail`].
    pub fail: usize,
    /// [`State::Unknown`].
    pub unknown: usize,
    /// [`State::Accepted`].
    pub accepted: usize,
    /// [`State::Pass`].
    pub pass: usize,
    /// [`State::NotApplicable`].
    pub not_applicable: usize,
}

/// How a report ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// No fault at or above the threshold, and nothing unknown.
    Clean,
    /// A fault at or above the threshold.
    Faults,
    /// No such fault, but something is unknown.
    Unknowns,
}

impl Report {
    /// Looks at the facts as of `now`.
    pub fn new(facts: &Facts, options: &ReportOptions, now: OffsetDateTime) -> Self {
        let prepared = Prepared::new(facts);
        let posture = Posture::new(facts, &prepared, &options.limits, now);
        let mut findings: Vec<Finding> = CHECKS.iter().map(|check| check.run(&posture)).collect();
        let setup = setup(&posture, &findings);
        let stale_acceptances = options.acceptances.apply(&mut findings, now);
        let mut repaired = setup.clone();
        for (check, finding) in CHECKS.iter().zip(&mut findings) {
            if matches!(finding.state, State::Fail | State::Accepted) && check.repair.is_some() {
                let mut without = setup.clone();
                check.repair(&posture, &mut without);
                finding.effect = Some(effect(&setup, &without, now));
            }
            if finding.state == State::Fail {
                check.repair(&posture, &mut repaired);
            }
        }
        findings.sort_by_key(|finding| (finding.state, Reverse(finding.severity), finding.id));
        Self {
            schema_version: SCHEMA_VERSION,
            at: now,
            app: posture.names.app.clone(),
            vault: posture.names.vault_id.clone(),
            outlook: setup.outlook(&repaired, now),
            counts: Counts::of(&findings),
            verdict: verdict(&findings, &stale_acceptances, options.fail_on),
            findings,
            stale_acceptances,
            setup,
            repaired,
        }
    }

    /// The finding of one check, by its id or its slug.
    pub fn finding(&self, id: &str) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.id == id || finding.slug == id)
    }
}

impl Counts {
    fn of(findings: &[Finding]) -> Self {
        let count = |state| findings.iter().filter(|finding| finding.state == state).count();
        Self {
            fail: count(State::Fail),
            unknown: count(State::Unknown),
            accepted: count(State::Accepted),
            pass: count(State::Pass),
            not_applicable: count(State::NotApplicable),
        }
    }
}

fn effect(setup: &Setup, without: &Setup, now: OffsetDateTime) -> Effect {
    let (evicted, cut) = (Responses::eviction(), Responses::breach_cut());
    Effect {
        worst_now: setup.exposure(&evicted, now).worst.length,
        worst_without: without.exposure(&evicted, now).worst.length,
        incident_now: setup.incident(&cut, now).worst.length,
        incident_without: without.incident(&cut, now).worst.length,
    }
}

fn verdict(findings: &[Finding], stale: &[StaleAcceptance], fail_on: Severity) -> Verdict {
    let fails = |finding: &Finding| finding.state == State::Fail && finding.severity >= fail_on;
    if findings.iter().any(fails) || (!stale.is_empty() && Severity::High >= fail_on) {
        Verdict::Faults
    } else if findings.iter().any(|finding| finding.state == State::Unknown) {
        Verdict::Unknowns
    } else {
        Verdict::Clean
    }
}
