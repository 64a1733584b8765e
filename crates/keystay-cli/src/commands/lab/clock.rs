//! `keystay lab clock`

use crate::{
    args::{ClockAction, LabClockArguments},
    diagnostics::Failure,
    duration,
    printer::Printer,
};

use super::Control;

pub(super) async fn run(arguments: LabClockArguments, printer: &mut Printer) -> Result<(), Failure> {
    let address = arguments.lab.ok_or_else(|| {
        Failure::usage("which lab? none was named")
            .hint("give --lab with the address that `keystay lab up` printed, or set KEYSTAY_LAB to it")
    })?;
    let lab = Control::at(&address)?;
    let reading = match arguments.action {
        None | Some(ClockAction::Show) => lab.clock().await?,
        Some(ClockAction::Advance { by }) => lab.advance(by.as_secs()).await?,
        Some(ClockAction::Set { moment }) => lab.set(&moment).await?,
    };
    printer.data(&reading.now)?;
    let ahead = reading.offset_millis.unsigned_abs() / 1000;
    if ahead > 0 {
        let side = if reading.offset_millis < 0 { "behind" } else { "ahead of" };
        printer.note(format_args!("{} {side} this computer", duration::words(ahead)));
    }
    Ok(())
}
