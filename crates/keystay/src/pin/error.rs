//! Why a pin could not be followed.

use std::io;

use crate::{client::ClientError, key::KeyError};

/// Why a pin was not taken. Whoever follows it goes on signing with the version it has.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PinError {
    /// The client cannot use the pinned key.
    #[error("the pinned key cannot be used: {0}")]
    Client(#[from] ClientError),
    /// The file is no pin.
    #[error("`{path}` is not a pin file: {detail}; `keystay rotate` writes it")]
    Content {
        /// The file.
        path: String,
        /// What is wrong with it.
        detail: String,
    },
    /// The file cannot be read.
    #[error("the pin file `{path}` cannot be read: {source}")]
    File {
        /// The file.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// The file is about another certificate.
    #[error("the pin is about {pinned}, not about {configured}, which was configured")]
    OtherCertificate {
        /// What it names.
        pinned: String,
        /// What was configured.
        configured: String,
    },
    /// The pinned version was not found or may not be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The file shows an older pin than the one in use.
    #[error("the pin file went back from generation {used} to {found}; a pin only goes forward")]
    WentBack {
        /// The generation in use.
        used: u64,
        /// The generation in the file.
        found: u64,
    },
}
