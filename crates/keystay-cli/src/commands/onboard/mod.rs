//! `keystay onboard`: customers come in.

mod link;
mod serve;

use std::sync::Arc;

use keystay::{SystemClock, Transport};
use keystay_lifecycle::onboard::{Probe, StateKeyError};

use crate::{
    args::{OnboardCommand, RequiredRoles},
    diagnostics::Failure,
    printer::Printer,
};

pub(super) async fn run(command: &OnboardCommand, printer: &mut Printer) -> Result<(), Failure> {
    match command {
        OnboardCommand::Link(arguments) => link::run(arguments, printer),
        OnboardCommand::Serve(arguments) => serve::run(arguments, printer).await,
    }
}

/// The call that tries a permission, where one is named.
pub(super) fn probe(required: &RequiredRoles) -> Option<Probe> {
    let probe = |path| Probe::new(path, Transport::default(), Arc::new(SystemClock));
    required.probe.clone().map(probe)
}

impl From<StateKeyError> for Failure {
    fn from(error: StateKeyError) -> Self {
        Self::usage(&error).because_of(&error)
    }
}
