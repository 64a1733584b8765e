//! Why a caller gets no token.

use std::{fmt, sync::Arc, time::Duration};

use keystay::{Error, Retry};

use crate::{identity::ConnectError, policy::Denial};

/// No token. `Display` says why, in words for the caller; never a secret.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Refused {
    /// The caller asks for more than it may; when to come again.
    Busy(Duration),
    /// The policy does not allow it.
    Denied(Denial),
    /// Entra or the key said no, or could not be reached.
    Failed(Error),
    /// The identity's key cannot be found at present.
    NotAvailable(Arc<ConnectError>),
}

impl Refused {
    /// A stable name, for scripts, metrics and the journal.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Busy(_) => "too-many-requests",
            Self::Denied(denial) => denial.code(),
            Self::Failed(error) => error.code(),
            Self::NotAvailable(error) => match error.as_ref() {
                ConnectError::Key(error) => error.code(),
                _ => "identity-not-available",
            },
        }
    }

    /// The word of the journal for it.
    pub(super) fn event(&self) -> &'static str {
        match self {
            Self::Busy(_) | Self::Denied(_) => "denied",
            Self::Failed(_) | Self::NotAvailable(_) => "failed",
        }
    }

    /// When asking again can help; never where somebody must change something first.
    pub fn retry(&self) -> Option<Duration> {
        /// What is passing passes in seconds; the failure itself is remembered for two.
        const SOON: Duration = Duration::from_secs(2);
        let retry = match self {
            Self::Busy(wait) => Retry::After(*wait),
            Self::Denied(_) => Retry::Never,
            Self::Failed(error) => error.retry(),
            Self::NotAvailable(error) => match error.as_ref() {
                ConnectError::Key(error) => error.retry(),
                _ => Retry::Never,
            },
        };
        match retry {
            Retry::Never => None,
            Retry::After(wait) => Some(wait.max(Duration::from_secs(1))),
            Retry::Backoff => Some(SOON),
        }
    }

    /// What to do, and who can.
    pub fn hint(&self) -> String {
        match self {
            Self::Busy(_) => {
                "keep tokens while they are valid, or ask for fewer at a time; the operator of the broker can raise `[limits]`".into()
            }
            Self::Denied(Denial::Forbidden(_)) => "ask for another resource".into(),
            Self::Denied(Denial::Lease(_)) => "start another `keystay exec` for it".into(),
            Self::Denied(_) => {
                "the operator of the broker can add a rule; `keystay policy explain` shows what is missing".into()
            }
            Self::Failed(error) => error.hint(),
            Self::NotAvailable(error) => match error.as_ref() {
                ConnectError::Key(error) => error.hint().into(),
                _ => "the operator of the broker has to repair the identity's settings; its log says more".into(),
            },
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy(_) => formatter.write_str("the caller asks for more tokens than it may at a time"),
            Self::Denied(denial) => denial.fmt(formatter),
            Self::Failed(error) => error.fmt(formatter),
            Self::NotAvailable(error) => error.fmt(formatter),
        }
    }
}

impl std::error::Error for Refused {}
