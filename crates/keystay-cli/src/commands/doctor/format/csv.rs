//! One line for each finding, for spreadsheets.

use keystay_posture::{Finding, Report};

const HEAD: [&str; 12] =
    ["id", "slug", "state", "severity", "title", "resource", "seen", "missing", "why", "effect", "fix", "accepted"];

pub(super) fn write(report: &Report) -> Result<String, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(HEAD)?;
    for finding in &report.findings {
        writer.write_record(record(finding).map(harmless))?;
    }
    let bytes = writer.into_inner().map_err(csv::IntoInnerError::into_error)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn record(finding: &Finding) -> [String; 12] {
    let lines = |lines: Vec<String>| lines.join("\n");
    let seen = finding.seen.iter().map(|seen| format!("{} {}: {}", seen.document, seen.path, seen.value));
    [
        finding.id.to_owned(),
        finding.slug.to_owned(),
        super::state(finding.state).to_owned(),
        super::severity(finding.severity).to_owned(),
        finding.title.to_owned(),
        finding.resource.clone(),
        lines(seen.collect()),
        lines(finding.missing.iter().map(ToString::to_string).collect()),
        finding.why.to_owned(),
        finding.effect.as_ref().map(super::effect).unwrap_or_default(),
        lines(finding.fix.clone()),
        finding.acceptance.as_ref().map(super::accepted).unwrap_or_default(),
    ]
}

/// A spreadsheet runs what begins like a formula; a name in the directory is anybody's to choose.
fn harmless(field: String) -> String {
    if field.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{field}") } else { field }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spreadsheet_finds_no_formula() {
        assert_eq!(harmless("=HYPERLINK(\"https://x\")".to_owned()), "'=HYPERLINK(\"https://x\")");
        assert_eq!(harmless("az keyvault update".to_owned()), "az keyvault update");
    }
}
