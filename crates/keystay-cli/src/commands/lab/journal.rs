//! `keystay lab journal`

use std::{collections::BTreeMap, time::Duration};

use serde::Deserialize;
use serde_json::Value;
use url::form_urlencoded::Serializer;

use crate::{
    args::{JournalAction, LabJournalArguments},
    diagnostics::Failure,
    printer::Printer,
};

use super::Control;

/// How often a follower asks again.
const PAUSE: Duration = Duration::from_millis(250);

/// The lab's record, or a part of it.
#[derive(Debug, Deserialize)]
pub(super) struct Extract {
    pub(super) counts: BTreeMap<String, u64>,
    entries: Vec<Value>,
    last: u64,
}

pub(super) async fn run(arguments: LabJournalArguments, printer: &mut Printer) -> Result<(), Failure> {
    let lab = Control::of(&arguments.about.which)?;
    match arguments.action {
        Some(JournalAction::Clear) => lab.delete("/lab/journal").await,
        Some(JournalAction::Counts) => counts(&lab, arguments.about.json, printer).await,
        None if arguments.follow => {
            tokio::select! {
                ended = follow(&lab, arguments, printer) => ended,
                _ = tokio::signal::ctrl_c() => Ok(()),
            }
        }
        None => {
            let extract: Extract = lab.get(&address(&arguments, arguments.since, arguments.limit)).await?;
            extract.entries.iter().try_for_each(|entry| print(entry, arguments.about.json, printer))
        }
    }
}

async fn counts(lab: &Control, json: bool, printer: &mut Printer) -> Result<(), Failure> {
    let Extract { counts, .. } = lab.get("/lab/journal?limit=0").await?;
    if json {
        return printer.data(serde_json::json!(counts));
    }
    counts.iter().try_for_each(|(kind, count)| printer.data(format_args!("{count:>8}  {kind}")))
}

/// Prints what there is and then what comes. Ends when the lab does.
async fn follow(lab: &Control, arguments: LabJournalArguments, printer: &mut Printer) -> Result<(), Failure> {
    let (mut since, mut limit) = (arguments.since, arguments.limit);
    loop {
        let extract: Extract = lab.get(&address(&arguments, since, limit)).await?;
        extract.entries.iter().try_for_each(|entry| print(entry, arguments.about.json, printer))?;
        // what is new since the last look is shown in full
        (since, limit) = (Some(extract.last), None);
        tokio::time::sleep(PAUSE).await;
    }
}

fn address(arguments: &LabJournalArguments, since: Option<u64>, limit: Option<usize>) -> String {
    const PATH: &str = "/lab/journal?";
    let fields = [
        ("since", since.map(|number| number.to_string())),
        ("limit", limit.map(|number| number.to_string())),
        ("kind", arguments.kind.clone()),
        ("host", arguments.host.clone()),
    ];
    let mut text = Serializer::for_suffix(PATH.to_owned(), PATH.len());
    for (name, value) in fields {
        if let Some(value) = value {
            text.append_pair(name, &value);
        }
    }
    text.finish()
}

fn print(entry: &Value, json: bool, printer: &mut Printer) -> Result<(), Failure> {
    if json {
        return printer.data(entry);
    }
    let text = |name: &str| entry[name].as_str().unwrap_or_default();
    let time = text("at").get(11..19).unwrap_or_default();
    let status = entry["status"].as_u64().map_or_else(|| "cut".to_owned(), |code| code.to_string());
    printer.data(format_args!("{time}  {status:>3}  {:6} {}{}", text("method"), text("host"), text("path")))
}
