//! `keystay policy`: what the rules of a configuration say. No broker is asked.

mod explain;
mod inquiry;
mod list;
mod test;

use std::process::ExitCode;

use crate::{args::PolicyCommand, diagnostics::Failure, printer::Printer};

pub(super) fn run(command: &PolicyCommand, printer: &mut Printer) -> Result<ExitCode, Failure> {
    match command {
        PolicyCommand::Explain(arguments) => explain::run(arguments, printer),
        PolicyCommand::Test(arguments) => test::run(arguments, printer),
        PolicyCommand::List(arguments) => list::run(arguments, printer),
    }
}

/// For scripts: whether the answer is the good one.
fn exit(good: bool) -> ExitCode {
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
