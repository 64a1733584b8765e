//! A lab's world as a document, to be kept and started from again.

use std::collections::BTreeMap;

use base64::{Engine, prelude::BASE64_STANDARD};
use serde::{Deserialize, Serialize};

use crate::{
    directory::{TokenKey, TokenKeyError, World},
    entra::Entra,
    error::LabError,
    ids::Place,
    keyvault::Vaults,
    oidc_issuer::OidcIssuer,
};

/// The saved world of a lab. Holds private keys of the lab: treat it as the secret of a test.
///
/// It is JSON: `serde_json` reads and writes it.
#[derive(Clone, Serialize, Deserialize)]
pub struct LabState {
    version: u32,
    /// PKCS#8 in base64.
    token_key: String,
    /// Of the issuers outside Microsoft; PKCS#8 in base64.
    #[serde(default)]
    pub(crate) issuer_keys: BTreeMap<OidcIssuer, String>,
    /// How far the clock is ahead, in milliseconds.
    clock_offset_millis: i64,
    pub(crate) directory: World,
    /// Every vault with its objects, private keys and role assignments.
    pub(crate) vaults: serde_json::Value,
    /// Where the ids of a seeded lab go on.
    #[serde(default)]
    pub(crate) ids: Option<Place>,
}

/// Raised when a saved world would be read wrongly by an older lab.
const VERSION: u32 = 1;

impl std::fmt::Debug for LabState {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("LabState").field("version", &self.version).finish_non_exhaustive()
    }
}

impl LabState {
    /// Reads a saved world.
    pub fn from_json(json: &[u8]) -> Result<Self, LabError> {
        let mut state: Self = serde_json::from_slice(json)?;
        if state.version != VERSION {
            return Err(LabError::StateVersion { found: state.version, known: VERSION });
        }
        state.directory.index();
        Ok(state)
    }

    /// Writes a world down.
    pub fn to_json(&self) -> Result<String, LabError> {
        Ok(serde_json::to_string_pretty(self)?)
    }

    /// The present world of a running lab.
    pub(crate) fn of(entra: &Entra, vaults: &Vaults) -> Result<Self, LabError> {
        let token_key = entra.key.get().map_err(|error| LabError::TokenKey(Box::new(error)))?;
        Ok(Self {
            version: VERSION,
            token_key: BASE64_STANDARD.encode(token_key.pkcs8()),
            issuer_keys: entra.issuers.export(),
            clock_offset_millis: entra.clock.offset(),
            directory: entra.directory.read().clone(),
            vaults: vaults.export()?,
            ids: entra.directory.ids().place(),
        })
    }

    pub(crate) fn token_key(&self) -> Result<TokenKey, TokenKeyError> {
        TokenKey::from_pkcs8(&BASE64_STANDARD.decode(&self.token_key).map_err(|_| TokenKeyError)?)
    }

    pub(crate) fn clock_offset_millis(&self) -> i64 {
        self.clock_offset_millis
    }
}
