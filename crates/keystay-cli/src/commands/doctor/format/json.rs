//! The whole report as JSON. Its shape is `docs/doctor-report.schema.json`; the number in `version` changes with it.

use keystay_posture::Report;

pub(super) fn write(report: &Report) -> Result<String, serde_json::Error> {
    let mut text = serde_json::to_string_pretty(report)?;
    text.push('\n');
    Ok(text)
}
