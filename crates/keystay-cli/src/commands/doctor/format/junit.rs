//! For what shows test results: each check is a test case (schema: `JUnit.xsd` of the Apache Ant task).

use junit_report::{Duration, ReportBuilder, TestCase, TestCaseBuilder, TestSuiteBuilder};
use keystay_posture::{Finding, Report, State};

pub(super) fn write(report: &Report) -> Result<String, junit_report::Error> {
    let mut suite = TestSuiteBuilder::new("keystay doctor");
    suite.set_timestamp(report.at);
    for finding in &report.findings {
        suite.add_testcase(case(finding));
    }
    let mut bytes = Vec::new();
    ReportBuilder::new().add_testsuite(suite.build()).build().write_xml(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// What is not known is an error of the test, not a failure of what it tests.
fn case(finding: &Finding) -> TestCase {
    let name = clean(&format!("{} {}", finding.id, finding.title));
    let kind = super::severity(finding.severity);
    let words = clean(&words(finding));
    let mut case = match finding.state {
        State::Fail => TestCaseBuilder::failure(&name, Duration::ZERO, kind, &words),
        State::Unknown => TestCaseBuilder::error(&name, Duration::ZERO, "unknown", &words),
        State::Accepted => TestCaseBuilder::skipped_with_cause(&name, "accepted", &words),
        State::NotApplicable => TestCaseBuilder::skipped(&name),
        State::Pass => TestCaseBuilder::success(&name, Duration::ZERO),
    };
    case.set_classname(&clean(&finding.resource));
    case.build()
}

fn words(finding: &Finding) -> String {
    let seen = finding.seen.iter().map(|seen| format!("{} {}: {}", seen.document, seen.path, seen.value));
    let missing = finding.missing.iter().map(ToString::to_string);
    let accepted = finding.acceptance.iter().map(super::accepted);
    let fix = finding.fix.iter().map(|line| format!("fix: {line}"));
    accepted.chain(seen).chain(missing).chain(fix).collect::<Vec<_>>().join("; ")
}

/// XML 1.0 cannot hold every character, not even escaped.
fn clean(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}
