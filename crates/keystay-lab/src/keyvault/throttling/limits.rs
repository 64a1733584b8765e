//! The limits, as a test or an operator sets them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::cost::Pool;

/// How much every vault of a lab does in any ten seconds. The default is the service's documented limits, on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Throttling {
    /// Off means no limit at all.
    pub enabled: bool,
    /// Operations with keys, counted as operations with an RSA 2048 or elliptic-curve key in software. RSA 3072 counts 4, RSA 4096
    /// counts 8, and twice as much in an HSM.
    pub key_operations: u32,
    /// New keys, counted as keys in software; one in an HSM counts 2.
    pub key_creations: u32,
    /// Operations with secrets and certificates, writing secrets apart.
    pub secret_operations: u32,
    /// Secrets written.
    pub secret_creations: u32,
    /// All vaults of a subscription in one region together do so many times what one does.
    pub subscription_factor: u32,
    /// Whether 429 says when to come back (`Retry-After`). The service was seen without.
    pub retry_after: bool,
}

impl Default for Throttling {
    fn default() -> Self {
        Self {
            enabled: true,
            key_operations: 4_000,
            key_creations: 20,
            secret_operations: 4_000,
            secret_creations: 300,
            subscription_factor: 5,
            retry_after: false,
        }
    }
}

impl Throttling {
    /// No limits.
    pub fn off() -> Self {
        Self { enabled: false, ..Self::default() }
    }

    pub(super) fn of(&self, pool: Pool) -> u32 {
        match pool {
            Pool::KeyOperations => self.key_operations,
            Pool::KeyCreations => self.key_creations,
            Pool::SecretOperations => self.secret_operations,
            Pool::SecretCreations => self.secret_creations,
        }
    }
}
