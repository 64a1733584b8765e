//! Why a lab could not start.

use std::{io, path::PathBuf};

use crate::directory::DirectoryError;

/// Why a lab could not start or take over a saved state.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LabError {
    /// The loopback port could not be opened.
    #[error("could not listen on 127.0.0.1:{port}")]
    Listen {
        /// The port asked for; 0 means any.
        port: u16,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The lab's certificate authority could not be made.
    #[error("could not create the certificate authority of the lab")]
    CertificateAuthority(#[from] rcgen::Error),
    /// The CA certificate could not be written where programs can read it.
    #[error("could not write the CA certificate to {}", path.display())]
    CaFile {
        /// Where it should have gone.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The key that signs tokens could not be made or read.
    #[error("could not prepare the key that signs the tokens of the lab")]
    TokenKey(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The state given does not describe a directory.
    #[error("could not read the state of the lab")]
    State(#[from] serde_json::Error),
    /// The state was saved by another version of the lab.
    #[error("the state has version {found}, this lab reads version {known}")]
    StateVersion {
        /// The version of the state.
        found: u32,
        /// The version this lab reads.
        known: u32,
    },
    /// The world could not be set up.
    #[error("could not set up the directory of the lab")]
    Directory(#[from] DirectoryError),
    /// A vault could not do what it was told.
    #[error("the vault refused: {0}")]
    Vault(String),
}
