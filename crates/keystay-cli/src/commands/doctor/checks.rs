//! `keystay doctor checks`: what is looked at.

use std::process::ExitCode;

use keystay_posture::checks::CHECKS;
use serde_json::{Value, json};

use super::format;
use crate::{diagnostics::Failure, printer::Printer};

pub(super) fn run(json: bool, printer: &mut Printer) -> Result<ExitCode, Failure> {
    if json {
        let checks = CHECKS.iter().map(|check| {
            json!({
                "id": check.id, "slug": check.slug, "title": check.title,
                "severity": check.severity, "why": check.why, "sources": check.sources,
                "documents": check.needs.iter().map(ToString::to_string).collect::<Vec<_>>(),
            })
        });
        printer.data(Value::Array(checks.collect()))?;
        return Ok(ExitCode::SUCCESS);
    }
    for check in CHECKS {
        printer.data(format_args!("{} {:<8} {}", check.id, format::severity(check.severity), check.title))?;
    }
    Ok(ExitCode::SUCCESS)
}
