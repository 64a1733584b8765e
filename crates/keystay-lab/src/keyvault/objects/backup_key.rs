//! The key under which backups are sealed. It is the lab's, so that a backup opens in every vault of the lab that made it, and
//! it is part of the saved world.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use rand::Rng as _;
use serde::{Deserialize, Serialize};

use crate::keyvault::wire::BASE64URL;

/// Seals with AES-256-GCM: what was changed does not open.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(in crate::keyvault) struct BackupKey([u8; 32]);

impl BackupKey {
    pub(in crate::keyvault) fn fresh() -> Self {
        Self(rand::rng().random())
    }

    /// Base64url of the nonce and what it was sealed with. None when the library has no randomness.
    pub(super) fn seal(&self, mut text: Vec<u8>) -> Option<String> {
        let key = RandomizedNonceKey::new(&AES_256_GCM, &self.0).ok()?;
        let nonce = key.seal_in_place_append_tag(Aad::from(PURPOSE), &mut text).ok()?;
        Some(BASE64URL.encode([nonce.as_ref().as_slice(), &text].concat()))
    }

    /// What was sealed; none when it was not this key that sealed it, or not this.
    pub(in crate::keyvault) fn open(&self, sealed: &str) -> Option<Vec<u8>> {
        let bytes = BASE64URL.decode(sealed).ok()?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut text = sealed.to_vec();
        let key = RandomizedNonceKey::new(&AES_256_GCM, &self.0).ok()?;
        let length = key.open_in_place(nonce, Aad::from(PURPOSE), &mut text).ok()?.len();
        text.truncate(length);
        Some(text)
    }
}

impl fmt::Debug for BackupKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("BackupKey").finish_non_exhaustive()
    }
}

impl TryFrom<String> for BackupKey {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let bytes = STANDARD.decode(text).map_err(|_| "a stored backup key is not base64")?;
        bytes.try_into().map(Self).map_err(|_| "a stored backup key has not 32 bytes")
    }
}

impl From<BackupKey> for String {
    fn from(key: BackupKey) -> Self {
        STANDARD.encode(key.0)
    }
}

const PURPOSE: &[u8] = b"keystay lab vault backup";
