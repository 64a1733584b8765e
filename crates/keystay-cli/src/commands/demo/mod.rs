//! `keystay demo`

use std::process::ExitCode;

use crate::{args::DemoArguments, diagnostics::Failure, printer::Printer};

pub(super) async fn run(_arguments: DemoArguments) -> Result<ExitCode, Failure> {
    Err(Failure::failed("the lab is not part of this build yet"))
}

pub(super) async fn story(_arguments: DemoArguments, _printer: &mut Printer) -> Result<(), Failure> {
    Err(Failure::failed("the lab is not part of this build yet"))
}
