//! `keystay lab`

mod address;
mod clock;
mod exec;
mod up;

use std::process::ExitCode;

use keystay_lab::LabError;

use crate::{args::LabCommand, diagnostics::Failure, printer::Printer};

pub(super) use self::{address::Control, exec::play};

pub(super) async fn run(command: LabCommand, printer: &mut Printer) -> Result<ExitCode, Failure> {
    match command {
        LabCommand::Up(arguments) => up::run(&arguments, printer).await?,
        LabCommand::Exec(arguments) => return exec::run(&arguments).await,
        LabCommand::Clock(arguments) => clock::run(arguments, printer).await?,
    }
    Ok(ExitCode::SUCCESS)
}

/// A lab that does not start.
pub(super) fn not_started(error: &LabError) -> Failure {
    Failure::failed("the lab cannot start").because(error).hint("with --port, choose one that is free")
}
