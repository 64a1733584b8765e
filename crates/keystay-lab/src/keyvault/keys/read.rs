//! Reading keys and lists of keys. Only the public part ever travels.

use axum::response::Response;

use super::wire::{KeyBundle, KeyItem};
use crate::keyvault::{
    call::{Call, ok},
    error::VaultError,
    object_name::ObjectKind,
};

/// `GET /keys/{name}/{version}`; an empty version means the newest.
pub(in super::super) fn read(call: &Call, name: &str, version: &str) -> Result<Response, VaultError> {
    call.require(ObjectKind::Key, name, "keys/read")?;
    Ok(ok(KeyBundle::new(call, name, call.vault.objects.read().key(name, version)?)))
}

/// `GET /keys`.
pub(in super::super) fn list(call: &Call) -> Result<Response, VaultError> {
    call.require_list(ObjectKind::Key, "keys/read")?;
    let objects = call.vault.objects.read();
    let items = objects
        .keys
        .iter()
        .filter_map(|(name, versions)| versions.find("").map(|newest| KeyItem::new(call, name, "", &newest.item)))
        .collect();
    call.page("keys", items)
}

/// `GET /keys/{name}/versions`.
pub(in super::super) fn list_versions(call: &Call, name: &str) -> Result<Response, VaultError> {
    call.require(ObjectKind::Key, name, "keys/read")?;
    let objects = call.vault.objects.read();
    let items = objects
        .keys
        .get(name)
        .map(|versions| versions.iter().map(|version| KeyItem::new(call, name, &version.id, &version.item)).collect());
    call.page(&format!("keys/{name}/versions"), items.unwrap_or_default())
}
