//! The private keys a new lab begins with. They are random whatever the seed: making them is most of what a start takes.

use std::sync::Arc;

use tokio::task::{JoinHandle, spawn_blocking};

use crate::{
    directory::PendingKey,
    error::LabError,
    keyvault::{KeyMaterial, KeySpec},
};

/// Keys of RSA 2048.
pub(crate) struct SeedKeys {
    /// Signs the tokens of all tenants. Nobody has one before the lab is ready, so the lab does not wait for it.
    pub(crate) token: PendingKey,
    /// For the certificates of a ready app; none for a lab without one.
    pub(crate) certificates: Vec<Arc<KeyMaterial>>,
}

impl SeedKeys {
    /// Makes the keys of `certificates`, at the same time on as many cores as there are, and only then begins the token
    /// service's: beside them it would take a core from them.
    pub(crate) async fn generate(certificates: usize) -> Result<Self, LabError> {
        // all are begun before the first is waited for
        let begun: Vec<JoinHandle<_>> =
            (0..certificates).map(|_| spawn_blocking(|| KeyMaterial::generate(KeySpec::Rsa { bits: 2048 }))).collect();
        let mut made = Vec::with_capacity(begun.len());
        for key in begun {
            let key = key.await.map_err(|lost| LabError::Vault(lost.to_string()))?;
            made.push(Arc::new(key?));
        }
        Ok(Self { token: PendingKey::begin(), certificates: made })
    }
}
