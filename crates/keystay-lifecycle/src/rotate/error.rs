//! Why a rotation stopped.

use std::{io, path::PathBuf};

use keystay::{ClientError, KeyError, PinError, Retry, Tenant};

use super::Blocked;
use crate::call::CallError;

/// Why a rotation stopped. Nothing is lost: run again, it goes on from what it finds.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RotateError {
    /// It takes a decision to go on.
    #[error("{}", .0.words())]
    Blocked(Blocked),
    /// Graph did not do it.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The new key cannot sign for this app.
    #[error("the new version cannot be used: {0}")]
    Client(#[from] ClientError),
    /// A file cannot be read or written.
    #[error("`{}` cannot be read or written: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The vault did not do it.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Another rotation of the same pin is running.
    #[error("another rotation of `{}` is running", pin.display())]
    Locked {
        /// The pin.
        pin: PathBuf,
    },
    /// Followers still sign with the old version.
    #[error("the old certificate stays: these followers of the pin have not changed: {}", instances.join(", "))]
    Followers {
        /// Who.
        instances: Vec<String>,
    },
    /// The pin is about something else.
    #[error("the pin `{}` is about {pinned}, not about {asked}", pin.display())]
    OtherCertificate {
        /// The file.
        pin: PathBuf,
        /// What it names.
        pinned: String,
        /// What was to be rotated.
        asked: String,
    },
    /// The token service has not learned of the new certificate.
    #[error("the new version got no token in tenant `{tenant}` for too long, so the old one goes on signing: {error}")]
    Patience {
        /// The sample.
        tenant: Tenant,
        /// The last refusal.
        error: keystay::Error,
    },
    /// The pin cannot be read.
    #[error(transparent)]
    Pin(#[from] PinError),
    /// A sample tenant gives no token, whatever the certificate.
    #[error("the new version cannot be tried in tenant `{tenant}`: {error}")]
    Probe {
        /// The sample.
        tenant: Tenant,
        /// The refusal.
        error: keystay::Error,
    },
}

impl RotateError {
    /// A stable name.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Blocked(_) => "blocked",
            Self::Call(error) => error.code(),
            Self::Client(_) => "new-version-unusable",
            Self::File { .. } => "file",
            Self::Key(error) => error.code(),
            Self::Locked { .. } => "locked",
            Self::Followers { .. } => "followers-behind",
            Self::OtherCertificate { .. } => "other-certificate",
            Self::Patience { .. } => "not-known-yet",
            Self::Pin(_) => "pin",
            Self::Probe { .. } => "probe",
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::Blocked(blocked) => blocked.hint().to_owned(),
            Self::Call(error) => error.hint().to_owned(),
            Self::Client(_) => "look at the certificate's policy: RSA, non-exportable, digital signature".to_owned(),
            Self::File { .. } => "check the path, its owner and the free space".to_owned(),
            Self::Key(error) => error.hint().to_owned(),
            Self::Locked { .. } => "wait for it to end; the lock ends with its process".to_owned(),
            Self::Followers { instances } => format!(
                "look at the logs of {}; they must be able to read the pin and the certificate. Then run this again",
                instances.first().map_or("the follower", String::as_str)
            ),
            Self::OtherCertificate { .. } => "give each certificate a pin file of its own".to_owned(),
            Self::Patience { .. } => {
                "nothing has changed for anybody: run this again later, it goes on with the same version".to_owned()
            }
            Self::Pin(_) => {
                "restore the file from a copy, or remove it: a new one is made for the registered version".to_owned()
            }
            Self::Probe { error, .. } => error.hint(),
        }
    }

    /// Whether it passes by itself.
    pub(super) fn is_passing(&self) -> bool {
        match self {
            Self::Call(error) => error.is_passing() || error.kind() == crate::CallErrorKind::Conflict,
            Self::Key(error) => error.retry() != Retry::Never,
            _ => false,
        }
    }
}
