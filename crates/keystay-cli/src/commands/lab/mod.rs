//! `keystay lab`

use std::process::ExitCode;

use crate::{args::LabCommand, diagnostics::Failure, printer::Printer};

pub(super) async fn run(_command: LabCommand, _printer: &mut Printer) -> Result<ExitCode, Failure> {
    Err(Failure::failed("the lab is not part of this build yet"))
}
