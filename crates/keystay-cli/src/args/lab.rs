//! `keystay lab …`

use std::{ffi::OsString, path::PathBuf, time::Duration};

use clap::{ArgGroup, Args, Subcommand, ValueEnum, value_parser};
use keystay_lab::{Kind, ManagedIdentitySource};

use crate::duration;

#[derive(Debug, Subcommand)]
pub(crate) enum LabCommand {
    /// Start a lab and keep it until Ctrl-C
    Up(LabUpArguments),
    /// Run a program for which the lab is Azure
    Exec(LabExecArguments),
    /// Show what is in a running lab and what happened there
    Status(LabStatusArguments),
    /// Show or move the lab's clock
    Clock(LabClockArguments),
    /// Show the requests that were made of the lab, or follow them
    Journal(LabJournalArguments),
    /// List, add and remove faults: statuses, delays, broken connections
    Faults(LabFaultsArguments),
    /// Show or set how long the lab's services take
    Latency(LabLatencyArguments),
    /// Show or set how much vaults do before they answer 429
    Throttling(LabThrottlingArguments),
    /// Show the vaults' audit log
    Audit(LabAuditArguments),
    /// Save the lab's world to a file, or bring it back
    State(LabStateArguments),
    /// Print the variables with which a program meets the lab, for a shell to read
    Env(LabEnvArguments),
}

/// Which lab.
#[derive(Args, Clone, Debug)]
pub(crate) struct WhichLab {
    /// The lab's address, as `lab up` printed it
    #[arg(long, env = "KEYSTAY_LAB", value_name = "URL", global = true)]
    pub(crate) lab: Option<String>,
    /// The lab, by the state file that `lab up` wrote
    #[arg(long, value_name = "FILE", global = true)]
    pub(crate) state_file: Option<PathBuf>,
}

/// Which lab, and how to tell what it answers.
#[derive(Args, Clone, Debug)]
pub(crate) struct About {
    /// Print objects instead of words
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) which: WhichLab,
}

/// The world a lab starts with.
#[derive(Args, Debug)]
pub(crate) struct World {
    /// Make the same ids and the same chance faults as every lab of this seed
    ///
    /// The same sequence of requests then makes the same tenants, apps, objects, versions and serial numbers. Keys and secrets
    /// are random all the same.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) seed: Option<u64>,
    /// Start with a world that `lab state export` saved
    #[arg(long, value_name = "FILE")]
    pub(crate) state: Option<PathBuf>,
    /// The kind of host that programs believe to run on: `app-service` (the default), `imds` or `cloud-shell`
    ///
    /// The variables of that kind are set, so that a managed identity credential finds the lab there.
    #[arg(long, value_name = "KIND")]
    pub(crate) managed_identity: Option<ManagedIdentitySource>,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keystay lab up
  keystay lab up --seed 7 --state-file lab.json &
  keystay lab up --state world.json --port 4711")]
pub(crate) struct LabUpArguments {
    /// Print addresses and ids as one object, in one line, when the lab is ready
    #[arg(long, conflicts_with = "quiet")]
    pub(crate) json: bool,
    /// Print the lab's address alone, when it is ready
    #[arg(long, short)]
    pub(crate) quiet: bool,
    /// Also write the object of --json to this file (readable by you only); it is removed at the end
    #[arg(long, value_name = "FILE")]
    pub(crate) state_file: Option<PathBuf>,
    /// Listen on this port of 127.0.0.1 [default: any free one]
    #[arg(long)]
    pub(crate) port: Option<u16>,
    #[command(flatten)]
    pub(crate) world: World,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Proxy and CA variables for Python, Node, Rust, Go, .NET and curl are set. Without a running lab a fresh one is started
and ends with the program. The program's exit code is passed on.
  keystay lab exec -- python app.py
  keystay lab up --state-file lab.json &  keystay lab exec --state-file lab.json -- python app.py")]
pub(crate) struct LabExecArguments {
    /// A running lab, by the state file that `lab up` wrote
    #[arg(long, value_name = "FILE", conflicts_with_all = ["seed", "state"])]
    pub(crate) state_file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) world: World,
    /// The program and its arguments
    #[arg(last = true, required = true, value_name = "CMD")]
    pub(crate) command: Vec<OsString>,
}

#[derive(Args, Debug)]
pub(crate) struct LabStatusArguments {
    #[command(flatten)]
    pub(crate) about: About,
}

#[derive(Args, Debug)]
pub(crate) struct LabClockArguments {
    #[command(flatten)]
    pub(crate) about: About,
    #[command(subcommand)]
    pub(crate) action: Option<ClockAction>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ClockAction {
    /// Show the lab's time (what happens without a word, too)
    Show,
    /// Move the clock forward
    Advance {
        /// How far: `1h`, `90m`, `3d12h`, `45s`
        #[arg(value_parser = duration::parse)]
        by: Duration,
    },
    /// Set the clock
    Set {
        /// The moment, as RFC 3339: `2027-01-01T00:00:00Z`
        moment: String,
    },
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keystay lab journal --kind sign --limit 20
  keystay lab journal --follow --host vault.azure.net
  keystay lab journal --json | jq -r .path")]
pub(crate) struct LabJournalArguments {
    /// Go on with requests as they are made, until Ctrl-C
    #[arg(long, short)]
    pub(crate) follow: bool,
    /// Requests after the one of this number
    #[arg(long, value_name = "NUMBER")]
    pub(crate) since: Option<u64>,
    /// Requests of this kind, such as `token`, `sign` or `secret_get`
    #[arg(long, value_parser = Kind::ALL.map(Kind::name))]
    pub(crate) kind: Option<String>,
    /// Requests to hosts that end in this text
    #[arg(long)]
    pub(crate) host: Option<String>,
    /// At most so many, the newest ones
    #[arg(long)]
    pub(crate) limit: Option<usize>,
    #[command(flatten)]
    pub(crate) about: About,
    #[command(subcommand)]
    pub(crate) action: Option<JournalAction>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum JournalAction {
    /// Print how many requests of each kind there were
    Counts,
    /// Forget all requests and counts
    Clear,
}

#[derive(Args, Debug)]
pub(crate) struct LabFaultsArguments {
    #[command(flatten)]
    pub(crate) about: About,
    #[command(subcommand)]
    pub(crate) action: Option<FaultsAction>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum FaultsAction {
    /// List the faults (what happens without a word, too)
    List,
    /// Break something
    Add(NewFault),
    /// Mend one thing
    Remove {
        /// The fault's id, as `list` shows it
        id: u64,
    },
    /// Mend everything
    Clear,
}

/// A fault in words of the command line.
#[derive(Args, Debug)]
#[command(
    group(ArgGroup::new("action").required(true)),
    after_help = "\
Examples:
  keystay lab faults add --host vault.azure.net --path /sign --status 429 --header Retry-After:2 --times 3
  keystay lab faults add --host login.microsoftonline.com --delay 800ms
  keystay lab faults add --aadsts 90033 --times 2
  keystay lab faults add --reset --probability 0.1"
)]
pub(crate) struct NewFault {
    /// Meets hosts that end in this text [default: all]
    #[arg(long)]
    pub(crate) host: Option<String>,
    /// Meets paths that contain this text [default: all]
    #[arg(long)]
    pub(crate) path: Option<String>,
    /// Meets this HTTP method [default: all]
    #[arg(long)]
    pub(crate) method: Option<String>,
    /// Happens so often, then no more [default: for ever]
    #[arg(long)]
    pub(crate) times: Option<u32>,
    /// Hits this share of the requests it meets, from 0 to 1
    #[arg(long, default_value_t = 1.0)]
    pub(crate) probability: f64,
    /// Answers with this status
    #[arg(long, group = "action", value_name = "CODE", value_parser = value_parser!(u16).range(200..=599))]
    pub(crate) status: Option<u16>,
    /// Answers with this error of Entra, by the number after AADSTS
    #[arg(long, group = "action", value_name = "NUMBER")]
    pub(crate) aadsts: Option<u32>,
    /// A header field of that answer
    #[arg(long, requires = "status", value_name = "NAME:VALUE", value_parser = header)]
    pub(crate) header: Vec<(String, String)>,
    /// The body of that answer
    #[arg(long, requires = "status", value_name = "TEXT")]
    pub(crate) body: Option<String>,
    /// Holds the answer back: `800ms`, `5s`
    #[arg(long, group = "action", value_name = "TIME", value_parser = duration::parse_brief)]
    pub(crate) delay: Option<Duration>,
    /// Closes the connection without an answer
    #[arg(long, group = "action")]
    pub(crate) reset: bool,
    /// Closes the connection in the middle of the answer
    #[arg(long, group = "action")]
    pub(crate) truncate: bool,
}

fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or("expected a name, a colon and a value, such as `Retry-After:2`")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

#[derive(Args, Debug)]
pub(crate) struct LabLatencyArguments {
    #[command(flatten)]
    pub(crate) about: About,
    #[command(subcommand)]
    pub(crate) action: Option<LatencyAction>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum LatencyAction {
    /// Show it (what happens without a word, too)
    Show,
    /// Set it; what is left out takes no time
    Set {
        /// A signature by a vault: `40ms`
        #[arg(long, value_name = "TIME", value_parser = duration::parse_brief)]
        sign: Option<Duration>,
        /// A token: `80ms`
        #[arg(long, value_name = "TIME", value_parser = duration::parse_brief)]
        token: Option<Duration>,
        /// Everything else: `20ms`
        #[arg(long, value_name = "TIME", value_parser = duration::parse_brief)]
        other: Option<Duration>,
    },
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keystay lab throttling set --key-operations 5 --retry-after true
  keystay lab throttling off")]
pub(crate) struct LabThrottlingArguments {
    #[command(flatten)]
    pub(crate) about: About,
    #[command(subcommand)]
    pub(crate) action: Option<ThrottlingAction>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ThrottlingAction {
    /// Show the limits (what happens without a word, too)
    Show,
    /// Set limits of a vault in ten seconds; what is left out stays
    Set(Limits),
    /// Do everything, however often
    Off,
}

/// How much a vault does in ten seconds.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Operations with keys, counted as with an RSA 2048 key in software
    #[arg(long, value_name = "NUMBER")]
    pub(crate) key_operations: Option<u32>,
    /// New keys
    #[arg(long, value_name = "NUMBER")]
    pub(crate) key_creations: Option<u32>,
    /// Operations with secrets and certificates
    #[arg(long, value_name = "NUMBER")]
    pub(crate) secret_operations: Option<u32>,
    /// Secrets written
    #[arg(long, value_name = "NUMBER")]
    pub(crate) secret_creations: Option<u32>,
    /// Whether 429 says when to come back
    #[arg(long, value_name = "BOOL")]
    pub(crate) retry_after: Option<bool>,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keystay lab audit --limit 20
  keystay lab audit --json | jq -r .operationName")]
pub(crate) struct LabAuditArguments {
    /// Records of this vault, by its host name
    #[arg(long, value_name = "HOST")]
    pub(crate) vault: Option<String>,
    /// At most so many, the newest ones
    #[arg(long)]
    pub(crate) limit: Option<usize>,
    #[command(flatten)]
    pub(crate) about: About,
    #[command(subcommand)]
    pub(crate) action: Option<AuditAction>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AuditAction {
    /// Forget all records
    Clear,
}

#[derive(Args, Debug)]
#[command(after_help = "\
The file holds every private key of the lab, so `export` makes it readable by you only. A new lab starts with it by
`keystay lab up --state FILE`.")]
pub(crate) struct LabStateArguments {
    #[command(flatten)]
    pub(crate) which: WhichLab,
    #[command(subcommand)]
    pub(crate) action: StateAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum StateAction {
    /// Save the lab's world
    Export {
        /// Where to; `-` prints it
        file: PathBuf,
    },
    /// Bring a saved world back into the running lab
    Import {
        /// Where from; `-` reads stdin
        file: PathBuf,
    },
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  eval \"$(keystay lab env --state-file lab.json)\"
  keystay lab env --state-file lab.json --shell fish | source
  keystay lab env --state-file lab.json --shell powershell | Invoke-Expression
  keystay lab env --state-file lab.json --shell dotenv > .env")]
pub(crate) struct LabEnvArguments {
    /// Whom it is for
    #[arg(long, value_enum, default_value_t)]
    pub(crate) shell: EnvShell,
    /// The lab, by the state file that `lab up` wrote; inside `lab exec` none is needed
    #[arg(long, value_name = "FILE")]
    pub(crate) state_file: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum EnvShell {
    /// bash, zsh and other shells of POSIX
    #[default]
    Bash,
    /// fish
    Fish,
    /// PowerShell
    Powershell,
    /// A file of NAME="value" lines
    Dotenv,
}
