//! `keystay exec`: a program that gets tokens of one identity in one tenant, for as long as it runs.

mod environment;
mod lease;

use std::process::ExitCode;

use tokio::process::Command;

use self::lease::Lease;
use super::{child, door::Door, secret};
use crate::{args::ExecArguments, diagnostics::Failure, printer::Printer};

/// Marks the environment of a program that runs by a lease.
const LEASE: &str = "KEYSTAY_LEASE";

/// Runs the program. Its lease is this process's connection to the broker, so it ends with this process however that
/// ends.
pub(super) async fn run(arguments: &ExecArguments, printer: &mut Printer) -> Result<ExitCode, Failure> {
    let Some((program, rest)) = arguments.command.split_first() else {
        return Err(Failure::usage("no program was named"));
    };
    if std::env::var_os(LEASE).is_some() {
        return Err(Failure::usage("this runs inside of `keystay exec` already, whose identity and tenant the program would keep or lose by surprise")
            .hint(format_args!("if the inner program is to have its own: `env --unset={LEASE} keystay exec …`")));
    }
    let secret = secret::generate()?;
    let mut lease = Lease::take(Door::of(&arguments.broker)?, arguments, &secret).await?;
    let mut command = Command::new(program);
    command.args(rest);
    environment::scrub(&mut command, std::env::vars_os(), &arguments.keep);
    environment::equip(&mut command, &lease, &secret)?;
    let hint =
        "the program follows two dashes: `keystay exec --identity graph --tenant customer.example -- python app.py`";
    tokio::select! {
        ended = child::run_to_end(program, command, hint) => ended,
        never = lease.keep(printer) => match never {},
    }
}
