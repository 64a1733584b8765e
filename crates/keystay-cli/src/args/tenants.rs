//! `keystay tenants`: the list of customers and their tenants.

use std::{path::PathBuf, time::Duration};

use clap::{
    Args, Subcommand, ValueEnum,
    builder::{PossibleValuesParser, TypedValueParser},
};
use keystay_lifecycle::tenants::TenantState;

use super::{SettingsArguments, onboard::RequiredRoles};
use crate::duration;

#[derive(Debug, Subcommand)]
pub(crate) enum TenantsCommand {
    /// Show who is on record, and how far they have come
    List(TenantsListArguments),
    /// Show one customer, with its history
    Show(TenantsShowArguments),
    /// Ask for a token of every tenant, and tell who lost the app or a permission
    Recheck(Box<TenantsRecheckArguments>),
    /// Say that the tenant somebody came back with is this customer's
    Confirm(TenantsShowArguments),
    /// Put customers on record from a JSON or CSV document: all of them, or none
    Import(TenantsImportArguments),
    /// Write what is on record as JSON or CSV
    Export(TenantsExportArguments),
    /// Remove a customer from the record; the consent in its tenant is not touched
    Forget(TenantsForgetArguments),
}

/// Where the record is.
#[derive(Args, Debug)]
pub(crate) struct TenantsFile {
    /// The database of customers and tenants
    #[arg(long = "tenants", env = "KEYSTAY_TENANTS", value_name = "FILE", default_value = "tenants.db")]
    pub(crate) path: PathBuf,
}

/// A state, of which shells know the names.
fn states() -> impl TypedValueParser<Value = TenantState> {
    PossibleValuesParser::new(TenantState::ALL.map(TenantState::code)).try_map(|code| code.parse::<TenantState>())
}

/// Which records.
#[derive(Args, Debug)]
pub(crate) struct WhichTenants {
    /// Those in this state; may be given again, or with commas
    #[arg(long, value_name = "STATE", value_delimiter = ',', value_parser = states())]
    pub(crate) state: Vec<TenantState>,
    /// Those whose customer or tenant holds this text
    #[arg(long, value_name = "TEXT")]
    pub(crate) search: Option<String>,
    /// Those nothing was found out about for so long, or ever
    #[arg(long, value_parser = duration::parse, value_name = "SPAN")]
    pub(crate) not_checked_for: Option<Duration>,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keystay tenants list
  keystay tenants list --state gone,missing-roles --json")]
pub(crate) struct TenantsListArguments {
    #[command(flatten)]
    pub(crate) which: WhichTenants,
    #[command(flatten)]
    pub(crate) file: TenantsFile,
    /// Print a list of objects instead of words
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct TenantsShowArguments {
    /// The customer, or its tenant
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) file: TenantsFile,
    /// Print an object instead of words
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
#[command(after_help = "\
A run can be broken off: what was found out is on record. `--not-checked-for 1h` goes on with the others.

Exit codes: 0 when nobody has to act, 1 when some could not be asked, 3 when a customer
is gone or lacks a permission.

Examples:
  keystay tenants recheck --require User.ReadBasic.All
  keystay tenants recheck --require User.ReadBasic.All --not-checked-for 1d --json")]
pub(crate) struct TenantsRecheckArguments {
    #[command(flatten)]
    pub(crate) which: WhichTenants,
    #[command(flatten)]
    pub(crate) required: RequiredRoles,
    /// Tenants asked at once; each is one signature by the vault and one request to Entra
    #[arg(long, value_name = "COUNT", default_value = "16", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) at_once: u16,
    #[command(flatten)]
    pub(crate) file: TenantsFile,
    /// Print an object instead of words
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) settings: SettingsArguments,
}

/// A format of documents.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum TenantsFormat {
    /// With history
    Json,
    /// One customer a line
    Csv,
}

#[derive(Args, Debug)]
#[command(after_help = "\
A CSV document needs a first line with the names of its columns, `customer` or `tenant` among them. What it does not say
is left as it is. Imported customers without a state are `invited` until `keystay tenants recheck`.

Examples:
  keystay tenants import customers.csv
  printf 'customer,tenant\\nContoso Ltd,contoso.com\\n' | keystay tenants import --format csv -")]
pub(crate) struct TenantsImportArguments {
    /// The document; `-` reads it from stdin
    pub(crate) document: PathBuf,
    /// Its format [default: by the name of the file]
    #[arg(long, value_enum)]
    pub(crate) format: Option<TenantsFormat>,
    #[command(flatten)]
    pub(crate) file: TenantsFile,
    /// Print an object instead of words
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct TenantsExportArguments {
    /// The format
    #[arg(long, value_enum, default_value = "json")]
    pub(crate) format: TenantsFormat,
    #[command(flatten)]
    pub(crate) which: WhichTenants,
    #[command(flatten)]
    pub(crate) file: TenantsFile,
}

#[derive(Args, Debug)]
pub(crate) struct TenantsForgetArguments {
    /// The customer, or its tenant
    pub(crate) name: String,
    /// Do it; without, what would be removed is shown
    #[arg(long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) file: TenantsFile,
}
