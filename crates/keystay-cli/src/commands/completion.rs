//! `keystay completion`

use clap::CommandFactory;
use clap_complete::{Shell, generate};

use crate::{args::Arguments, diagnostics::Failure, printer::Printer};

pub(super) fn run(shell: Shell, printer: &mut Printer) -> Result<(), Failure> {
    let mut script = Vec::new();
    generate(shell, &mut Arguments::command(), "keystay", &mut script);
    printer.raw(&script)
}
