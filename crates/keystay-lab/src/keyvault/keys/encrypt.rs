//! `POST /keys/{name}/{version}/encrypt`, `/decrypt`, `/wrapkey` and `/unwrapkey`: the same cryptography under two names and
//! two rights.

use axum::response::Response;
use serde::Deserialize;

use super::usable::{Usable, bytes};
use crate::keyvault::{
    crypto::EncryptionAlgorithm,
    objects::ObjectKind,
    wire::{Call, VaultError, ok},
};

#[derive(Deserialize)]
struct Request {
    alg: String,
    value: String,
}

/// Encrypts a short text with the public half.
pub(super) fn encrypt(call: &Call, name: &str, version: &str) -> Result<Response, VaultError> {
    call.require(ObjectKind::Key, name, "keys/encrypt/action")?;
    lock(call, name, version, "encrypt")
}

/// Encrypts another key with the public half.
pub(super) fn wrap_key(call: &Call, name: &str, version: &str) -> Result<Response, VaultError> {
    call.require(ObjectKind::Key, name, "keys/wrap/action")?;
    lock(call, name, version, "wrapKey")
}

/// Decrypts what [`encrypt`] made; also when the key has expired.
pub(super) fn decrypt(call: &Call, name: &str, version: &str) -> Result<Response, VaultError> {
    call.require(ObjectKind::Key, name, "keys/decrypt/action")?;
    unlock(call, name, version, "decrypt")
}

/// Decrypts what [`wrap_key`] made; also when the key has expired.
pub(super) fn unwrap_key(call: &Call, name: &str, version: &str) -> Result<Response, VaultError> {
    call.require(ObjectKind::Key, name, "keys/unwrap/action")?;
    unlock(call, name, version, "unwrapKey")
}

fn lock(call: &Call, name: &str, version: &str, operation: &str) -> Result<Response, VaultError> {
    let (usable, algorithm, text) = read(call, name, version, operation)?;
    let sealed = usable.key.encrypt(algorithm, &text).ok_or_else(|| incompatible(&usable, algorithm))??;
    Ok(ok(usable.outcome(&sealed)))
}

fn unlock(call: &Call, name: &str, version: &str, operation: &str) -> Result<Response, VaultError> {
    let (usable, algorithm, sealed) = read(call, name, version, operation)?;
    let text = usable.key.decrypt(algorithm, &sealed).ok_or_else(|| incompatible(&usable, algorithm))??;
    Ok(ok(usable.outcome(&text)))
}

fn read(
    call: &Call,
    name: &str,
    version: &str,
    operation: &str,
) -> Result<(Usable, EncryptionAlgorithm, Vec<u8>), VaultError> {
    let request: Request = call.json()?;
    let algorithm = EncryptionAlgorithm::parse(&request.alg)?;
    let usable = Usable::find(call, name, version, operation)?;
    Ok((usable, algorithm, bytes("value", &request.value)?))
}

fn incompatible(usable: &Usable, algorithm: EncryptionAlgorithm) -> VaultError {
    usable.incompatible("encryption", algorithm.name(), "of type 'RSA' or 'RSA-HSM'")
}
