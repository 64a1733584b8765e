//! Reading certificates, their policies and lists of them.

use axum::response::Response;

use super::wire::{CertificateBundle, CertificateItem};
use crate::keyvault::{
    objects::ObjectKind,
    wire::{Call, VaultError, ok},
};

/// `GET /certificates/{name}/{version}`; an empty version means the newest.
pub(in crate::keyvault) fn read(call: &Call, name: &str, version: &str) -> Result<Response, VaultError> {
    call.require(ObjectKind::Certificate, name, "certificates/read")?;
    let objects = call.vault.objects.read();
    Ok(ok(CertificateBundle::new(call, name, objects.certificate(name)?, version)?))
}

/// `GET /certificates/{name}/policy`.
pub(in crate::keyvault) fn policy(call: &Call, name: &str) -> Result<Response, VaultError> {
    call.require(ObjectKind::Certificate, name, "certificates/read")?;
    Ok(ok(&call.vault.objects.read().certificate(name)?.policy))
}

/// `GET /certificates`. One that has no finished version yet is in the list only if the query asks for it.
pub(in crate::keyvault) fn list(call: &Call) -> Result<Response, VaultError> {
    call.require_list(ObjectKind::Certificate, "certificates/read")?;
    let objects = call.vault.objects.read();
    let unfinished = call.query.get("includePending").is_some_and(|text| text.eq_ignore_ascii_case("true"));
    let certificates = objects.certificates.iter();
    let items =
        certificates.filter_map(|(name, object)| CertificateItem::newest(call, name, object, unfinished)).collect();
    call.page("certificates", items)
}

/// `GET /certificates/{name}/versions`.
pub(in crate::keyvault) fn list_versions(call: &Call, name: &str) -> Result<Response, VaultError> {
    call.require(ObjectKind::Certificate, name, "certificates/read")?;
    let objects = call.vault.objects.read();
    let items = objects.certificates.get(name).map(|object| {
        object
            .versions
            .iter()
            .map(|version| CertificateItem::new(call, name, &version.id, object, &version.item))
            .collect()
    });
    call.page(&format!("certificates/{name}/versions"), items.unwrap_or_default())
}
