//! Deleting secrets, and what can be done with deleted ones.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Serialize;

use super::wire::SecretBundle;
use crate::keyvault::{
    call::{Call, ok},
    deleted::{Deleted, DeletedView},
    error::VaultError,
    object_name::ObjectKind,
    objects::SecretVersion,
    versions::Versions,
};

#[derive(Serialize)]
struct DeletedSecret {
    #[serde(flatten)]
    deleted: DeletedView,
    #[serde(flatten)]
    secret: SecretBundle,
}

/// `DELETE /secrets/{name}`: all versions, recoverable for 90 days.
pub(in super::super) fn delete(call: &Call, name: &str) -> Result<Response, VaultError> {
    call.require(ObjectKind::Secret, name, "secrets/delete")?;
    let mut objects = call.vault.objects.write();
    if objects.secret(name, "")?.item.managed {
        // what the service answers here is not documented; that it refuses is
        return Err(VaultError::forbidden(
            "ManagedByCertificate",
            format!("The secret {name} belongs to the certificate of that name, and can only be deleted with it."),
        ));
    }
    if let Some(object) = objects.secrets.remove(name) {
        objects.deleted_secrets.insert(name.to_owned(), Deleted { object, at: call.now });
    }
    Ok(ok(view(call, name, find(objects.deleted_secrets.get(name), name)?)?))
}

/// `GET /deletedsecrets/{name}`.
pub(in super::super) fn deleted(call: &Call, name: &str) -> Result<Response, VaultError> {
    call.require(ObjectKind::Secret, name, "secrets/readMetadata/action")?;
    let objects = call.vault.objects.read();
    Ok(ok(view(call, name, find(objects.deleted_secrets.get(name), name)?)?))
}

/// `GET /deletedsecrets`.
pub(in super::super) fn list_deleted(call: &Call) -> Result<Response, VaultError> {
    call.require_list(ObjectKind::Secret, "secrets/readMetadata/action")?;
    let objects = call.vault.objects.read();
    let items = objects
        .deleted_secrets
        .iter()
        .filter_map(|(name, deleted)| {
            let newest = deleted.object.find("")?;
            let secret = SecretBundle::item(call, name, "", &newest.item);
            Some(DeletedSecret { deleted: deleted.view(recovery_id(call, name)), secret })
        })
        .collect();
    call.page("deletedsecrets", items)
}

/// `POST /deletedsecrets/{name}/recover`.
pub(in super::super) fn recover(call: &Call, name: &str) -> Result<Response, VaultError> {
    call.require(ObjectKind::Secret, name, "secrets/recover/action")?;
    let mut objects = call.vault.objects.write();
    find(objects.deleted_secrets.get(name), name)?;
    if let Some(deleted) = objects.deleted_secrets.remove(name) {
        objects.secrets.insert(name.to_owned(), deleted.object);
    }
    Ok(ok(SecretBundle::new(call, name, objects.secret(name, "")?)))
}

/// `DELETE /deletedsecrets/{name}`: for good.
pub(in super::super) fn purge(call: &Call, name: &str) -> Result<Response, VaultError> {
    call.require(ObjectKind::Secret, name, "secrets/purge/action")?;
    let mut objects = call.vault.objects.write();
    find(objects.deleted_secrets.get(name), name)?;
    objects.deleted_secrets.remove(name);
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn find<'a, T>(deleted: Option<&'a T>, name: &str) -> Result<&'a T, VaultError> {
    deleted.ok_or_else(|| VaultError::not_found(ObjectKind::Secret, name))
}

fn view(call: &Call, name: &str, deleted: &Deleted<Versions<SecretVersion>>) -> Result<DeletedSecret, VaultError> {
    let secret = SecretBundle::new(call, name, find(deleted.object.find(""), name)?);
    Ok(DeletedSecret { deleted: deleted.view(recovery_id(call, name)), secret })
}

fn recovery_id(call: &Call, name: &str) -> String {
    format!("https://{}/deletedsecrets/{name}", call.vault.host)
}
