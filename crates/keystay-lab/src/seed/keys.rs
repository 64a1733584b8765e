//! The private keys a new lab begins with. They are random whatever the seed: making them is most of what a start takes.

use std::sync::Arc;

use tokio::task::{JoinHandle, spawn_blocking};

use crate::{
    directory::TokenKey,
    error::LabError,
    keyvault::{KeyMaterial, KeySpec},
};

/// Keys of RSA 2048, made at the same time on as many cores as there are.
pub(crate) struct SeedKeys {
    /// Signs the tokens of all tenants.
    pub(crate) token: TokenKey,
    /// For the certificates of a ready app; none for a lab without one.
    pub(crate) certificates: Vec<Arc<KeyMaterial>>,
}

impl SeedKeys {
    /// Makes the key of the token service and `certificates` more.
    pub(crate) async fn generate(certificates: usize) -> Result<Self, LabError> {
        let token = spawn_blocking(TokenKey::generate);
        // all are begun before the first is waited for
        let begun: Vec<JoinHandle<_>> =
            (0..certificates).map(|_| spawn_blocking(|| KeyMaterial::generate(KeySpec::Rsa { bits: 2048 }))).collect();
        let mut made = Vec::with_capacity(begun.len());
        for key in begun {
            let key = key.await.map_err(|lost| LabError::Vault(lost.to_string()))?;
            made.push(Arc::new(key?));
        }
        let token = token.await.map_err(|lost| LabError::TokenKey(Box::new(lost)))?;
        Ok(Self { token: token.map_err(|error| LabError::TokenKey(Box::new(error)))?, certificates: made })
    }
}
