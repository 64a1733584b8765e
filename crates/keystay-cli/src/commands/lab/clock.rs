//! `keystay lab clock`

use serde_json::json;

use crate::{
    args::{ClockAction, LabClockArguments},
    diagnostics::Failure,
    duration,
    printer::Printer,
};

use super::Control;

pub(super) async fn run(arguments: LabClockArguments, printer: &mut Printer) -> Result<(), Failure> {
    let lab = Control::of(&arguments.about.which)?;
    let reading = match arguments.action {
        None | Some(ClockAction::Show) => lab.clock().await?,
        Some(ClockAction::Advance { by }) => lab.advance(by.as_secs()).await?,
        Some(ClockAction::Set { moment }) => lab.set(&moment).await?,
    };
    if arguments.about.json {
        return printer.data(json!({ "now": reading.now, "offset_millis": reading.offset_millis }));
    }
    printer.data(&reading.now)?;
    if let Some(words) = difference(reading.offset_millis) {
        printer.note(words);
    }
    Ok(())
}

/// How far the lab's clock is from the computer's, unless they show the same.
pub(super) fn difference(offset_millis: i64) -> Option<String> {
    let seconds = offset_millis.unsigned_abs() / 1000;
    let side = if offset_millis < 0 { "behind" } else { "ahead of" };
    (seconds > 0).then(|| format!("{} {side} this computer", duration::words(seconds)))
}
