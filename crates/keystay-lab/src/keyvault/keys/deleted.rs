//! Deleting keys, and what can be done with deleted ones.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Serialize;

use super::wire::{KeyBundle, KeyItem};
use crate::keyvault::{
    call::{Call, ok},
    deleted::{Deleted, DeletedView},
    error::VaultError,
    object_name::ObjectKind,
    objects::KeyVersion,
    versions::Versions,
};

#[derive(Serialize)]
struct DeletedKey<T> {
    #[serde(flatten)]
    deleted: DeletedView,
    #[serde(flatten)]
    key: T,
}

/// `DELETE /keys/{name}`: all versions, recoverable for 90 days.
pub(in super::super) fn delete(call: &Call, name: &str) -> Result<Response, VaultError> {
    call.require(ObjectKind::Key, name, "keys/delete")?;
    let mut objects = call.vault.objects.write();
    if objects.key(name, "")?.item.managed {
        // what the service answers here is not documented; that it refuses is
        return Err(VaultError::forbidden(
            "ManagedByCertificate",
            format!("The key {name} belongs to the certificate of that name, and can only be deleted with it."),
        ));
    }
    if let Some(object) = objects.keys.remove(name) {
        objects.deleted_keys.insert(name.to_owned(), Deleted { object, at: call.now });
    }
    Ok(ok(view(call, name, find(objects.deleted_keys.get(name), name)?)?))
}

/// `GET /deletedkeys/{name}`.
pub(in super::super) fn deleted(call: &Call, name: &str) -> Result<Response, VaultError> {
    call.require(ObjectKind::Key, name, "keys/read")?;
    let objects = call.vault.objects.read();
    Ok(ok(view(call, name, find(objects.deleted_keys.get(name), name)?)?))
}

/// `GET /deletedkeys`.
pub(in super::super) fn list_deleted(call: &Call) -> Result<Response, VaultError> {
    call.require_list(ObjectKind::Key, "keys/read")?;
    let objects = call.vault.objects.read();
    let items = objects
        .deleted_keys
        .iter()
        .filter_map(|(name, deleted)| {
            let newest = deleted.object.find("")?;
            let key = KeyItem::new(call, name, "", &newest.item);
            Some(DeletedKey { deleted: deleted.view(recovery_id(call, name)), key })
        })
        .collect();
    call.page("deletedkeys", items)
}

/// `POST /deletedkeys/{name}/recover`.
pub(in super::super) fn recover(call: &Call, name: &str) -> Result<Response, VaultError> {
    call.require(ObjectKind::Key, name, "keys/recover/action")?;
    let mut objects = call.vault.objects.write();
    find(objects.deleted_keys.get(name), name)?;
    if let Some(deleted) = objects.deleted_keys.remove(name) {
        objects.keys.insert(name.to_owned(), deleted.object);
    }
    Ok(ok(KeyBundle::new(call, name, objects.key(name, "")?)))
}

/// `DELETE /deletedkeys/{name}`: for good.
pub(in super::super) fn purge(call: &Call, name: &str) -> Result<Response, VaultError> {
    call.require(ObjectKind::Key, name, "keys/purge/action")?;
    let mut objects = call.vault.objects.write();
    find(objects.deleted_keys.get(name), name)?;
    objects.deleted_keys.remove(name);
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn find<'a, T>(deleted: Option<&'a T>, name: &str) -> Result<&'a T, VaultError> {
    deleted.ok_or_else(|| VaultError::not_found(ObjectKind::Key, name))
}

fn view(call: &Call, name: &str, deleted: &Deleted<Versions<KeyVersion>>) -> Result<DeletedKey<KeyBundle>, VaultError> {
    let key = KeyBundle::new(call, name, find(deleted.object.find(""), name)?);
    Ok(DeletedKey { deleted: deleted.view(recovery_id(call, name)), key })
}

fn recovery_id(call: &Call, name: &str) -> String {
    format!("https://{}/deletedkeys/{name}", call.vault.host)
}
