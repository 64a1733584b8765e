//! `keystay doctor`: how long a theft would last, and what to change.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use keystay::{Tenant, VaultCredential};
use keystay_lifecycle::resource_manager::ResourceId;
use keystay_posture::Severity;
use time::OffsetDateTime;

use super::{SettingsArguments, watch::moment};

#[derive(Args, Debug)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Without --from it reads Azure itself, and changes nothing. It needs Reader on the vault, the hosts and
their subscription, Key Vault Reader on the vault, and in Graph Application.Read.All, Policy.Read.All,
GroupMember.Read.All and AuditLog.Read.All. What it may not read is UNKNOWN, never passed.

Exit codes:
  0  clean
  1  the doctor failed
  2  the command line or a file is wrong
  3  a fault at or above --fail-on
  4  no such fault, but something is unknown (--allow-unknown makes that 0)

Examples:
  keystay doctor --app-host \"$(az webapp show -g harbor -n insights --query id -o tsv)\"
  keystay doctor --from audit/ --format html --output doctor.html
  keystay doctor --from audit/ --accept accepted.toml --fail-on high --format sarif
  keystay doctor collect --help"
)]
pub(crate) struct DoctorArguments {
    #[command(subcommand)]
    pub(crate) command: Option<DoctorCommand>,
    #[command(flatten)]
    pub(crate) look: DoctorLook,
    #[command(flatten)]
    pub(crate) report: DoctorReport,
    #[command(flatten)]
    pub(crate) settings: SettingsArguments,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DoctorCommand {
    /// Print the `az` commands that export what the doctor needs, as a script; or run it
    Collect(DoctorCollectArguments),
    /// List what is checked, with the ids of other catalogues
    Checks {
        /// Print an array instead of words
        #[arg(long)]
        json: bool,
    },
}

/// What to look at.
#[derive(Args, Debug)]
#[command(next_help_heading = "What to look at")]
pub(crate) struct DoctorLook {
    /// A folder of exported documents, as `doctor collect` makes it; nothing is asked of Azure
    #[arg(long, value_name = "DIR")]
    pub(crate) from: Option<PathBuf>,
    /// Keep what was read from Azure in a folder that --from takes
    #[arg(long, value_name = "DIR", conflicts_with = "from")]
    pub(crate) save: Option<PathBuf>,
    /// In whose name to read Azure: `azure-cli`, `managed-identity[:CLIENT-ID]` or `workload-identity`
    #[arg(long = "as", value_name = "NAME", default_value = "azure-cli")]
    pub(crate) reader: VaultCredential,
    /// The vault's resource id [default: looked for by its name in your subscriptions]
    #[arg(long, value_name = "ID")]
    pub(crate) vault_id: Option<ResourceId>,
    /// The resource id of the host the app runs on
    #[arg(long, value_name = "ID")]
    pub(crate) app_host: Option<ResourceId>,
    /// The resource id of the host that signs, where that is another one
    #[arg(long, value_name = "ID", requires = "app_host")]
    pub(crate) signer_host: Option<ResourceId>,
    /// The resource id of a further host, such as a deployment slot; may be given again
    #[arg(long = "host", value_name = "ID")]
    pub(crate) hosts: Vec<ResourceId>,
    /// Facts about the signer that Azure does not have (signer-settings.json) [default: from keystay.toml]
    #[arg(long, value_name = "FILE")]
    pub(crate) signer_settings: Option<PathBuf>,
    /// Ask each tenant for one real token, for its life and permissions; signs once for each, and stays off otherwise
    #[arg(long, conflicts_with = "from")]
    pub(crate) probe: bool,
    /// A tenant to probe; may be given again
    #[arg(long = "tenant", value_name = "TENANT", requires = "probe")]
    pub(crate) probe_tenants: Vec<Tenant>,
    /// The database of customers and tenants, to probe all of them
    #[arg(long, env = "KEYSTAY_TENANTS", value_name = "FILE")]
    pub(crate) tenants: Option<PathBuf>,
    /// The record of the last rehearsal of `keystay breach cut` on a real app (breach-drill.json)
    #[arg(long, value_name = "FILE")]
    pub(crate) drill: Option<PathBuf>,
    /// Look as if it were this moment, such as the one at which the folder was exported
    #[arg(long, value_name = "MOMENT", value_parser = moment, requires = "from")]
    pub(crate) at: Option<OffsetDateTime>,
}

impl DoctorLook {
    /// All hosts, the app's first.
    pub(crate) fn all_hosts(&self) -> Vec<ResourceId> {
        self.app_host.iter().chain(&self.signer_host).chain(&self.hosts).cloned().collect()
    }
}

/// What to say about it.
#[derive(Args, Debug)]
#[command(next_help_heading = "Report")]
pub(crate) struct DoctorReport {
    /// The form of the report
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: DoctorFormat,
    /// Print the report as JSON: the same as `--format json`
    #[arg(long, conflicts_with = "format")]
    pub(crate) json: bool,
    /// Write the report into a file, and one line of it here
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Faults somebody answers for (TOML or JSON)
    #[arg(long, value_name = "FILE")]
    pub(crate) accept: Option<PathBuf>,
    /// The least severity that makes the exit code 3
    #[arg(long, value_name = "SEVERITY", value_parser = severity, default_value = "low")]
    pub(crate) fail_on: Severity,
    /// What is unknown does not make the exit code 4
    #[arg(long)]
    pub(crate) allow_unknown: bool,
    /// How many days the newest certificate must have left
    #[arg(long, value_name = "DAYS", default_value_t = 7)]
    pub(crate) expires_within: u32,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub(crate) enum DoctorFormat {
    /// For a terminal
    #[default]
    Text,
    /// One object; its shape is docs/doctor-report.schema.json
    Json,
    /// For code scanning (SARIF 2.1.0)
    Sarif,
    /// For what shows test results
    Junit,
    /// One line for each check
    Csv,
    /// For an issue or a wiki
    Markdown,
    /// One page in one file, with the theft drawn as a picture
    Html,
}

#[derive(Args, Debug)]
#[command(after_help = "\
The script needs `az` and a POSIX shell, and read rights alone. It leaves one file for each document in
the folder; what the service refuses is noted there.

Example:
  keystay doctor collect --certificate signer --client-id 6a2f1c0e-0b6c-4d0e-9b34-51f3a5d7c0aa \\
    --vault-id \"$(az keyvault show -n harbor-prod --query id -o tsv)\" --into audit > collect.sh
  sh collect.sh && keystay doctor --from audit")]
pub(crate) struct DoctorCollectArguments {
    /// The vault's resource id
    #[arg(long, value_name = "ID")]
    pub(crate) vault_id: ResourceId,
    /// The certificate in the vault
    #[arg(long, value_name = "NAME")]
    pub(crate) certificate: String,
    /// The app's application (client) id
    #[arg(long, value_name = "GUID")]
    pub(crate) client_id: keystay::ClientId,
    /// The app's object id, for the record of its changes
    #[arg(long, value_name = "GUID")]
    pub(crate) app_object: Option<uuid::Uuid>,
    /// The resource id of a host the app or the signer runs on; may be given again, for slots too
    #[arg(long = "host", value_name = "ID")]
    pub(crate) hosts: Vec<ResourceId>,
    /// The folder
    #[arg(long, value_name = "DIR", default_value = "doctor")]
    pub(crate) into: PathBuf,
    /// Run the script instead of printing it
    #[arg(long)]
    pub(crate) run: bool,
}

fn severity(text: &str) -> Result<Severity, String> {
    match text {
        "low" => Ok(Severity::Low),
        "medium" => Ok(Severity::Medium),
        "high" => Ok(Severity::High),
        "critical" => Ok(Severity::Critical),
        _ => Err("expected `low`, `medium`, `high` or `critical`".to_owned()),
    }
}
