//! For code scanning: SARIF 2.1.0 (OASIS), with the checks as rules and the exported documents as places.

use keystay_posture::{
    Finding, Report, Severity, State,
    checks::{CHECKS, Check},
};
use serde_json::{Value, json};

pub(super) fn write(report: &Report) -> Result<String, serde_json::Error> {
    let log = json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "keystay doctor",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": CHECKS.iter().map(|check| rule(check)).collect::<Vec<_>>(),
            } },
            "results": report.findings.iter().map(result).collect::<Vec<_>>(),
            "properties": { "outlook": report.outlook },
        }],
    });
    let mut text = serde_json::to_string_pretty(&log)?;
    text.push('\n');
    Ok(text)
}

fn rule(check: &Check) -> Value {
    let others = check.sources.iter().map(|source| json!({ "catalogue": source.catalogue, "id": source.id }));
    json!({
        "id": check.id,
        "name": check.slug,
        "shortDescription": { "text": check.title },
        "fullDescription": { "text": check.why },
        "defaultConfiguration": { "level": level(check.severity) },
        "properties": {
            // what code scanning sorts by: a CVSS-like number
            "security-severity": number(check.severity),
            "tags": ["security"],
            "sources": others.collect::<Vec<_>>(),
        },
    })
}

fn result(finding: &Finding) -> Value {
    let (kind, level) = match finding.state {
        State::Fail | State::Accepted => ("fail", level(finding.severity)),
        State::Unknown => ("open", "none"),
        State::Pass => ("pass", "none"),
        State::NotApplicable => ("notApplicable", "none"),
    };
    let places = finding.seen.iter().map(|seen| {
        json!({
            "physicalLocation": { "artifactLocation": { "uri": seen.document.file_name() } },
            "logicalLocations": [{ "fullyQualifiedName": seen.path, "kind": "member" }],
            "message": { "text": seen.value },
        })
    });
    let mut places: Vec<Value> = places.collect();
    if places.is_empty() {
        places.push(json!({ "logicalLocations": [{ "fullyQualifiedName": finding.resource, "kind": "resource" }] }));
    }
    let mut result = json!({
        "ruleId": finding.id,
        "kind": kind,
        "level": level,
        "message": { "text": super::sentence(finding) },
        "locations": places,
        // the same fault of the same thing is the same one tomorrow
        "partialFingerprints": { "checkAndResource/v1": format!("{} {}", finding.id, finding.resource) },
        "properties": { "fix": finding.fix, "mayBreak": finding.may_break, "effect": finding.effect },
    });
    if let Some(acceptance) = &finding.acceptance {
        result["suppressions"] = json!([{
            "kind": "external",
            "status": "accepted",
            "justification": super::accepted(acceptance),
        }]);
    }
    result
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "note",
    }
}

fn number(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.5",
    }
}
