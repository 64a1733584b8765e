//! `keystay lab faults`

use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    args::{FaultsAction, LabFaultsArguments, NewFault},
    diagnostics::Failure,
    printer::Printer,
};

use super::{Control, latency::millis};

/// A fault of a running lab.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Placed {
    id: u64,
    hits: u64,
    host: Option<String>,
    path_contains: Option<String>,
    method: Option<String>,
    action: Value,
    times: Option<u32>,
    probability: f64,
}

pub(super) async fn run(arguments: LabFaultsArguments, printer: &mut Printer) -> Result<(), Failure> {
    let lab = Control::of(&arguments.about.which)?;
    match arguments.action {
        None | Some(FaultsAction::List) => {
            let faults: Vec<Placed> = lab.get("/lab/faults").await?;
            if faults.is_empty() && !arguments.about.json {
                printer.note("no faults");
            }
            faults.iter().try_for_each(|fault| print(fault, arguments.about.json, printer))
        }
        Some(FaultsAction::Add(new)) => {
            let placed: Placed = lab.send(Method::POST, "/lab/faults", &described(&new)).await?;
            print(&placed, arguments.about.json, printer)
        }
        Some(FaultsAction::Remove { id }) => lab.delete(&format!("/lab/faults/{id}")).await,
        Some(FaultsAction::Clear) => lab.delete("/lab/faults").await,
    }
}

/// The fault as the control API takes it.
fn described(new: &NewFault) -> Value {
    let action = if let Some(code) = new.status {
        let headers: serde_json::Map<String, Value> =
            new.header.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        json!({ "status": { "code": code, "headers": headers, "body": new.body.clone().unwrap_or_default() } })
    } else if let Some(code) = new.aadsts {
        json!({ "aadsts": { "code": code } })
    } else if let Some(delay) = new.delay {
        json!({ "delay": { "millis": millis(delay) } })
    } else if new.reset {
        json!("reset")
    } else {
        json!("truncate")
    };
    json!({
        "host": new.host,
        "path_contains": new.path,
        "method": new.method,
        "times": new.times,
        "probability": new.probability,
        "action": action,
    })
}

fn print(fault: &Placed, json: bool, printer: &mut Printer) -> Result<(), Failure> {
    if json { printer.data(json!(fault)) } else { printer.data(fault.words()) }
}

impl Placed {
    /// One line: `3  answer 429  POST *.vault.azure.net …/sign…  (2 hits, 1 left)`.
    pub(super) fn words(&self) -> String {
        let action = |name: &str, field: &str| self.action[name][field].as_u64();
        let action = if let Some(code) = action("status", "code") {
            format!("answer {code}")
        } else if let Some(code) = action("aadsts", "code") {
            format!("answer AADSTS{code}")
        } else if let Some(millis) = action("delay", "millis") {
            format!("delay {millis} ms")
        } else {
            self.action.as_str().unwrap_or("unknown").to_owned()
        };
        let mut place: Vec<String> = Vec::new();
        place.extend(self.method.clone());
        place.extend(self.host.as_ref().map(|suffix| format!("*{suffix}")));
        place.extend(self.path_contains.as_ref().map(|part| format!("…{part}…")));
        if place.is_empty() {
            place.push("everywhere".to_owned());
        }
        if self.probability < 1.0 {
            place.push(format!("with probability {}", self.probability));
        }
        let left = self.times.map_or_else(|| "for ever".to_owned(), |times| format!("{times} left"));
        format!("{}  {action}  {}  ({} hits, {left})", self.id, place.join(" "), self.hits)
    }
}
