//! How a command fails: exit code, message, causes, hint.

use std::{error::Error as StdError, fmt::Display, io, process::ExitCode};

use keystay::{ClientError, Error, Fault, KeyError};

/// What the exit code tells a script. Documented in `keystay --help`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Exit {
    /// Everything went well.
    Success = 0,
    /// The request failed: a refusal, the key, the network.
    Failed = 1,
    /// The command line or the configuration is wrong; nothing was asked of anybody.
    Usage = 2,
    /// An administrator of the tenant must act: not consented, or blocked by the tenant's policy.
    NotAllowed = 3,
}

/// The exit codes, for the help text.
pub(crate) const EXIT_CODES: &str = "\
Exit codes:
  0  it worked
  1  the request failed: Entra refused, the key did not sign, the network is down
  2  the command line or the configuration is wrong; nobody was asked
  3  an administrator of the tenant must act: consent is missing, or a policy blocks the app
     (`watch`: there was an alarm; `tenants recheck`: a customer is gone or lacks a permission)
  `exec` and `lab exec` pass on the exit code of their command.";

/// A command that did not do what it should.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    report: Option<Report>,
}

/// The words of a failure.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) message: String,
    pub(crate) causes: Vec<String>,
    pub(crate) hint: Option<String>,
}

impl Failure {
    pub(crate) fn new(exit: Exit, message: impl Display) -> Self {
        let report = Report { message: message.to_string(), causes: Vec::new(), hint: None };
        Self { exit, report: Some(report) }
    }

    pub(crate) fn failed(message: impl Display) -> Self {
        Self::new(Exit::Failed, message)
    }

    pub(crate) fn usage(message: impl Display) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// Adds an error and everything behind it as causes.
    pub(crate) fn because(mut self, error: impl StdError) -> Self {
        let mut cause: Option<&dyn StdError> = Some(&error);
        while let Some(error) = cause {
            self = self.cause(error);
            cause = error.source();
        }
        self
    }

    /// The output has said why.
    pub(crate) fn silent() -> Self {
        Self { exit: Exit::Failed, report: None }
    }

    /// Adds what is behind an error that is the message itself.
    pub(crate) fn because_of(self, error: &dyn StdError) -> Self {
        let mut failure = self;
        let mut cause = error.source();
        while let Some(error) = cause {
            failure = failure.cause(error);
            cause = error.source();
        }
        failure
    }

    pub(crate) fn cause(mut self, words: impl Display) -> Self {
        if let Some(report) = &mut self.report {
            let words = words.to_string();
            // many errors repeat their source in their own words
            if !report.causes.iter().any(|cause| cause.contains(&words)) {
                report.causes.push(words);
            }
        }
        self
    }

    pub(crate) fn hint(mut self, words: impl Display) -> Self {
        if let Some(report) = &mut self.report {
            report.hint = Some(words.to_string());
        }
        self
    }

    /// Whoever read the output has gone (`keystay … | head`): that is not an error.
    pub(crate) fn printing(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Self { exit: Exit::Success, report: None }
        } else {
            Self::failed("the output cannot be written").because(error)
        }
    }

    pub(crate) fn report(&self) -> Option<&Report> {
        self.report.as_ref()
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.exit as u8)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let exit = if error.fault() == Fault::TenantAdmin { Exit::NotAllowed } else { Exit::Failed };
        let mut failure = Self::new(exit, &error);
        if let Some(refusal) = error.refusal() {
            if !refusal.description().is_empty() && !error.to_string().contains(refusal.description()) {
                failure = failure.cause(format_args!("Entra said: {}", refusal.description()));
            }
            if let (Some(trace), Some(correlation)) = (refusal.trace_id(), refusal.correlation_id()) {
                failure = failure.cause(format_args!("trace id {trace}, correlation id {correlation}"));
            }
        }
        failure.hint(error.hint())
    }
}

impl From<KeyError> for Failure {
    fn from(error: KeyError) -> Self {
        let hint = error.hint();
        Self::failed(error).hint(hint)
    }
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        let mut failure = Self::usage("the configuration cannot work");
        for mistake in error.mistakes() {
            failure = failure.cause(mistake);
        }
        failure
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        let failure = Self::failed(&error);
        error.chain().skip(1).fold(failure, Failure::cause)
    }
}
