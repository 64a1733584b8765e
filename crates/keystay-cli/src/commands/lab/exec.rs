//! `keystay lab exec`

use std::{
    ffi::OsStr,
    process::{ExitCode, ExitStatus},
};

use keystay_lab::Lab;
use tokio::process::Command;

use crate::{args::LabExecArguments, diagnostics::Failure};

use super::{NAMES, StateFile, not_started, options};

pub(super) async fn run(arguments: &LabExecArguments) -> Result<ExitCode, Failure> {
    let Some((program, rest)) = arguments.command.split_first() else {
        return Err(Failure::usage("no program was named"));
    };
    let mut command = Command::new(program);
    command.args(rest);
    if let Some(file) = &arguments.state_file {
        meet(&mut command, StateFile::read(file)?.environment_at(arguments.world.managed_identity));
        return finish(program, command).await;
    }
    if std::env::var_os("KEYSTAY_LAB").is_some() {
        // inside another `lab exec`: that lab goes on being Azure
        let rest = ["HTTPS_PROXY", "SSL_CERT_FILE"];
        if let Some(missing) = rest.into_iter().find(|name| std::env::var_os(name).is_none()) {
            return Err(Failure::usage(format_args!("KEYSTAY_LAB names a lab, but {missing} is not set"))
                .hint("set all variables that `keystay lab up` printed, use its --state-file, or unset KEYSTAY_LAB"));
        }
        return finish(program, command).await;
    }
    let lab = Lab::start(options(&arguments.world)?).await.map_err(|error| not_started(&error))?;
    play(&lab, program, command).await
}

/// Runs a program for which this lab is Azure.
pub(in crate::commands) async fn play(lab: &Lab, program: &OsStr, mut command: Command) -> Result<ExitCode, Failure> {
    meet(&mut command, lab.environment());
    finish(program, command).await
}

/// Sets the variables of a lab, and takes away those of another one.
fn meet(command: &mut Command, environment: impl IntoIterator<Item = (String, String)>) {
    for name in NAMES {
        command.env_remove(name);
    }
    command.envs(environment);
}

/// The program's exit code, as a shell would tell it.
async fn finish(program: &OsStr, mut command: Command) -> Result<ExitCode, Failure> {
    let mut child = command.kill_on_drop(true).spawn().map_err(|error| {
        Failure::usage(format_args!("`{}` cannot be started", program.display()))
            .because(error)
            .hint("the program follows two dashes: `keystay lab exec -- python app.py`")
    })?;
    loop {
        tokio::select! {
            ended = child.wait() => {
                let status = ended.map_err(|error| Failure::failed("the program was lost").because(error))?;
                return Ok(ExitCode::from(code(status)));
            }
            // Ctrl-C reaches the program as well; the lab stays until it has ended
            _ = tokio::signal::ctrl_c() => {}
        }
    }
}

fn code(status: ExitStatus) -> u8 {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return u8::try_from(128 + signal).unwrap_or(u8::MAX);
    }
    status.code().and_then(|code| u8::try_from(code & 0xff).ok()).unwrap_or(1)
}
