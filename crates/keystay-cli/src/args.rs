//! What can be said on the command line.

mod breach;
mod broker;
mod doctor;
mod exec;
mod lab;
mod onboard;
mod policy;
mod rotate;
mod setup;
mod shim;
mod tenants;
mod watch;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use keystay::{Scopes, Tenant};

use crate::{
    diagnostics::EXIT_CODES,
    settings::{DEFAULT_FILE, Flags},
};

pub(crate) use self::breach::{BreachCommand, BreachCutArguments, BreachDrillArguments};
pub(crate) use self::broker::{BrokerArguments, BrokerCommand};
pub(crate) use self::doctor::{
    DoctorArguments, DoctorCollectArguments, DoctorCommand, DoctorFormat, DoctorLook, DoctorReport,
};
pub(crate) use self::exec::{ExecArguments, WhichBroker};
pub(crate) use self::lab::{
    AuditAction, ClockAction, EnvShell, FaultsAction, JournalAction, LabAuditArguments, LabClockArguments, LabCommand,
    LabEnvArguments, LabExecArguments, LabFaultsArguments, LabJournalArguments, LabLatencyArguments, LabStateArguments,
    LabStatusArguments, LabThrottlingArguments, LabUpArguments, LatencyAction, NewFault, StateAction, ThrottlingAction,
    WhichLab, World,
};
pub(crate) use self::onboard::{OnboardCommand, OnboardLinkArguments, OnboardServeArguments, RequiredRoles};
pub(crate) use self::rotate::RotateArguments;
pub(crate) use self::setup::{SetupArguments, WantedSetup};
pub(crate) use self::tenants::{
    TenantsCommand, TenantsExportArguments, TenantsFile, TenantsForgetArguments, TenantsFormat, TenantsImportArguments,
    TenantsListArguments, TenantsRecheckArguments, TenantsShowArguments, WhichTenants,
};
pub(crate) use self::watch::{Since, WatchArguments};

pub(crate) use self::policy::{PolicyCommand, PolicyExplainArguments, PolicyListArguments, PolicyTestArguments};
pub(crate) use self::shim::{Az, AzAccount, AzOutput, AzToken, Azd, AzdAuth, ShimArguments, ShimCommand};

/// Microsoft Entra tokens for every customer tenant, with a key that never leaves Azure Key Vault.
///
/// Try `keystay demo`: it needs no Azure, and shows how long stolen things keep working.
#[derive(Debug, Parser)]
#[command(version, after_help = EXIT_CODES, propagate_version = true, arg_required_else_help = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Get an access token for one tenant
    Token(TokenArguments),
    /// Call Microsoft Graph in one tenant, to see the token work
    Graph(GraphArguments),
    /// Give tokens to the programs of this computer, and to none of them the right to sign
    Serve(ServeArguments),
    /// Run a program that gets tokens of one identity in one tenant from `serve`, for as long as it runs
    Exec(ExecArguments),
    /// What the rules of `serve` say: who may have which token, and why not
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Let programs that ask the Azure CLIs for tokens get them from `serve`
    #[command(subcommand)]
    Shim(ShimCommand),
    /// See and steer a running `serve`, through its admin socket
    #[command(subcommand)]
    Broker(BrokerCommand),
    /// Compare the broker's ledger with the vault's own log, and tell what is not ours
    Watch(WatchArguments),
    /// Bring customers in: a link for their administrator, and the pages behind it
    #[command(subcommand)]
    Onboard(OnboardCommand),
    /// The list of customers and their tenants
    #[command(subcommand)]
    Tenants(TenantsCommand),
    /// Make an app, its key that never leaves the vault, the one role that signs with it, and the log of it
    Setup(Box<SetupArguments>),
    /// How long a theft would last today, what makes it so long, and how to repair each of it
    Doctor(Box<DoctorArguments>),
    /// Put a new version of the certificate in the old one's place, without a failed request
    Rotate(Box<RotateArguments>),
    /// End a breach: what is stolen gets no more tokens, anywhere
    #[command(subcommand)]
    Breach(BreachCommand),
    /// Make a secret for a caller of `serve`, and the hash that belongs in its configuration
    Secret {
        /// Print an object instead of words
        #[arg(long)]
        json: bool,
    },
    /// Show what a token or assertion says; its signature is never printed
    Inspect(InspectArguments),
    /// Watch a theft, three times, and see measured how long the loot works; needs no Azure
    Demo(DemoArguments),
    /// A local Azure: Key Vault, Entra and Graph behind their real host names
    #[command(subcommand)]
    Lab(LabCommand),
    /// Print the completion script of a shell
    ///
    /// For bash: `keystay completion bash > ~/.local/share/bash-completion/completions/keystay`
    Completion {
        /// The shell
        shell: Shell,
    },
    /// The second half of `demo`, in an environment where the lab is Azure
    #[command(hide = true)]
    DemoStory(DemoArguments),
    /// In the place of the Azure CLI
    #[command(hide = true)]
    Az(ShimArguments),
    /// In the place of the Azure Developer CLI
    #[command(hide = true)]
    Azd(ShimArguments),
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keystay token --tenant customer.example
  curl -H \"$(keystay token --tenant customer.example --output header)\" https://graph.microsoft.com/v1.0/users
  eval \"$(keystay token --tenant customer.example --output env)\"")]
pub(crate) struct TokenArguments {
    /// The customer's tenant: its id or one of its verified domains
    #[arg(long, short)]
    pub(crate) tenant: Tenant,
    /// What the token is for
    #[arg(long, short, default_value = "https://graph.microsoft.com/.default")]
    pub(crate) scope: Scopes,
    /// How to print it
    #[arg(long, short, value_enum, default_value_t)]
    pub(crate) output: TokenOutput,
    #[command(flatten)]
    pub(crate) settings: SettingsArguments,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum TokenOutput {
    /// The token alone
    #[default]
    Text,
    /// An object with token, tenant, scope and expiry
    Json,
    /// `export ACCESS_TOKEN=…`, for eval
    Env,
    /// `Authorization: Bearer …`, for curl -H
    Header,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keystay graph --tenant customer.example '/users?$top=3&$select=displayName'")]
pub(crate) struct GraphArguments {
    /// The path below `https://graph.microsoft.com/v1.0`, such as `/users?$top=3`
    pub(crate) path: String,
    /// The customer's tenant: its id or one of its verified domains
    #[arg(long, short)]
    pub(crate) tenant: Tenant,
    #[command(flatten)]
    pub(crate) settings: SettingsArguments,
}

#[derive(Args, Debug)]
#[command(after_help = "\
The configuration is read again when its file changes; a broken one is reported and the old one stays.

Signals:
  HUP          read the configuration again
  TERM, INT    stop: no new connections, 10 seconds for the requests under way

Examples:
  keystay serve --lab                   a working token service from nothing, with a local Azure behind it
  keystay serve --config /etc/keystay.toml --check")]
pub(crate) struct ServeArguments {
    /// The configuration file
    #[arg(long, env = "KEYSTAY_CONFIG", value_name = "FILE", default_value = DEFAULT_FILE)]
    pub(crate) config: PathBuf,
    /// Check the configuration, say everything that is wrong, and end
    #[arg(long)]
    pub(crate) check: bool,
    /// Try it without Azure and without a configuration: a lab is started behind the broker, and all is gone at the end
    #[arg(long, conflicts_with_all = ["config", "check"])]
    pub(crate) lab: bool,
    /// With --lab: where the unix socket is made, instead of in a folder of its own
    #[arg(long, requires = "lab", value_name = "PATH")]
    pub(crate) socket: Option<PathBuf>,
    /// With --lab: print one object instead of words
    #[arg(long, requires = "lab")]
    pub(crate) json: bool,
    /// With --lab: send traces and numbers to an OpenTelemetry collector, such as http://127.0.0.1:4318
    #[arg(long, requires = "lab", value_name = "URL")]
    pub(crate) otlp: Option<url::Url>,
    /// How the log on stderr looks; its level is set by KEYSTAY_LOG, such as `debug`
    #[arg(long, value_enum, default_value_t)]
    pub(crate) log: LogFormat,
}

/// How a log looks.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum LogFormat {
    /// Lines for people
    #[default]
    Text,
    /// One object per line
    Json,
}

#[derive(Args, Debug)]
pub(crate) struct SettingsArguments {
    /// The configuration file [default: keystay.toml, if there is one]
    #[arg(long, env = "KEYSTAY_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) flags: Flags,
}

#[derive(Args, Debug)]
#[command(after_help = "\
The token is better read from stdin: arguments are seen by everybody on the computer.
  keystay token --tenant customer.example | keystay inspect")]
pub(crate) struct InspectArguments {
    /// The token; `-` or nothing reads it from stdin
    #[arg(default_value = "-", hide_default_value = true)]
    pub(crate) token: String,
    /// Print an object instead of words
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct DemoArguments {
    /// Print one object with all scenes and the measured exposures
    #[arg(long)]
    pub(crate) json: bool,
}
