//! `keystay lab latency`

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    args::{LabLatencyArguments, LatencyAction},
    diagnostics::Failure,
    printer::Printer,
};

use super::Control;

const PATH: &str = "/lab/latency";

pub(super) async fn run(arguments: LabLatencyArguments, printer: &mut Printer) -> Result<(), Failure> {
    let lab = Control::of(&arguments.about.which)?;
    let setting: Value = match arguments.action {
        None | Some(LatencyAction::Show) => lab.get(PATH).await?,
        Some(LatencyAction::Set { sign, token, other }) => {
            let [sign, token, other] = [sign, token, other].map(|time| millis(time.unwrap_or_default()));
            let wanted = json!({ "sign_millis": sign, "token_millis": token, "other_millis": other });
            lab.send(Method::PUT, PATH, &wanted).await?
        }
    };
    if arguments.about.json {
        return printer.data(setting);
    }
    for name in ["sign", "token", "other"] {
        printer.data(format_args!("{name:5}  {} ms", setting[format!("{name}_millis")]))?;
    }
    Ok(())
}

/// Whole milliseconds, as the control API counts.
pub(super) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
