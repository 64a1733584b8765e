//! The `keystay` command.

mod args;
mod client;
mod commands;
mod diagnostics;
mod duration;
mod moment;
mod printer;
mod settings;
mod supervisor;

use std::process::ExitCode;

use clap::Parser;

use crate::{args::Arguments, diagnostics::Failure, printer::Printer};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let mut printer = Printer::new();
    let outcome = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::failed("the program cannot start its threads").because(error))
        .and_then(|runtime| runtime.block_on(commands::run(arguments, &mut printer)));
    match outcome {
        Ok(status) => status,
        Err(failure) => {
            printer.failure(&failure);
            failure.exit_code()
        }
    }
}
