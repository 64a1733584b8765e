//! For an issue, a pull request, a wiki.

use std::fmt::{self, Write};

use keystay_posture::{Finding, Report, State};

pub(super) fn write(report: &Report) -> Result<String, fmt::Error> {
    let mut out = String::new();
    writeln!(out, "# {}\n", escaped(&super::title(report)))?;
    writeln!(out, "| if somebody broke in now | it lasts | because |\n|---|---|---|")?;
    for (words, bound) in super::headline(&report.outlook) {
        writeln!(out, "| {words} | **{}** | {} |", bound.worst.length, escaped(&bound.worst.why))?;
    }
    writeln!(out, "\n{}\n", super::counted(report))?;
    for finding in report.findings.iter().filter(|finding| !super::is_well(finding)) {
        unwell(&mut out, finding)?;
    }
    writeln!(out, "## Without a fault\n\n| check | state | what is true |\n|---|---|---|")?;
    for finding in report.findings.iter().filter(|finding| super::is_well(finding)) {
        writeln!(out, "| {} | {} | {} |", finding.id, super::state(finding.state), escaped(finding.title))?;
    }
    Ok(out)
}

fn unwell(out: &mut String, finding: &Finding) -> fmt::Result {
    let (state, severity) = (super::state(finding.state), super::severity(finding.severity));
    writeln!(out, "## {state} {} ({severity}): {}\n", finding.id, escaped(finding.title))?;
    for seen in &finding.seen {
        writeln!(out, "- seen: `{} {}`: {}", code(seen.document.file_name()), code(&seen.path), escaped(&seen.value))?;
    }
    for missing in &finding.missing {
        writeln!(out, "- missing: {}", escaped(&missing.to_string()))?;
    }
    if finding.state != State::Unknown {
        writeln!(out, "- why: {}", escaped(finding.why))?;
    }
    if let Some(effect) = finding.effect.as_ref().filter(|effect| effect.changes_anything()) {
        writeln!(out, "- effect: {}", super::effect(effect))?;
    }
    if !finding.may_break.is_empty() {
        writeln!(out, "- the fix may break: {}", escaped(finding.may_break))?;
    }
    if let Some(acceptance) = &finding.acceptance {
        writeln!(out, "- accepted: {}", escaped(&super::accepted(acceptance)))?;
    }
    writeln!(out)?;
    if !finding.fix.is_empty() {
        writeln!(out, "```sh\n{}\n```\n", finding.fix.join("\n").replace("```", "` ` `"))?;
    }
    Ok(())
}

/// Names in a directory are anybody's to choose: none becomes a link, an image or a column.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '!' | '~' => {
                out.push('\\');
                out.push(letter);
            }
            '\n' | '\r' => out.push(' '),
            other => out.push(other),
        }
    }
    out
}

fn code(text: &str) -> String {
    text.replace('`', "'").replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_draw_an_image_or_leave_its_column() {
        assert_eq!(escaped("![x](https://e) | <b>"), r"\!\[x\](https://e) \| \<b\>");
    }
}
