//! `keystay doctor`: facts from Azure or from a folder, the posture crate's report, in the form that was asked for.

mod checks;
mod collect;
mod folder;
mod format;
mod live;
mod probes;
mod signer;

use std::{fs, path::Path, process::ExitCode};

use keystay::{Clock, SystemClock};
use keystay_posture::{
    Acceptances, Report, ReportOptions, Verdict,
    checks::Limits,
    facts::{Document, Facts},
};
use time::{Duration, OffsetDateTime};

use crate::{
    args::{DoctorArguments, DoctorCommand, DoctorFormat, DoctorReport},
    diagnostics::Failure,
    printer::Printer,
};

/// The exit code for faults, as other scanners have it.
const FAULTS: u8 = 3;
/// The exit code where something is unknown and nothing is at fault.
const UNKNOWNS: u8 = 4;

/// Looks, reports, and says by the exit code how it is.
pub(super) async fn run(arguments: DoctorArguments, printer: &mut Printer) -> Result<ExitCode, Failure> {
    match &arguments.command {
        Some(DoctorCommand::Collect(arguments)) => return collect::run(arguments, printer).await,
        Some(DoctorCommand::Checks { json }) => return checks::run(*json, printer),
        None => {}
    }
    let DoctorArguments { look, report, settings, .. } = &arguments;
    let now = look.at.unwrap_or_else(|| SystemClock.now().into());
    let options = options(report, now)?;
    let mut facts = match &look.from {
        Some(folder) => folder::read(folder, printer)?,
        None => live::read(look, settings, printer).await?,
    };
    add_file(&mut facts, Document::SignerSettings, look.signer_settings.as_deref())?;
    add_file(&mut facts, Document::BreachDrill, look.drill.as_deref())?;
    let found = Report::new(&facts, &options, now);
    tell(&found, report, printer)?;
    Ok(match found.verdict {
        Verdict::Faults => ExitCode::from(FAULTS),
        Verdict::Unknowns if !report.allow_unknown => ExitCode::from(UNKNOWNS),
        Verdict::Unknowns | Verdict::Clean => ExitCode::SUCCESS,
    })
}

fn options(report: &DoctorReport, now: OffsetDateTime) -> Result<ReportOptions, Failure> {
    let acceptances = match &report.accept {
        Some(path) => {
            let text = text(path)?;
            let json = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
            let read = if json { Acceptances::from_json(&text, now) } else { Acceptances::from_toml(&text, now) };
            read.map_err(|error| Failure::usage(format_args!("`{}`: {error}", path.display())))?
        }
        None => Acceptances::default(),
    };
    let limits = Limits { certificate_left: Duration::days(report.expires_within.into()), ..Limits::default() };
    Ok(ReportOptions { limits, acceptances, fail_on: report.fail_on })
}

fn add_file(facts: &mut Facts, document: Document, path: Option<&Path>) -> Result<(), Failure> {
    if let Some(path) = path {
        facts.add(document, text(path)?.as_bytes());
    }
    Ok(())
}

fn text(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path)
        .map_err(|error| Failure::usage(format_args!("`{}` cannot be read", path.display())).because(error))
}

fn tell(found: &Report, report: &DoctorReport, printer: &mut Printer) -> Result<(), Failure> {
    let format = if report.json { DoctorFormat::Json } else { report.format };
    let Some(path) = &report.output else {
        return printer.raw(format::render(found, format, Printer::columns())?.as_bytes());
    };
    let rendered = format::render(found, format, 100)?;
    let plain = anstream::adapter::strip_str(&rendered).to_string();
    // the terminal's escapes are taken out of text alone: elsewhere there are none, and nothing is to be lost
    let content = if format == DoctorFormat::Text { plain } else { rendered };
    fs::write(path, content)
        .map_err(|error| Failure::failed(format_args!("`{}` cannot be written", path.display())).because(error))?;
    printer.note(format::line(found));
    Ok(())
}
