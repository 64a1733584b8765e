//! Reading keys. Only the public part ever travels.

use axum::response::Response;

use super::wire::KeyBundle;
use crate::keyvault::{
    objects::ObjectKind,
    wire::{Call, VaultError, ok},
};

/// `GET /keys/{name}/{version}`; an empty version means the newest.
pub(in crate::keyvault) fn read(call: &Call, name: &str, version: &str) -> Result<Response, VaultError> {
    call.require(ObjectKind::Key, name, "keys/read")?;
    Ok(ok(KeyBundle::new(call, name, call.vault.objects.read().key(name, version)?)))
}
