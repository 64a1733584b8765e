//! For a person in front of a terminal.

use std::fmt::{self, Display, Write};

use anstyle::{AnsiColor, Style};
use keystay_posture::{Finding, Report, Severity, State, exposure::Outlook};
use textwrap::Options;

const STRONG: Style = Style::new().bold();
const QUIET: Style = Style::new().dimmed();
const RED: Style = AnsiColor::Red.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default().bold();
const GREEN: Style = AnsiColor::Green.on_default();
const BLUE: Style = AnsiColor::Cyan.on_default();

/// The headline, then everything that is not well, the worst first, then a line for each thing that is.
pub(super) fn write(report: &Report, columns: usize) -> Result<String, fmt::Error> {
    let mut out = String::new();
    writeln!(out, "{STRONG}{}{STRONG:#}\n", super::title(report))?;
    headline(&mut out, &report.outlook, columns)?;
    for finding in report.findings.iter().filter(|finding| !super::is_well(finding)) {
        writeln!(out)?;
        unwell(&mut out, finding, columns)?;
    }
    for stale in &report.stale_acceptances {
        writeln!(out, "\n{YELLOW}ACCEPT FILE{YELLOW:#} {} {STRONG}{}{STRONG:#}", stale.id, stale.problem)?;
        item(&mut out, "resource", &stale.resource, columns)?;
    }
    writeln!(out)?;
    for finding in report.findings.iter().filter(|finding| super::is_well(finding)) {
        let style = style(finding);
        writeln!(out, "{style}{}{style:#} {} {QUIET}{}{QUIET:#}", padded(finding.state), finding.id, finding.title)?;
    }
    writeln!(out, "\n{STRONG}{}{STRONG:#}", super::counted(report))?;
    Ok(out)
}

fn headline(out: &mut String, outlook: &Outlook, columns: usize) -> fmt::Result {
    for ((words, bound), style) in super::headline(outlook).into_iter().zip([RED, YELLOW, GREEN, YELLOW]) {
        writeln!(out, "  {words:<36} {style}{}{style:#}", bound.worst.length)?;
        paragraph(out, &bound.worst.why, 4, columns)?;
    }
    Ok(())
}

fn unwell(out: &mut String, finding: &Finding, columns: usize) -> fmt::Result {
    let style = style(finding);
    writeln!(
        out,
        "{style}{}{style:#} {} {style}{}{style:#} {STRONG}{}{STRONG:#}",
        padded(finding.state),
        finding.id,
        super::severity(finding.severity),
        finding.title
    )?;
    for seen in &finding.seen {
        item(out, "seen", format_args!("{} {}: {}", seen.document, seen.path, seen.value), columns)?;
    }
    for missing in &finding.missing {
        item(out, "missing", missing, columns)?;
    }
    if finding.state != State::Unknown {
        item(out, "why", finding.why, columns)?;
    }
    if let Some(effect) = finding.effect.as_ref().filter(|effect| effect.changes_anything()) {
        item(out, "effect", super::effect(effect), columns)?;
    }
    for (index, line) in finding.fix.iter().enumerate() {
        // a command is copied, so it is never broken
        writeln!(out, "  {BLUE}{:<9}{BLUE:#} {line}", if index == 0 { "fix" } else { "" })?;
    }
    if !finding.fix.is_empty() && !finding.may_break.is_empty() {
        item(out, "may break", finding.may_break, columns)?;
    }
    if let Some(acceptance) = &finding.acceptance {
        item(out, "accepted", super::accepted(acceptance), columns)?;
    }
    Ok(())
}

fn item(out: &mut String, label: &str, words: impl Display, columns: usize) -> fmt::Result {
    let lines = wrapped(&words.to_string(), 12, columns);
    for (index, line) in lines.iter().enumerate() {
        writeln!(out, "  {QUIET}{:<9}{QUIET:#} {line}", if index == 0 { label } else { "" })?;
    }
    Ok(())
}

fn paragraph(out: &mut String, words: &str, indent: usize, columns: usize) -> fmt::Result {
    for line in wrapped(words, indent, columns) {
        writeln!(out, "{:indent$}{QUIET}{line}{QUIET:#}", "")?;
    }
    Ok(())
}

fn wrapped(words: &str, indent: usize, columns: usize) -> Vec<String> {
    let width = columns.saturating_sub(indent).max(30);
    let options = Options::new(width).break_words(false).word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::wrap(words, options).into_iter().map(String::from).collect()
}

fn padded(state: State) -> String {
    format!("{:<8}", super::state(state))
}

fn style(finding: &Finding) -> Style {
    match (finding.state, finding.severity) {
        (State::Fail, Severity::Critical | Severity::High) => RED,
        (State::Fail | State::Unknown, _) => YELLOW,
        (State::Accepted, _) => BLUE,
        (State::Pass, _) => GREEN,
        (State::NotApplicable, _) => QUIET,
    }
}
