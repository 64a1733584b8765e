//! `keystay demo`: a theft, played for real against the lab and measured.
//!
//! The lab runs in this process. The story runs in a second one that knows it only by the environment variables that
//! `lab exec` sets: what works there works for any program.

mod clock;
pub(super) mod loot;
mod model;
mod person;
mod scenes;
mod script;
mod stage;

use std::{process::ExitCode, time::Duration};

use anyhow::Context;
use keystay_lab::{Lab, LabOptions};
use tokio::process::Command;

use self::{script::Script, stage::Stage};
use super::lab;
use crate::{args::DemoArguments, diagnostics::Failure, printer::Printer};

/// Entra's default for access tokens is a random life of 60 to 90 minutes, 75 on average (Microsoft identity platform,
/// "Configurable token lifetimes"). The story plays the average and says so.
const TOKEN_LIFE: Duration = Duration::from_secs(75 * 60);

/// Starts the lab and has the story played.
pub(super) async fn run(arguments: DemoArguments) -> Result<ExitCode, Failure> {
    let started = Lab::start(LabOptions::new()).await.map_err(|error| lab::not_started(&error))?;
    let customers = [started.seed().juniper.id, started.seed().marlow.id];
    for customer in customers {
        started.directory().set_token_lifetime(customer, TOKEN_LIFE).context("the lab has lost a customer")?;
    }
    let program = std::env::current_exe().context("this program's own file is not found")?;
    let mut command = Command::new(&program);
    command.arg("demo-story");
    if arguments.json {
        command.arg("--json");
    }
    lab::play(&started, program.as_os_str(), command).await
}

/// Plays the story in the lab of the environment.
pub(super) async fn story(arguments: DemoArguments, printer: &mut Printer) -> Result<(), Failure> {
    let address =
        std::env::var("KEYSTAY_LAB").map_err(|_| Failure::usage("the story needs a lab").hint("use `keystay demo`"))?;
    let stage = Stage::new(&address).await?;
    let mut script = Script::new(printer, arguments.json);
    scenes::play(&stage, &mut script).await
}
