//! `keystay tenants import` and `keystay tenants export`

use std::{
    fs,
    io::{self, Read},
    path::Path,
};

use keystay_lifecycle::tenants::{read_csv, read_json, write_csv, write_json};
use serde_json::json;

use super::{open, open_or_make};
use crate::{
    args::{TenantsExportArguments, TenantsFormat, TenantsImportArguments},
    diagnostics::Failure,
    printer::Printer,
};

pub(super) fn import(arguments: &TenantsImportArguments, printer: &mut Printer) -> Result<(), Failure> {
    let path = &arguments.document;
    let by_name = match path.extension().and_then(|ending| ending.to_str()) {
        Some("json") => Some(TenantsFormat::Json),
        Some("csv") => Some(TenantsFormat::Csv),
        _ => None,
    };
    let format = arguments.format.or(by_name).ok_or_else(|| {
        Failure::usage(format_args!("`{}` does not say whether it is JSON or CSV", path.display()))
            .hint("give --format")
    })?;
    let text = read(path)?;
    let entries = match format {
        TenantsFormat::Json => read_json(&text)?,
        TenantsFormat::Csv => read_csv(text.as_bytes())?,
    };
    let done = open_or_make(&arguments.file)?.import(&entries)?;
    if arguments.json {
        return printer.data(json!(done));
    }
    printer.note(format_args!("{} added, {} changed, {} as they were", done.added, done.changed, done.unchanged));
    Ok(())
}

pub(super) fn export(arguments: &TenantsExportArguments, printer: &mut Printer) -> Result<(), Failure> {
    let tenants = open(&arguments.file)?;
    let records = tenants.list(&(&arguments.which).into())?;
    match arguments.format {
        TenantsFormat::Json => printer.data(write_json(&tenants, &records)?),
        TenantsFormat::Csv => {
            let mut lines = Vec::new();
            write_csv(&records, &mut lines)
                .map_err(|error| Failure::failed("the records cannot be written as CSV").because(error))?;
            printer.raw(&lines)
        }
    }
}

fn read(path: &Path) -> Result<String, Failure> {
    let text = if path == Path::new("-") {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        fs::read_to_string(path)
    };
    text.map_err(|error| Failure::usage(format_args!("`{}` cannot be read", path.display())).because(error))
}
