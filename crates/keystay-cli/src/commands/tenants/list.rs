//! `keystay tenants list`

use std::collections::BTreeMap;

use keystay::{Clock, SystemClock};
use keystay_lifecycle::tenants::TenantState;
use serde_json::json;
use time::OffsetDateTime;

use super::{open, tenant_of};
use crate::{args::TenantsListArguments, diagnostics::Failure, duration, printer::Printer};

pub(super) fn run(arguments: &TenantsListArguments, printer: &mut Printer) -> Result<(), Failure> {
    let records = open(&arguments.file)?.list(&(&arguments.which).into())?;
    if arguments.json {
        return printer.data(json!(records));
    }
    let now = OffsetDateTime::from(SystemClock.now());
    let width = records.iter().map(|record| record.customer.chars().count()).max().unwrap_or(0).clamp(8, 40);
    if !records.is_empty() {
        printer.title(format_args!("{:<13}  {:<width$}  {:<36}  {}", "STATE", "CUSTOMER", "TENANT", "CHECKED"))?;
    }
    let mut states: BTreeMap<TenantState, usize> = BTreeMap::new();
    for record in &records {
        *states.entry(record.state).or_default() += 1;
        let checked = record.checked.map_or_else(|| "never".to_owned(), |at| ago(now, at));
        let mut line =
            format!("{:<13}  {:<width$}  {:<36}  {checked}", record.state, record.customer, tenant_of(record));
        if !record.missing.is_empty() {
            line.push_str("  missing ");
            line.push_str(&record.missing.join(", "));
        } else if let Some(refusal) = &record.refusal {
            line.push_str("  ");
            line.push_str(&refusal.code);
        }
        printer.data(line)?;
    }
    let counts: Vec<String> = states.iter().map(|(state, count)| format!("{count} {state}")).collect();
    match records.len() {
        0 => printer.note("nobody"),
        _ => printer.note(counts.join(", ")),
    }
    Ok(())
}

/// `3 days 2 h ago`.
fn ago(now: OffsetDateTime, moment: OffsetDateTime) -> String {
    let seconds = u64::try_from((now - moment).whole_seconds()).unwrap_or(0);
    format!("{} ago", duration::words(seconds))
}
