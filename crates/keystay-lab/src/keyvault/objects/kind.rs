//! The three kinds of objects a vault holds, and the names they may have.

use crate::keyvault::wire::VaultError;

/// Key, certificate or secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::keyvault) enum ObjectKind {
    Certificate,
    Key,
    Secret,
}

impl ObjectKind {
    pub(in crate::keyvault) fn noun(self) -> &'static str {
        match self {
            Self::Certificate => "certificate",
            Self::Key => "key",
            Self::Secret => "secret",
        }
    }

    pub(in crate::keyvault) fn capitalised(self) -> &'static str {
        match self {
            Self::Certificate => "Certificate",
            Self::Key => "Key",
            Self::Secret => "Secret",
        }
    }

    /// The path segment, which is also the segment of the ARM resource id.
    pub(in crate::keyvault) fn collection(self) -> &'static str {
        match self {
            Self::Certificate => "certificates",
            Self::Key => "keys",
            Self::Secret => "secrets",
        }
    }

    /// The data action that reads what is public of it.
    pub(super) fn read_action(self) -> &'static str {
        match self {
            Self::Certificate => "certificates/read",
            Self::Key => "keys/read",
            Self::Secret => "secrets/readMetadata/action",
        }
    }

    pub(in crate::keyvault) fn not_found_code(self) -> &'static str {
        match self {
            Self::Certificate => "CertificateNotFound",
            Self::Key => "KeyNotFound",
            Self::Secret => "SecretNotFound",
        }
    }
}

/// Refuses names the service refuses: 1 to 127 letters, digits and hyphens.
pub(in crate::keyvault) fn check_name(name: &str) -> Result<(), VaultError> {
    let fits = (1..=LONGEST_NAME).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if fits {
        return Ok(());
    }
    Err(VaultError::bad_parameter(format!("The request URI contains an invalid name: {name}")))
}

const LONGEST_NAME: usize = 127;
