//! `keystay broker status`

use serde::Deserialize;
use serde_json::Value;

use super::AdminSocket;
use crate::{args::BrokerArguments, diagnostics::Failure, printer::Printer};

/// As much of the broker's status as words are made of.
#[derive(Deserialize)]
struct Status {
    version: String,
    started: String,
    exposure: Exposure,
    listeners: Vec<Listener>,
    audit: Audit,
    identities: Vec<Identity>,
    callers: Vec<Caller>,
    vaults: Vec<Load>,
    refusals: Vec<Refusal>,
    denials: Vec<Refusal>,
}

#[derive(Deserialize)]
struct Exposure {
    level: Option<u8>,
    words: String,
}

#[derive(Deserialize)]
struct Listener {
    kind: String,
    place: String,
    open: bool,
}

#[derive(Deserialize)]
struct Audit {
    lines_lost: u64,
    stuck: bool,
}

#[derive(Deserialize)]
struct Identity {
    name: String,
    state: String,
    reason: Option<String>,
    key: Option<Key>,
    cached: usize,
}

#[derive(Deserialize)]
struct Key {
    id: String,
    exportability: String,
    days_left: u64,
}

#[derive(Deserialize)]
struct Caller {
    name: String,
    recognised_by: Vec<String>,
    notes: Vec<String>,
}

#[derive(Deserialize)]
struct Load {
    vault: String,
    signs: usize,
    limit: u32,
}

#[derive(Deserialize)]
struct Refusal {
    tenant: String,
    identity: String,
    caller: String,
    code: String,
    words: String,
    hint: String,
    count: u64,
    last: String,
}

pub(super) async fn run(about: &BrokerArguments, printer: &mut Printer) -> Result<(), Failure> {
    let answer = AdminSocket::of(about)?.get("/status").await?.must_succeed()?;
    if about.json {
        return printer.data(answer.read::<Value>()?);
    }
    let status: Status = answer.read()?;
    printer.title(format_args!("keystay {}, since {}", status.version, status.started))?;
    let level = status.exposure.level.map_or_else(|| "unknown".to_owned(), |level| level.to_string());
    printer.data(format_args!("exposure  level {level}: {}", status.exposure.words))?;
    for Listener { kind, place, open } in &status.listeners {
        printer.data(format_args!("listens   {place} ({kind}){}", if *open { "" } else { ", closed" }))?;
    }
    for Identity { name, state, reason, key, cached } in &status.identities {
        printer.data(format_args!("identity  {name}  {state}, {cached} cached"))?;
        if let Some(Key { id, exportability, days_left }) = key {
            printer.data(format_args!("          {id}  {exportability}, certificate ends in {days_left} days"))?;
        }
        if let Some(reason) = reason {
            printer.data(format_args!("          {reason}"))?;
        }
    }
    for Caller { name, recognised_by, notes } in &status.callers {
        printer.data(format_args!("caller    {name}  {}", recognised_by.join("; ")))?;
        for note in notes {
            printer.data(format_args!("          {note}"))?;
        }
    }
    for Load { vault, signs, limit } in &status.vaults {
        printer.data(format_args!("vault     {vault}  {signs} signatures in 10 seconds, of {limit}"))?;
    }
    if status.audit.stuck || status.audit.lines_lost > 0 {
        printer.data(format_args!("audit     the disk takes no lines; {} were lost", status.audit.lines_lost))?;
    }
    for Refusal { tenant, identity, code, words, hint, count, last, .. } in &status.refusals {
        printer.data(format_args!("refused   {tenant}  {code} for {identity}, {count} times, last {last}"))?;
        printer.data(format_args!("          {words}"))?;
        printer.data(format_args!("          {hint}"))?;
    }
    for Refusal { tenant, identity, caller, code, count, last, .. } in &status.denials {
        printer
            .data(format_args!("denied    {caller}  {code} ({identity} in {tenant}), {count} times, last {last}"))?;
    }
    Ok(())
}
