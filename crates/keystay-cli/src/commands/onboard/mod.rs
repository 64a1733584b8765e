//! `keystay onboard`: customers come in.

mod link;
mod serve;

use keystay_lifecycle::onboard::StateKeyError;

use crate::{args::OnboardCommand, diagnostics::Failure, printer::Printer};

pub(super) async fn run(command: &OnboardCommand, printer: &mut Printer) -> Result<(), Failure> {
    match command {
        OnboardCommand::Link(arguments) => link::run(arguments, printer),
        OnboardCommand::Serve(arguments) => serve::run(arguments, printer).await,
    }
}

impl From<StateKeyError> for Failure {
    fn from(error: StateKeyError) -> Self {
        Self::usage(&error).because_of(&error)
    }
}
