//! `keystay breach`

mod customers;
mod cut;
mod drill;

use crate::{args::BreachCommand, diagnostics::Failure, printer::Printer};

pub(super) async fn run(command: &BreachCommand, printer: &mut Printer) -> Result<(), Failure> {
    match command {
        BreachCommand::Cut(arguments) => cut::run(arguments, printer).await,
        BreachCommand::Drill(arguments) => drill::run(*arguments, printer).await,
    }
}
