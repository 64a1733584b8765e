//! The private keys a new lab begins with. They are random whatever the seed: making them is most of what a start takes.

use std::sync::Arc;

use tokio::task::JoinSet;

use crate::{
    directory::{PendingKey, TokenKey, TokenKeyError},
    error::LabError,
    keyvault::{KeyMaterial, KeySpec, VaultError},
};

/// Keys of RSA 2048.
pub(crate) struct SeedKeys {
    /// Signs the tokens of all tenants. Nobody has one before the lab is ready, so the lab does not wait for it.
    pub(crate) token: PendingKey,
    /// For the certificates of a ready app; none for a lab without one.
    pub(crate) certificates: Vec<Arc<KeyMaterial>>,
}

type Making = JoinSet<Result<KeyMaterial, VaultError>>;

impl SeedKeys {
    /// Makes the keys of `certificates` and the token service's, at the same time on as many cores as there are. How long one
    /// takes is chance, and all are alike: the last one, which nobody waits for, becomes the token service's.
    pub(crate) async fn generate(certificates: usize) -> Result<Self, LabError> {
        let mut making = Making::new();
        for _ in 0..=certificates {
            making.spawn_blocking(|| KeyMaterial::generate(KeySpec::Rsa { bits: 2048 }));
        }
        let mut made = Vec::with_capacity(certificates);
        for _ in 0..certificates {
            made.push(Arc::new(next(&mut making).await?));
        }
        let last = async move {
            let key = next(&mut making).await.map_err(|_| TokenKeyError)?;
            TokenKey::from_pkcs8(key.pkcs8())
        };
        Ok(Self { token: PendingKey::of(last), certificates: made })
    }
}

/// The key that is made first of those in the making.
async fn next(making: &mut Making) -> Result<KeyMaterial, LabError> {
    match making.join_next().await {
        Some(Ok(key)) => Ok(key?),
        _ => Err(LabError::Vault("a key was lost in the making".to_owned())),
    }
}
