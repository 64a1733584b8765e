//! Whom to tell.

use std::path::Path;

use keystay::ClientId;
use keystay_lifecycle::tenants::{Selection, TenantRecord, TenantState};
use serde_json::{Value, json};

use crate::{args::TenantsFile, commands::tenants, diagnostics::Failure, printer::Printer};

/// More than this are counted instead of listed: nobody reads a thousand lines in a breach.
const LISTED: usize = 20;

/// The customers a thief may have had tokens for. All but those that declined: one on record as `invited` may have been
/// imported without its state, and one that is `gone` may have been there at the time of the theft.
pub(super) struct Customers {
    records: Option<Vec<TenantRecord>>,
}

impl Customers {
    /// Reads the database. That it is missing or broken stops no cut: it is warned of.
    pub(super) fn read(path: &Path, printer: &mut Printer) -> Self {
        let read = || -> Result<Vec<TenantRecord>, Failure> {
            Ok(tenants::open(&TenantsFile { path: path.to_owned() })?.list(&Selection::default())?)
        };
        let records = match read() {
            Ok(records) => records,
            Err(failure) => {
                let why = failure.report().map_or("it cannot be read", |report| report.message.as_str());
                printer.warning(format_args!("whom to tell is not known: {why}; name it with --tenants"));
                return Self { records: None };
            }
        };
        let may_have_been_met =
            |record: &TenantRecord| record.state != TenantState::Declined && record.to_ask().is_some();
        Self { records: Some(records.into_iter().filter(may_have_been_met).collect()) }
    }

    /// For `--json`: nothing where it is not known.
    pub(super) fn object(&self) -> Value {
        self.records.as_ref().map_or(Value::Null, |records| {
            let one = |record: &TenantRecord| {
                let tenant = record.to_ask().map(|tenant| tenant.to_string());
                json!({ "customer": record.customer, "tenant": tenant, "state": record.state })
            };
            records.iter().map(one).collect()
        })
    }

    /// For a person.
    pub(super) fn print(&self, app: ClientId, printer: &mut Printer) -> Result<(), Failure> {
        let Some(records) = &self.records else { return Ok(()) };
        printer.title("\ntell these customers")?;
        if records.is_empty() {
            printer.data("  nobody is on record")?;
            return Ok(());
        }
        for record in records.iter().take(LISTED) {
            let tenant = record.to_ask().map(|tenant| tenant.to_string()).unwrap_or_default();
            printer.data(format_args!("  {} ({tenant}, {})", record.customer, record.state))?;
        }
        if let Some(more @ 1..) = records.len().checked_sub(LISTED) {
            printer.data(format_args!("  and {more} more: `keystay tenants list`, or --json here"))?;
        }
        printer.data("  Until the last token is dead, each can end it at home, for Graph mostly at once:")?;
        printer.data(format_args!("    az ad sp update --id {app} --set accountEnabled=false"))
    }
}
