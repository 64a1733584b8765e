//! From settings to a client.

use std::{fmt, path::Path, sync::Arc};

use keystay::{
    Certificate, CertificateError, Client, ClientError, Clock, KeyError, LocalKey, Pin, PinError, Secret, SigningKey,
    SystemClock, TokenCredential, Transport, Vault, VaultCredential, VaultKey, VaultUrl,
};

use super::{IdentitySettings, Proof};
use crate::telemetry::Telemetry;

/// What identities are connected with: one transport for all, a clock, and what is put around each key.
#[derive(Clone)]
pub struct Surroundings {
    /// The connections of everything.
    pub transport: Transport,
    /// The time, for tokens and for limits towards the vault.
    pub clock: Arc<dyn Clock>,
    /// Who this program is, instead of the identity the settings name: towards vaults, and as federated identity. For
    /// tests and embedded labs.
    pub credential: Option<Arc<dyn TokenCredential>>,
    /// The seed of what is left to chance, for tests that are repeated; another one in every process without.
    pub jitter_seed: Option<u64>,
    /// Where traces and numbers go; nowhere without.
    pub telemetry: Option<Arc<Telemetry>>,
}

/// Nothing of what others print about themselves: a transport may hold requests.
impl fmt::Debug for Surroundings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Surroundings").field("clock", &self.clock).finish_non_exhaustive()
    }
}

impl Default for Surroundings {
    fn default() -> Self {
        Self {
            transport: Transport::default(),
            clock: Arc::new(SystemClock),
            credential: None,
            jitter_seed: None,
            telemetry: None,
        }
    }
}

/// Why an identity could not be connected.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The certificate file holds none that can be used.
    #[error("`{path}` cannot be used")]
    Certificate {
        /// The file.
        path: String,
        /// What is wrong with it.
        source: CertificateError,
    },
    /// The settings do not fit the key.
    #[error("the configuration cannot work: {0}")]
    Client(#[from] ClientError),
    /// A file cannot be read.
    #[error("`{path}` cannot be read")]
    File {
        /// The file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The identity towards the vault is not available here.
    #[error("the identity `{name}` is not available here: {detail}")]
    Identity {
        /// Its name in the configuration.
        name: VaultCredential,
        /// What the SDK said.
        detail: String,
    },
    /// The key was not found or may not be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The pin file names no version that can be used.
    #[error(transparent)]
    Pin(PinError),
}

impl From<PinError> for ConnectError {
    fn from(error: PinError) -> Self {
        match error {
            PinError::Key(error) => Self::Key(error),
            PinError::Client(error) => Self::Client(error),
            error => Self::Pin(error),
        }
    }
}

impl IdentitySettings {
    /// The key these settings name; none where a federated identity proves the app. Asks the vault once.
    pub async fn find_key(&self, around: &Surroundings) -> Result<Option<Arc<dyn SigningKey>>, ConnectError> {
        let vault = |url: &VaultUrl| self.vault(url, around);
        Ok(Some(match &self.proof {
            Proof::Certificate { vault: url, name, pin: Some(pin) } => {
                let pin = Pin::read(pin)?;
                pin.check_names(url, name)?;
                Arc::new(pin.key(&vault(url)?).await?)
            }
            Proof::Certificate { vault: url, name, pin: None } => {
                Arc::new(VaultKey::from_certificate_name(&vault(url)?, name).await?)
            }
            Proof::CertificateId(id) => Arc::new(VaultKey::from_certificate_id(&vault(&id.vault)?, id).await?),
            Proof::KeyId { id, certificate_file } => {
                let text = read(certificate_file)?;
                let certificate = Certificate::from_pem(&String::from_utf8_lossy(&text)).map_err(|source| {
                    ConnectError::Certificate { path: certificate_file.display().to_string(), source }
                })?;
                Arc::new(VaultKey::from_key_id(&vault(&id.vault)?, id, certificate).await?)
            }
            Proof::PemFile(path) => {
                // what is not text is refused as a PEM, with its name
                let text = Secret::new(String::from_utf8_lossy(&read(path)?).into_owned());
                Arc::new(LocalKey::from_pem(path.display().to_string(), &text).await?)
            }
            Proof::PfxFile { path, password } => {
                Arc::new(LocalKey::from_pkcs12(path.display().to_string(), &read(path)?, password).await?)
            }
            Proof::FederatedIdentity(_) => return Ok(None),
        }))
    }

    /// The vault at `url`, in the name these settings have for vaults. Asks nobody.
    pub fn vault(&self, url: &VaultUrl, around: &Surroundings) -> Result<Vault, ConnectError> {
        let credential = credential(&self.vault_credential, around)?;
        Ok(Vault::new(url, credential, around.transport.clone())?.with_clock(around.clock.clone()))
    }

    /// A client that signs with `key`, or by the federated identity where there is none. Asks nobody.
    pub fn client(&self, key: Option<Arc<dyn SigningKey>>, around: &Surroundings) -> Result<Client, ConnectError> {
        let mut builder = Client::builder(self.client_id)
            .cloud(self.cloud.clone())
            .transport(around.transport.clone())
            .clock(around.clock.clone());
        if let Some(key) = key {
            builder = builder.key(key);
        } else if let Proof::FederatedIdentity(identity) = &self.proof {
            builder = builder.federated_identity(credential(identity, around)?);
        }
        if let Some(seed) = around.jitter_seed {
            builder = builder.jitter_seed(seed);
        }
        if self.rs256 {
            builder = builder.rs256();
        }
        if self.refuse_exportable {
            builder = builder.refuse_exportable_keys();
        }
        Ok(builder.build()?)
    }
}

fn credential(name: &VaultCredential, around: &Surroundings) -> Result<Arc<dyn TokenCredential>, ConnectError> {
    if let Some(credential) = &around.credential {
        return Ok(credential.clone());
    }
    name.connect(&around.transport)
        .map_err(|error| ConnectError::Identity { name: name.clone(), detail: error.to_string() })
}

fn read(path: &Path) -> Result<Vec<u8>, ConnectError> {
    std::fs::read(path).map_err(|source| ConnectError::File { path: path.display().to_string(), source })
}
