//! `keystay lab`

mod address;
mod audit;
mod clock;
mod env;
mod exec;
mod faults;
mod journal;
mod latency;
mod private_file;
mod state;
mod status;
mod throttling;
mod up;

use std::process::ExitCode;

use keystay_lab::{LabError, LabOptions, LabState};

use self::address::StateFile;
use crate::{
    args::{LabCommand, World},
    diagnostics::Failure,
    printer::Printer,
};

pub(super) use self::{
    address::{Control, NewIdentity},
    exec::play,
};

pub(super) async fn run(command: LabCommand, printer: &mut Printer) -> Result<ExitCode, Failure> {
    match command {
        LabCommand::Up(arguments) => up::run(&arguments, printer).await?,
        LabCommand::Exec(arguments) => return exec::run(&arguments).await,
        LabCommand::Status(arguments) => status::run(arguments, printer).await?,
        LabCommand::Clock(arguments) => clock::run(arguments, printer).await?,
        LabCommand::Journal(arguments) => journal::run(arguments, printer).await?,
        LabCommand::Faults(arguments) => faults::run(arguments, printer).await?,
        LabCommand::Latency(arguments) => latency::run(arguments, printer).await?,
        LabCommand::Throttling(arguments) => throttling::run(arguments, printer).await?,
        LabCommand::Audit(arguments) => audit::run(arguments, printer).await?,
        LabCommand::State(arguments) => state::run(arguments, printer).await?,
        LabCommand::Env(arguments) => env::run(&arguments, printer)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// A lab that does not start.
pub(super) fn not_started(error: &LabError) -> Failure {
    let failure = Failure::failed("the lab cannot start").because(error);
    match error {
        LabError::Listen { .. } => failure.hint("with --port, choose one that is free"),
        LabError::CaFile { .. } => failure.hint("set TMPDIR to a folder that you may write in"),
        _ => failure,
    }
}

/// How a lab of this world is started.
fn options(world: &World) -> Result<LabOptions, Failure> {
    let mut options =
        LabOptions::new().with_ready_app(true).with_managed_identity(world.managed_identity.unwrap_or_default());
    if let Some(seed) = world.seed {
        options = options.with_seed(seed);
    }
    if let Some(file) = &world.state {
        let wrong = |words: &str| Failure::usage(format_args!("`{}` {words}", file.display()));
        let json = std::fs::read(file).map_err(|error| wrong("cannot be read").because(error))?;
        let state = LabState::from_json(&json).map_err(|error| {
            wrong("is no saved world").because(error).hint("`keystay lab state export FILE` writes one")
        })?;
        options = options.with_state(state);
    }
    Ok(options)
}

/// Every variable that a lab sets for some kind of host.
const NAMES: [&str; 16] = [
    "AZURE_POD_IDENTITY_AUTHORITY_HOST",
    "CURL_CA_BUNDLE",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "IDENTITY_ENDPOINT",
    "IDENTITY_HEADER",
    "KEYSTAY_LAB",
    "MSI_ENDPOINT",
    "NODE_EXTRA_CA_CERTS",
    "NODE_USE_ENV_PROXY",
    "NO_PROXY",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_FILE",
    "http_proxy",
    "https_proxy",
    "no_proxy",
];
