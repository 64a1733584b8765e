//! `keystay tenants`: the list of customers and their tenants.

mod documents;
mod list;
mod recheck;
mod show;

use std::{process::ExitCode, sync::Arc};

use keystay::{Clock, SystemClock};
use keystay_lifecycle::tenants::{Selection, TenantRecord, Tenants, TenantsError};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{
    args::{TenantsCommand, TenantsFile, TenantsForgetArguments, TenantsShowArguments, WhichTenants},
    diagnostics::Failure,
    printer::Printer,
};

pub(super) async fn run(command: &TenantsCommand, printer: &mut Printer) -> Result<ExitCode, Failure> {
    match command {
        TenantsCommand::List(arguments) => list::run(arguments, printer)?,
        TenantsCommand::Show(arguments) => show::run(arguments, printer)?,
        TenantsCommand::Recheck(arguments) => return recheck::run(arguments, printer).await,
        TenantsCommand::Confirm(arguments) => confirm(arguments, printer)?,
        TenantsCommand::Import(arguments) => documents::import(arguments, printer)?,
        TenantsCommand::Export(arguments) => documents::export(arguments, printer)?,
        TenantsCommand::Forget(arguments) => forget(arguments, printer)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The database, which must be there: a list of nobody would be misread.
pub(super) fn open(file: &TenantsFile) -> Result<Tenants, Failure> {
    if file.path.is_file() {
        return open_or_make(file);
    }
    Err(Failure::usage(format_args!("there is no tenants database `{}`", file.path.display())).hint(
        "name it with --tenants or KEYSTAY_TENANTS; `keystay onboard link` and `keystay tenants import` make one",
    ))
}

/// The database, made when there is none.
pub(super) fn open_or_make(file: &TenantsFile) -> Result<Tenants, Failure> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    Ok(Tenants::open(&file.path, clock)?)
}

impl From<&WhichTenants> for Selection {
    fn from(which: &WhichTenants) -> Self {
        let before = |span| OffsetDateTime::from(SystemClock.now()) - span;
        Self {
            states: which.state.clone(),
            holding: which.search.clone(),
            checked_before: which.not_checked_for.map(before),
        }
    }
}

impl From<TenantsError> for Failure {
    fn from(error: TenantsError) -> Self {
        match error {
            TenantsError::Document { mistakes } => mistakes
                .into_iter()
                .fold(Self::usage("the document cannot be imported; nothing was changed"), Self::cause),
            error @ (TenantsError::Customer { .. }
            | TenantsError::Foreign { .. }
            | TenantsError::Newer { .. }
            | TenantsError::OtherTenant { .. }
            | TenantsError::Taken { .. }
            | TenantsError::Unknown { .. }) => Self::usage(error),
            error => Self::failed(&error).because_of(&error),
        }
    }
}

/// `2026-11-24T15:04:05Z`.
pub(super) fn stamp(moment: OffsetDateTime) -> String {
    moment.format(&Rfc3339).unwrap_or_else(|_| moment.unix_timestamp().to_string())
}

/// The tenant of a record, as far as it is known.
fn tenant_of(record: &TenantRecord) -> String {
    match (record.tenant, record.claimed, &record.expected) {
        (Some(tenant), ..) => tenant.to_string(),
        (None, Some(claimed), _) => format!("{claimed} (unconfirmed)"),
        (None, None, Some(expected)) => format!("{expected} (expected)"),
        (None, None, None) => "-".to_owned(),
    }
}

fn confirm(arguments: &TenantsShowArguments, printer: &mut Printer) -> Result<(), Failure> {
    let tenants = open(&arguments.file)?;
    let record = tenants.confirm(&arguments.name)?;
    let Some(tenant) = record.tenant else {
        return Err(Failure::usage(format_args!("nobody came back with a tenant for `{}` yet", record.customer)));
    };
    if arguments.json {
        return show::object(&tenants, &record, printer);
    }
    printer.note(format_args!("`{}` is tenant {tenant}: {}", record.customer, record.state));
    Ok(())
}

fn forget(arguments: &TenantsForgetArguments, printer: &mut Printer) -> Result<(), Failure> {
    let tenants = open(&arguments.file)?;
    let record = tenants.find(&arguments.name)?;
    let whom = format!("`{}` ({}, {})", record.customer, tenant_of(&record), record.state);
    if !arguments.yes {
        printer.note(format_args!("would remove {whom} with its history and links; --yes does it"));
        return Ok(());
    }
    tenants.forget(&record.customer)?;
    printer.note(format_args!("removed {whom}; the consent in its tenant is the customer's to take back"));
    Ok(())
}
