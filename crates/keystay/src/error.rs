//! What can go wrong on the way to a token, whose fault it is, and what to do.

use std::{fmt, sync::Arc, time::Duration};

use crate::{authority::Tenant, key::KeyError, refusal::Refusal};

/// Whose doing a failure is, and so who can end it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Fault {
    /// The customer: an administrator of the tenant must act.
    TenantAdmin,
    /// The vendor's side of the app registration: its credentials, its permissions.
    AppOwner,
    /// The setup of this program: configuration, clock, identity, network rules.
    Operator,
    /// The network in between.
    Network,
    /// Entra or Key Vault.
    Service,
    /// keystay itself: please report it.
    Keystay,
}

/// Whether the same request can succeed later without anybody changing anything.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Retry {
    /// No: something must be changed first.
    Never,
    /// Yes, but not before this has passed.
    After(Duration),
    /// Yes; wait a little longer each time.
    Backoff,
}

/// No token. Cheap to clone, because all callers waiting for the same token get the same error.
///
/// `Display` says what happened, for which tenant; [`hint`](Self::hint) says what to do. Neither ever holds a token, an
/// assertion or a signature.
#[derive(Clone, Debug)]
pub struct Error(Arc<ErrorKind>);

/// The ways to get no token.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Entra answered with something that is neither a token nor an error.
    Answer {
        /// The tenant asked for.
        tenant: Tenant,
        /// What is wrong with the answer.
        detail: String,
    },
    /// The federated identity gave no assertion.
    FederatedIdentity {
        /// What the credential said.
        detail: String,
    },
    /// The task that fetched the token died. A bug, or the runtime is shutting down.
    Interrupted {
        /// The tenant asked for.
        tenant: Tenant,
    },
    /// The key did not sign.
    Key(KeyError),
    /// Entra refused.
    Refused(Box<Refusal>),
    /// Entra could not be reached, or did not answer in time.
    Unreachable {
        /// The tenant asked for.
        tenant: Tenant,
        /// The login host.
        host: String,
        /// What the network said.
        detail: String,
    },
}

impl Error {
    /// What went wrong, with its details.
    pub fn kind(&self) -> &ErrorKind {
        &self.0
    }

    /// Entra's refusal, when that is what happened.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self.kind() {
            ErrorKind::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }

    /// A stable name for this kind of failure, for scripts and metrics.
    pub fn code(&self) -> &'static str {
        match self.kind() {
            ErrorKind::Answer { .. } => "answer",
            ErrorKind::FederatedIdentity { .. } => "federated-identity",
            ErrorKind::Interrupted { .. } => "interrupted",
            ErrorKind::Key(error) => error.code(),
            ErrorKind::Refused(refusal) => refusal.kind().code(),
            ErrorKind::Unreachable { .. } => "unreachable",
        }
    }

    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        match self.kind() {
            ErrorKind::Answer { .. } | ErrorKind::Unreachable { .. } => Fault::Network,
            ErrorKind::FederatedIdentity { .. } => Fault::Operator,
            ErrorKind::Interrupted { .. } => Fault::Keystay,
            ErrorKind::Key(error) => error.fault(),
            ErrorKind::Refused(refusal) => refusal.fault(),
        }
    }

    /// Whether trying again can help.
    pub fn retry(&self) -> Retry {
        match self.kind() {
            ErrorKind::Key(error) => error.retry(),
            ErrorKind::Refused(refusal) => refusal.retry(),
            ErrorKind::Answer { .. }
            | ErrorKind::FederatedIdentity { .. }
            | ErrorKind::Interrupted { .. }
            | ErrorKind::Unreachable { .. } => Retry::Backoff,
        }
    }

    /// What to do about it, in words for whoever can.
    pub fn hint(&self) -> String {
        match self.kind() {
            ErrorKind::Answer { .. } => {
                "something between here and Entra answers in its place: check proxies and the login host".into()
            }
            ErrorKind::FederatedIdentity { .. } => {
                "check that the identity is assigned to this host and may get tokens for api://AzureADTokenExchange"
                    .into()
            }
            ErrorKind::Interrupted { .. } => {
                "if the program was not shutting down, this is a bug: please report it".into()
            }
            ErrorKind::Key(error) => error.hint().into(),
            ErrorKind::Refused(refusal) => refusal.hint(),
            ErrorKind::Unreachable { .. } => {
                "tokens already cached are still served; check DNS, proxy, firewall and certificate authorities".into()
            }
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind() {
            ErrorKind::Answer { tenant, detail } => {
                write!(formatter, "Entra's answer for tenant `{tenant}` makes no sense: {detail}")
            }
            ErrorKind::FederatedIdentity { detail } => {
                write!(formatter, "the federated identity gave no assertion: {detail}")
            }
            ErrorKind::Interrupted { tenant } => write!(formatter, "the request for tenant `{tenant}` was interrupted"),
            ErrorKind::Key(error) => error.fmt(formatter),
            ErrorKind::Refused(refusal) => refusal.fmt(formatter),
            ErrorKind::Unreachable { tenant, host, detail } => {
                write!(formatter, "cannot reach `{host}` for tenant `{tenant}`: {detail}")
            }
        }
    }
}

impl std::error::Error for Error {}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        Self(Arc::new(kind))
    }
}

impl From<KeyError> for Error {
    fn from(error: KeyError) -> Self {
        ErrorKind::Key(error).into()
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        ErrorKind::Refused(Box::new(refusal)).into()
    }
}
