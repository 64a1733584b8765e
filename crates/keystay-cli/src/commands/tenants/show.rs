//! `keystay tenants show`

use keystay_lifecycle::tenants::{TenantRecord, Tenants};
use serde_json::json;

use super::{open, stamp, tenant_of};
use crate::{args::TenantsShowArguments, diagnostics::Failure, printer::Printer};

pub(super) fn run(arguments: &TenantsShowArguments, printer: &mut Printer) -> Result<(), Failure> {
    let tenants = open(&arguments.file)?;
    let record = tenants.find(&arguments.name)?;
    if arguments.json {
        return object(&tenants, &record, printer);
    }
    printer.title(&record.customer)?;
    let list = |words: &[String]| if words.is_empty() { "-".to_owned() } else { words.join(", ") };
    for (name, value) in [
        ("tenant", tenant_of(&record)),
        ("state", format!("{}, since {}", record.state, stamp(record.since))),
        ("checked", record.checked.map_or_else(|| "never".to_owned(), stamp)),
        ("roles", list(&record.roles)),
        ("missing", list(&record.missing)),
        ("extra", list(&record.extra)),
    ] {
        printer.data(format_args!("  {name:8} {value}"))?;
    }
    if let Some(refusal) = &record.refusal {
        printer.data(format_args!("  {:8} {}: {}", "refusal", refusal.code, refusal.words))?;
    }
    printer.title("\nHistory")?;
    for line in tenants.history(record.id)? {
        printer.data(format_args!("  {}  {:<13}  {}", stamp(line.at), line.state, line.words))?;
    }
    Ok(())
}

/// A record with its history.
pub(super) fn object(tenants: &Tenants, record: &TenantRecord, printer: &mut Printer) -> Result<(), Failure> {
    let mut object = json!(record);
    object["history"] = json!(tenants.history(record.id)?);
    printer.data(object)
}
