//! One file per command.

mod breach;
mod broker;
mod child;
mod completion;
mod demo;
mod doctor;
mod door;
mod exec;
mod graph;
mod inspect;
mod lab;
mod onboard;
mod operator;
mod policy;
mod rotate;
mod secret;
mod serve;
mod setup;
mod shim;
mod tenants;
mod token;
mod watch;

use std::process::ExitCode;

use crate::{
    args::{Arguments, Command},
    diagnostics::Failure,
    printer::Printer,
};

/// Does what the arguments say. The exit code is not 0 only where a command passes on another program's.
pub(crate) async fn run(arguments: Arguments, printer: &mut Printer) -> Result<ExitCode, Failure> {
    match arguments.command {
        Command::Token(arguments) => token::run(&arguments, printer).await?,
        Command::Graph(arguments) => graph::run(&arguments, printer).await?,
        Command::Serve(arguments) => serve::run(&arguments, printer).await?,
        Command::Broker(command) => broker::run(command, printer).await?,
        Command::Watch(arguments) => return watch::run(&arguments, printer).await,
        Command::Onboard(command) => onboard::run(&command, printer).await?,
        Command::Tenants(command) => return tenants::run(&command, printer).await,
        Command::Exec(arguments) => return exec::run(&arguments, printer).await,
        Command::Rotate(arguments) => rotate::run(&arguments, printer).await?,
        Command::Breach(command) => breach::run(&command, printer).await?,
        Command::Setup(arguments) => setup::run(&arguments, printer).await?,
        Command::Policy(command) => return policy::run(&command, printer),
        Command::Shim(command) => shim::run(&command, printer)?,
        Command::Az(arguments) => shim::az(arguments, printer).await?,
        Command::Azd(arguments) => shim::azd(arguments, printer).await?,
        Command::Doctor(arguments) => return doctor::run(*arguments, printer).await,
        Command::Secret { json } => secret::run(json, printer)?,
        Command::Inspect(arguments) => inspect::run(&arguments, printer)?,
        Command::Completion { shell } => completion::run(shell, printer)?,
        Command::Demo(arguments) => return demo::run(arguments).await,
        Command::DemoStory(arguments) => demo::story(arguments, printer).await?,
        Command::Lab(command) => return lab::run(command, printer).await,
    }
    Ok(ExitCode::SUCCESS)
}
