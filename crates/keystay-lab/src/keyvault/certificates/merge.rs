//! `POST /certificates/{name}/pending/merge`: the signed certificate for a request made with issuer `Unknown`.

use std::sync::Arc;

use axum::{
    Json,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Deserialize;

use super::{
    assemble::{Parts, assemble},
    info::public_key_bytes,
    object::Stage,
    wire::CertificateBundle,
};
use crate::keyvault::{
    objects::{ObjectKind, Tags},
    wire::{Call, VaultError},
};

#[derive(Deserialize)]
struct Request {
    /// Standard base64 DER, the certificate first.
    x5c: Vec<String>,
    tags: Option<Tags>,
}

/// Completes the request with a certificate over its very key.
pub(in crate::keyvault) fn merge(call: &Call, name: &str) -> Result<Response, VaultError> {
    call.require(ObjectKind::Certificate, name, "certificates/create/action")?;
    let request: Request = call.json()?;
    let chain = request
        .x5c
        .iter()
        .map(|text| STANDARD.decode(text))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| VaultError::bad_parameter("Property x5c has invalid value\r\n: it is not base64 encoded."))?;
    let leaf = chain.first().ok_or_else(|| VaultError::bad_parameter("Property x5c names no certificate."))?;
    let public = public_key_bytes(leaf)?;

    let mut objects = call.vault.objects.write();
    let object = objects.certificate_mut(name)?;
    let Some(Stage::AwaitingMerge { key, enabled, tags }) = object.pending.as_ref().map(|pending| &pending.stage)
    else {
        return Err(VaultError::missing(
            "PendingCertificateNotFound",
            format!("Pending certificate not found: {name}"),
        ));
    };
    if public != key.public_bytes() {
        return Err(VaultError::bad_parameter(
            "Public key from x5c and the key of the pending certificate operation do not match.",
        ));
    }
    let version = call.vault.fresh_id();
    let parts = Parts {
        version,
        key: Arc::clone(key),
        enabled: *enabled,
        tags: request.tags.or_else(|| tags.clone()),
        chain: chain.into(),
    };
    let issued = assemble(&object.policy, parts, call.now)?;
    if let Some(pending) = object.pending.as_mut() {
        pending.stage = Stage::Completed;
    }
    objects.publish(name, issued);
    let bundle = CertificateBundle::new(call, name, objects.certificate(name)?, "")?;
    let version = call.query.get("api-version").unwrap_or_default();
    let location = format!("{}?api-version={version}", call.address(ObjectKind::Certificate, name, ""));
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(bundle)).into_response())
}
