//! The `keystay` command.

mod args;
mod client;
mod commands;
mod diagnostics;
mod duration;
mod moment;
mod printer;
mod progress;
mod settings;
mod supervisor;

use std::{process::ExitCode, time::Duration};

use clap::Parser;

use crate::{args::Arguments, diagnostics::Failure, printer::Printer};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let mut printer = Printer::new();
    let outcome = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::failed("the program cannot start its threads").because(error))
        .and_then(|runtime| {
            let outcome = runtime.block_on(commands::run(arguments, &mut printer));
            // a disk that does not answer must not keep a program that was told to end
            runtime.shutdown_timeout(Duration::from_secs(1));
            outcome
        });
    match outcome {
        Ok(status) => status,
        Err(failure) => {
            printer.failure(&failure);
            failure.exit_code()
        }
    }
}
