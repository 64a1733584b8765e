//! `keystay lab status`

use serde::Deserialize;
use serde_json::{Value, json};

use crate::{args::LabStatusArguments, diagnostics::Failure, printer::Printer};

use super::{Control, clock::difference, faults, journal};

/// As much of the lab's summary as words are made of.
#[derive(Deserialize)]
struct Summary {
    address: String,
    tenants: Vec<Tenant>,
    apps: Vec<App>,
    vaults: Vec<Vault>,
}

#[derive(Deserialize)]
struct Tenant {
    id: String,
    domains: Vec<String>,
    home: bool,
    people: Vec<Value>,
    consents: Vec<Value>,
}

#[derive(Deserialize)]
struct App {
    #[serde(rename = "app_id")]
    client_id: String,
    display_name: String,
    certificates: Vec<Value>,
    secrets: Vec<Value>,
    federated_credentials: Vec<Value>,
}

#[derive(Deserialize)]
struct Vault {
    host: String,
    certificates: Vec<Value>,
    keys: Vec<Value>,
    secrets: Vec<Value>,
}

pub(super) async fn run(arguments: LabStatusArguments, printer: &mut Printer) -> Result<(), Failure> {
    let lab = Control::of(&arguments.about.which)?;
    let mut whole = lab.summary().await?;
    let clock = lab.clock().await?;
    let counts: journal::Extract = lab.get("/lab/journal?limit=0").await?;
    let faults: Vec<faults::Placed> = lab.get("/lab/faults").await?;
    if arguments.about.json {
        whole["clock"] = json!({ "now": clock.now, "offset_millis": clock.offset_millis });
        whole["requests"] = json!(counts.counts);
        whole["faults"] = json!(faults);
        return printer.data(whole);
    }
    let summary: Summary = serde_json::from_value(whole)
        .map_err(|error| Failure::failed("the lab's summary makes no sense").because(error))?;
    printer.title(format_args!("{} at {}", summary.address, clock.now))?;
    if let Some(words) = difference(clock.offset_millis) {
        printer.data(format_args!("  its clock is {words}"))?;
    }
    for tenant in &summary.tenants {
        let role = if tenant.home { "home" } else { "customer" };
        let (domain, people, apps) = (tenant.domains.join(", "), tenant.people.len(), tenant.consents.len());
        printer.data(format_args!("{role:9} {}  {domain}  (people: {people}, apps let in: {apps})", tenant.id))?;
    }
    for app in &summary.apps {
        let credentials = app.certificates.len() + app.secrets.len() + app.federated_credentials.len();
        printer
            .data(format_args!("app       {}  {}  (credentials: {credentials})", app.client_id, app.display_name))?;
    }
    for vault in &summary.vaults {
        let (certificates, keys, secrets) = (vault.certificates.len(), vault.keys.len(), vault.secrets.len());
        printer.data(format_args!(
            "vault     {}  (certificates: {certificates}, keys: {keys}, secrets: {secrets})",
            vault.host
        ))?;
    }
    let made = counts.counts.iter().filter(|(_, count)| **count > 0).map(|(kind, count)| format!("{kind}: {count}"));
    let made = made.collect::<Vec<_>>().join(", ");
    printer.data(format_args!("requests  {}", if made.is_empty() { "none" } else { &made }))?;
    for fault in &faults {
        printer.data(format_args!("fault     {}", fault.words()))?;
    }
    Ok(())
}
