//! `keystay broker dashboard`

use std::process::{Command, Stdio};

use serde::Deserialize;
use serde_json::Value;

use super::AdminSocket;
use crate::{args::BrokerArguments, diagnostics::Failure, printer::Printer};

#[derive(Deserialize)]
struct Link {
    url: String,
    user: u32,
}

/// Asks for a link and prints it. The broker takes it from the programs of `user` alone, so that nobody else gains by
/// seeing it on a screen or in the list of processes.
pub(super) async fn run(
    open: bool,
    user: Option<u32>,
    about: &BrokerArguments,
    printer: &mut Printer,
) -> Result<(), Failure> {
    let query = [("user", user.map(|user| user.to_string()))];
    let answer = AdminSocket::of(about)?.post("/dashboard/link", &query).await?.must_succeed()?;
    let Link { url, user } = answer.read()?;
    if about.json {
        printer.data(answer.read::<Value>()?)?;
    } else {
        printer.data(&url)?;
        printer.note(format_args!("It opens the dashboard once, within a minute, in a browser of user {user}."));
    }
    if open { open_in_browser(&url) } else { Ok(()) }
}

fn open_in_browser(url: &str) -> Result<(), Failure> {
    let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let status =
        Command::new(opener).arg(url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => {
            Err(Failure::failed(format_args!("`{opener}` found no browser ({status}); open the link yourself")))
        }
        Err(error) => {
            Err(Failure::failed(format_args!("`{opener}` cannot be started; open the link yourself")).because(error))
        }
    }
}
