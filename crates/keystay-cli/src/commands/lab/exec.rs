//! `keystay lab exec`

use std::{ffi::OsStr, process::ExitCode};

use keystay_lab::Lab;
use tokio::process::Command;

use crate::{args::LabExecArguments, commands::child, diagnostics::Failure};

use super::{NAMES, StateFile, not_started, options};

const HINT: &str = "the program follows two dashes: `keystay lab exec -- python app.py`";

pub(super) async fn run(arguments: &LabExecArguments) -> Result<ExitCode, Failure> {
    let Some((program, rest)) = arguments.command.split_first() else {
        return Err(Failure::usage("no program was named"));
    };
    let mut command = Command::new(program);
    command.args(rest);
    if let Some(file) = &arguments.state_file {
        meet(&mut command, StateFile::read(file)?.environment_at(arguments.world.managed_identity));
        return child::run_to_end(program, command, HINT).await;
    }
    if std::env::var_os("KEYSTAY_LAB").is_some() {
        // inside another `lab exec`: that lab goes on being Azure
        let rest = ["HTTPS_PROXY", "SSL_CERT_FILE"];
        if let Some(missing) = rest.into_iter().find(|name| std::env::var_os(name).is_none()) {
            return Err(Failure::usage(format_args!("KEYSTAY_LAB names a lab, but {missing} is not set"))
                .hint("set all variables that `keystay lab up` printed, use its --state-file, or unset KEYSTAY_LAB"));
        }
        return child::run_to_end(program, command, HINT).await;
    }
    let lab = Lab::start(options(&arguments.world)?).await.map_err(|error| not_started(&error))?;
    play(&lab, program, command).await
}

/// Runs a program for which this lab is Azure.
pub(in crate::commands) async fn play(lab: &Lab, program: &OsStr, mut command: Command) -> Result<ExitCode, Failure> {
    meet(&mut command, lab.environment());
    child::run_to_end(program, command, HINT).await
}

/// Sets the variables of a lab, and takes away those of another one.
fn meet(command: &mut Command, environment: impl IntoIterator<Item = (String, String)>) {
    for name in NAMES {
        command.env_remove(name);
    }
    command.envs(environment);
}
