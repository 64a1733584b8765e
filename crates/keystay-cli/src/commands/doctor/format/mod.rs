//! A report in the forms that people and other programs read.

mod csv;
mod html;
mod json;
mod junit;
mod markdown;
mod sarif;
mod text;
mod timeline;

use keystay_posture::{
    Acceptance, Effect, Finding, Report, Severity, Source, State,
    exposure::{Bound, Outlook},
};

use crate::{args::DoctorFormat, diagnostics::Failure};

/// The whole report in one form, with colours only in `text`.
pub(super) fn render(report: &Report, format: DoctorFormat, columns: usize) -> Result<String, Failure> {
    let not_written = |error: &dyn std::error::Error| {
        Failure::failed(format_args!("the report cannot be written as {format:?}")).because_of(error).cause(error)
    };
    match format {
        DoctorFormat::Text => text::write(report, columns).map_err(|error| not_written(&error)),
        DoctorFormat::Json => json::write(report).map_err(|error| not_written(&error)),
        DoctorFormat::Sarif => sarif::write(report).map_err(|error| not_written(&error)),
        DoctorFormat::Junit => junit::write(report).map_err(|error| not_written(&error)),
        DoctorFormat::Csv => csv::write(report).map_err(|error| not_written(&error)),
        DoctorFormat::Markdown => markdown::write(report).map_err(|error| not_written(&error)),
        DoctorFormat::Html => Ok(html::write(report)),
    }
}

fn state(state: State) -> &'static str {
    match state {
        State::Fail => "FAIL",
        State::Unknown => "UNKNOWN",
        State::Accepted => "ACCEPTED",
        State::Pass => "PASS",
        State::NotApplicable => "N/A",
    }
}

pub(super) fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "critical",
        Severity::High => "high",
        Severity::Medium => "medium",
        Severity::Low => "low",
    }
}

fn effect(effect: &Effect) -> String {
    if effect.worst_now == effect.worst_without {
        return format!("lengthens a whole incident from {} to {}", effect.incident_without, effect.incident_now);
    }
    format!("raises the worst case from {} to {}", effect.worst_without, effect.worst_now)
}

fn accepted(acceptance: &Acceptance) -> String {
    format!("{} ({}, until {})", acceptance.reason, acceptance.by, acceptance.expires.date())
}

/// What was looked at.
fn title(report: &Report) -> String {
    let app = report.app.as_deref().unwrap_or("unknown");
    let vault = report.vault.as_deref().and_then(|id| id.rsplit('/').next()).unwrap_or("unknown");
    let at = report.at.replace_nanosecond(0).unwrap_or(report.at);
    format!("app {app}, vault {vault}, as of {} {:02}:{:02} UTC", at.date(), at.hour(), at.minute())
}

/// The numbers that matter, with their words.
fn headline(outlook: &Outlook) -> [(&'static str, &Bound); 4] {
    [
        ("a theft today lasts", &outlook.now),
        ("the same, after keystay breach cut", &outlook.after_cut),
        ("a theft with all fixes made", &outlook.with_fixes),
        ("today, from the theft to the end", &outlook.incident),
    ]
}

/// One line that says how it is.
pub(super) fn line(report: &Report) -> String {
    let [(_, now), (_, cut), (_, fixed), _] = headline(&report.outlook);
    format!(
        "a theft today lasts {}; after the cut {}; with all fixes {}. {}",
        now.worst.length,
        cut.worst.length,
        fixed.worst.length,
        counted(report)
    )
}

fn is_well(finding: &Finding) -> bool {
    matches!(finding.state, State::Pass | State::NotApplicable)
}

/// A finding in one line: what was seen, or what is missing.
fn sentence(finding: &Finding) -> String {
    let seen = finding.seen.iter().map(|seen| format!("{} {}: {}", seen.document, seen.path, seen.value));
    let details: Vec<_> = seen.chain(finding.missing.iter().map(ToString::to_string)).collect();
    if details.is_empty() { finding.title.to_owned() } else { format!("{} [{}]", finding.title, details.join("; ")) }
}

fn source(source: &Source) -> String {
    let catalogue = serde_json::to_value(source.catalogue).unwrap_or_default();
    format!("{} {}", catalogue.as_str().unwrap_or_default(), source.id)
}

/// `3 failed (1 critical, 2 high), 2 unknown, 30 passed, …`
fn counted(report: &Report) -> String {
    let of = |wanted: State| report.findings.iter().filter(move |finding| finding.state == wanted);
    let failed = of(State::Fail).count();
    let mut parts = vec![format!("{failed} failed")];
    if failed > 0 {
        let severities = [Severity::Critical, Severity::High, Severity::Medium, Severity::Low];
        let words = severities.iter().filter_map(|wanted| {
            let count = of(State::Fail).filter(|finding| finding.severity == *wanted).count();
            (count > 0).then(|| format!("{count} {}", severity(*wanted)))
        });
        parts[0] = format!("{failed} failed ({})", words.collect::<Vec<_>>().join(", "));
    }
    let others = [
        (State::Unknown, "unknown"),
        (State::Accepted, "accepted"),
        (State::Pass, "passed"),
        (State::NotApplicable, "not applicable"),
    ];
    for (wanted, words) in others {
        let count = of(wanted).count();
        if count > 0 {
            parts.push(format!("{count} {words}"));
        }
    }
    parts.join(", ")
}
