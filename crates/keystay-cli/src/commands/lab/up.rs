//! `keystay lab up`

use std::{collections::BTreeMap, fs, io, path::Path};

use anyhow::Context;
use keystay_lab::{Lab, ManagedIdentitySource};
use serde_json::{Value, json};

use crate::{args::LabUpArguments, diagnostics::Failure, printer::Printer};

use super::{not_started, options, private_file};

pub(super) async fn run(arguments: &LabUpArguments, printer: &mut Printer) -> Result<(), Failure> {
    let mut options = options(&arguments.world)?;
    if let Some(port) = arguments.port {
        options = options.with_port(port);
    }
    let lab = Lab::start(options).await.map_err(|error| not_started(&error))?;
    let description = describe(&lab);
    let _file = match &arguments.state_file {
        Some(path) => Some(Announcement::write(path, &description)?),
        None => None,
    };
    if arguments.json {
        printer.data(&description)?;
    } else if arguments.quiet {
        printer.data(lab.control_url())?;
    } else {
        tell(&lab, printer)?;
    }
    wait_for_the_end().await.context("the signal to stop cannot be awaited")?;
    Ok(())
}

fn describe(lab: &Lab) -> Value {
    let environment: BTreeMap<String, String> = lab.environment().into_iter().collect();
    let environments: BTreeMap<&str, BTreeMap<String, String>> = ManagedIdentitySource::ALL
        .into_iter()
        .map(|host| (host.name(), lab.environment_at(host).into_iter().collect()))
        .collect();
    json!({
        "address": lab.control_url(),
        "proxy": lab.proxy_url(),
        "ca_file": lab.ca_file(),
        "seed": lab.seed(),
        "environment": environment,
        "environments": environments,
    })
}

fn tell(lab: &Lab, printer: &mut Printer) -> Result<(), Failure> {
    let seed = lab.seed();
    printer.title("The lab is Azure now, for every program with these variables:")?;
    for (name, value) in lab.environment() {
        printer.data(format_args!("  export {name}='{value}'"))?;
    }
    printer.data(format_args!("\ncontrol      {}", lab.control_url()))?;
    printer.data(format_args!("CA           {}", lab.ca_file().display()))?;
    printer.data(format_args!("vault        https://{}", seed.vault_host))?;
    if let Some(app) = seed.ready_app {
        printer.data(format_args!("app          {app}"))?;
    }
    if let Some(operator) = seed.operator {
        printer.data(format_args!("operations   {}  (secret {})", operator.client_id, operator.client_secret))?;
    }
    for (role, tenant) in [("home", &seed.home), ("customer", &seed.juniper), ("customer", &seed.marlow)] {
        printer.data(format_args!(
            "{role:12} {}  {}  (admin {}, user {}, password {})",
            tenant.id, tenant.domain, tenant.admin, tenant.user, tenant.password
        ))?;
    }
    printer.note("\nCtrl-C ends it.");
    Ok(())
}

async fn wait_for_the_end() -> io::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            ended = tokio::signal::ctrl_c() => ended,
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}

/// Gone when the lab is. It holds the key to the host's identity, so only this user may read it.
struct Announcement<'a>(&'a Path);

impl<'a> Announcement<'a> {
    fn write(path: &'a Path, description: &Value) -> Result<Self, Failure> {
        match private_file::write(path, format!("{description}\n").as_bytes()) {
            Ok(()) => Ok(Self(path)),
            Err(error) => {
                Err(Failure::usage(format_args!("the state file `{}` cannot be written", path.display()))
                    .because(error))
            }
        }
    }
}

impl Drop for Announcement<'_> {
    fn drop(&mut self) {
        // somebody else removed it already
        let _ = fs::remove_file(self.0);
    }
}
