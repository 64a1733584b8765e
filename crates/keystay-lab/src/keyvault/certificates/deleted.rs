//! Deleting certificates, and what can be done with deleted ones. Key and secret go and come with the certificate.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Serialize;

use super::wire::{CertificateBundle, CertificateItem};
use crate::keyvault::{
    call::{Call, ok},
    deleted::{Deleted, DeletedView},
    error::VaultError,
    object_name::ObjectKind,
    objects::CertificateTrio,
};

#[derive(Serialize)]
struct DeletedCertificate<T> {
    #[serde(flatten)]
    deleted: DeletedView,
    #[serde(flatten)]
    certificate: T,
}

/// `DELETE /certificates/{name}`: all versions, recoverable for 90 days.
pub(in super::super) fn delete(call: &Call, name: &str) -> Result<Response, VaultError> {
    call.require(ObjectKind::Certificate, name, "certificates/delete")?;
    let mut objects = call.vault.objects.write();
    objects.certificate(name)?.version(name, "")?;
    if let Some(certificate) = objects.certificates.remove(name) {
        let key = objects.keys.remove(name).unwrap_or_default();
        let secret = objects.secrets.remove(name).unwrap_or_default();
        let object = CertificateTrio { certificate, key, secret };
        objects.deleted_certificates.insert(name.to_owned(), Deleted { object, at: call.now });
    }
    Ok(ok(view(call, name, find(objects.deleted_certificates.get(name), name)?)?))
}

/// `GET /deletedcertificates/{name}`.
pub(in super::super) fn deleted(call: &Call, name: &str) -> Result<Response, VaultError> {
    call.require(ObjectKind::Certificate, name, "certificates/read")?;
    let objects = call.vault.objects.read();
    Ok(ok(view(call, name, find(objects.deleted_certificates.get(name), name)?)?))
}

/// `GET /deletedcertificates`.
pub(in super::super) fn list_deleted(call: &Call) -> Result<Response, VaultError> {
    call.require_list(ObjectKind::Certificate, "certificates/read")?;
    let objects = call.vault.objects.read();
    let items = objects
        .deleted_certificates
        .iter()
        .filter_map(|(name, deleted)| {
            let object = &deleted.object.certificate;
            let newest = object.versions.find("")?;
            let certificate = CertificateItem::new(call, name, "", object, &newest.item);
            Some(DeletedCertificate { deleted: deleted.view(recovery_id(call, name)), certificate })
        })
        .collect();
    call.page("deletedcertificates", items)
}

/// `POST /deletedcertificates/{name}/recover`.
pub(in super::super) fn recover(call: &Call, name: &str) -> Result<Response, VaultError> {
    call.require(ObjectKind::Certificate, name, "certificates/recover/action")?;
    let mut objects = call.vault.objects.write();
    find(objects.deleted_certificates.get(name), name)?;
    if let Some(Deleted { object, .. }) = objects.deleted_certificates.remove(name) {
        objects.certificates.insert(name.to_owned(), object.certificate);
        objects.keys.insert(name.to_owned(), object.key);
        objects.secrets.insert(name.to_owned(), object.secret);
    }
    Ok(ok(CertificateBundle::new(call, name, objects.certificate(name)?, "")?))
}

/// `DELETE /deletedcertificates/{name}`: for good.
pub(in super::super) fn purge(call: &Call, name: &str) -> Result<Response, VaultError> {
    call.require(ObjectKind::Certificate, name, "certificates/purge/action")?;
    let mut objects = call.vault.objects.write();
    find(objects.deleted_certificates.get(name), name)?;
    objects.deleted_certificates.remove(name);
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn find<'a, T>(deleted: Option<&'a T>, name: &str) -> Result<&'a T, VaultError> {
    deleted.ok_or_else(|| VaultError::not_found(ObjectKind::Certificate, name))
}

fn view(
    call: &Call,
    name: &str,
    deleted: &Deleted<CertificateTrio>,
) -> Result<DeletedCertificate<CertificateBundle>, VaultError> {
    let certificate = CertificateBundle::new(call, name, &deleted.object.certificate, "")?;
    Ok(DeletedCertificate { deleted: deleted.view(recovery_id(call, name)), certificate })
}

fn recovery_id(call: &Call, name: &str) -> String {
    format!("https://{}/deletedcertificates/{name}", call.vault.host)
}
