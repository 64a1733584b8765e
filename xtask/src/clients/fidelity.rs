//! The documents made of the results: which case passed with which SDK, and what no case can show.

use std::{fmt::Write, fs, path::Path};

use anyhow::{Context, Result, bail};

use super::{
    Language, Suite,
    outcome::{self, Line, Outcome},
};

/// A language with all its outcomes.
struct Column {
    language: Language,
    sdks: Vec<String>,
    lines: Vec<Line>,
}

pub(super) fn write(root: &Path, suite: Suite) -> Result<()> {
    fs::write(root.join(suite.document()), document(root, suite)?)?;
    Ok(())
}

/// Fails when the document tells another story than the last runs.
pub(super) fn compare(root: &Path, suite: Suite) -> Result<()> {
    let name = suite.document();
    if fs::read_to_string(root.join(name)).unwrap_or_default() == document(root, suite)? {
        return Ok(());
    }
    bail!("{name} is stale: run `cargo xtask clients` and `cargo xtask fidelity`, and commit what they write")
}

fn document(root: &Path, suite: Suite) -> Result<String> {
    let columns: Vec<Column> =
        suite.languages().iter().map(|language| column(root, suite, *language)).collect::<Result<_>>()?;
    let areas = ordered(columns.iter().flat_map(|column| column.lines.iter().map(|line| line.area.as_str())));
    let mut text = String::from(suite.introduction());
    text.push_str("| | written with |\n|---|---|\n");
    for column in &columns {
        writeln!(text, "| {} | {} |", column.language.title(), column.sdks.join(", "))?;
    }
    text.push_str("\n## At a glance\n\nPassed cases of each area, and in brackets those the SDK has no way to do.\n\n");
    head(&mut text, "area", &columns)?;
    for area in &areas {
        write!(text, "| [{area}](#{}) |", anchor(area))?;
        for column in &columns {
            write!(text, " {} |", tally(column, area))?;
        }
        text.push('\n');
    }
    text.push_str("\n## Case by case\n\n✓ passed · a number: the SDK has no way to do it, see below the table · blank: not tried\n");
    for area in &areas {
        section(&mut text, area, &columns)?;
    }
    let rest = fs::read_to_string(root.join(suite.appendix())).context(suite.appendix())?;
    write!(text, "\n{rest}")?;
    Ok(text)
}

fn column(root: &Path, suite: Suite, language: Language) -> Result<Column> {
    let file = suite.results(root, language);
    let told = fs::read(&file)
        .with_context(|| format!("{} is missing: `cargo xtask clients` runs the programs", file.display()))?;
    let lines = outcome::read(&told)?;
    if let Some(line) = lines.iter().find(|line| line.outcome == Outcome::Fail) {
        bail!("{}: {}: {} failed; mend it first", language.title(), line.area, line.case);
    }
    // keystay's own pages are no programs that believe in the lab
    let own = ["broker's dashboard", "onboarding pages"];
    let lines = lines.into_iter().filter(|line| !own.contains(&line.area.as_str())).collect();
    Ok(Column { language, sdks: language.sdks(root)?, lines })
}

/// How a page of GitHub names the place of a heading.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-'));
    kept.collect::<String>().replace(' ', "-").to_lowercase()
}

/// A table of all cases of an area, and below it what SDKs lack.
fn section(text: &mut String, area: &str, columns: &[Column]) -> Result<()> {
    write!(text, "\n### {area}\n\n")?;
    head(text, "case", columns)?;
    let of_area =
        |column: &'_ Column| column.lines.iter().filter(|line| line.area == area).cloned().collect::<Vec<_>>();
    let told: Vec<Vec<Line>> = columns.iter().map(of_area).collect();
    let mut notes: Vec<String> = Vec::new();
    for case in ordered(told.iter().flatten().map(|line| line.case.as_str())) {
        write!(text, "| {case} |")?;
        for (column, lines) in columns.iter().zip(&told) {
            match lines.iter().find(|line| line.case == case) {
                None => text.push_str("  |"),
                Some(line) if line.outcome == Outcome::Pass => text.push_str(" ✓ |"),
                Some(line) => {
                    let note = format!("{}: {}", column.language.title(), line.note);
                    let place = notes.iter().position(|one| *one == note).unwrap_or_else(|| {
                        notes.push(note);
                        notes.len() - 1
                    });
                    write!(text, " {} |", place + 1)?;
                }
            }
        }
        text.push('\n');
    }
    for (place, note) in notes.iter().enumerate() {
        write!(text, "{}{}. {note}", if place == 0 { "\n" } else { "" }, place + 1)?;
        text.push('\n');
    }
    Ok(())
}

fn head(text: &mut String, first: &str, columns: &[Column]) -> Result<()> {
    let titles: Vec<&str> = columns.iter().map(|column| column.language.title()).collect();
    writeln!(text, "| {first} | {} |", titles.join(" | "))?;
    writeln!(text, "|---|{}", ":-:|".repeat(columns.len()))?;
    Ok(())
}

fn tally(column: &Column, area: &str) -> String {
    let count = |outcome| column.lines.iter().filter(|line| line.area == area && line.outcome == outcome).count();
    match (count(Outcome::Pass), count(Outcome::Unsupported)) {
        (0, 0) => String::new(),
        (passed, 0) => passed.to_string(),
        (passed, unsupported) => format!("{passed} ({unsupported})"),
    }
}

/// Each text once, in the order of its first appearance.
fn ordered<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut seen = Vec::new();
    for text in texts {
        if !seen.contains(&text) {
            seen.push(text);
        }
    }
    seen
}
