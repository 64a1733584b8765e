//! From settings to a client.

use keystay::{Client, PinError};
use keystay_broker::{ConnectError, IdentitySettings, Proof, Surroundings};

use crate::{diagnostics::Failure, printer::Printer};

/// The client these settings describe. Finds the key, which asks the vault once.
pub(crate) async fn connect(settings: &IdentitySettings, printer: &mut Printer) -> Result<Client, Failure> {
    let around = Surroundings::default();
    let key = settings.find_key(&around).await?;
    if let (Some(key), Proof::PemFile(_) | Proof::PfxFile { .. }) = (&key, &settings.proof) {
        printer.warning(format_args!(
            "the private key of `{}` lies in a file: whoever copies it has every tenant until the certificate ends; keep it in a vault",
            key.id()
        ));
    }
    Ok(settings.client(key, &around)?)
}

impl From<PinError> for Failure {
    fn from(error: PinError) -> Self {
        match error {
            PinError::Key(error) => error.into(),
            PinError::Client(error) => error.into(),
            PinError::File { source, path } if source.kind() == std::io::ErrorKind::NotFound => {
                Self::usage(format_args!("there is no pin file `{path}`"))
                    .hint("`keystay rotate --yes` makes it for the version that is registered now")
            }
            error => Self::usage(error),
        }
    }
}

impl From<ConnectError> for Failure {
    fn from(error: ConnectError) -> Self {
        match error {
            ConnectError::Key(error) => error.into(),
            ConnectError::Client(error) => error.into(),
            ConnectError::Identity { .. } => Self::usage(&error)
                .hint("on a developer's computer use `--vault-credential azure-cli` after `az login`"),
            ConnectError::Pin(error) => error.into(),
            ConnectError::Certificate { .. } => Self::usage(&error).because_of(&error),
            _ => Self::failed(&error).because_of(&error),
        }
    }
}
