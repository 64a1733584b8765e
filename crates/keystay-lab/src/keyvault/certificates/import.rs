//! `POST /certificates/{name}/import`: a certificate with its private key from outside.

use std::sync::Arc;

use axum::response::Response;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Deserialize;

use super::{
    assemble::{Chain, Parts, assemble},
    info::public_key_bytes,
    object::CertificateObject,
    policy::CertificatePolicy,
    policy_rules::policy_id,
    wire::CertificateBundle,
};
use crate::keyvault::{
    crypto::KeyMaterial,
    files::{pem_file, pfx},
    objects::{Attributes, AttributesPatch, ObjectKind, Tags},
    wire::{Call, VaultError, ok},
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    value: String,
    #[serde(default)]
    pwd: Option<String>,
    policy: Option<CertificatePolicy>,
    #[serde(default)]
    attributes: AttributesPatch,
    tags: Option<Tags>,
    #[serde(default)]
    preserve_cert_order: Option<bool>,
}

/// Takes a PFX (base64) or PEM text. What the policy leaves out is read from the certificate.
pub(in crate::keyvault) fn import(call: &Call, name: &str) -> Result<Response, VaultError> {
    call.require(ObjectKind::Certificate, name, "certificates/import/action")?;
    let request: Request = call.json()?;
    let bytes = if is_pem_text(request.value.as_bytes()) {
        request.value.into_bytes()
    } else {
        STANDARD
            .decode(request.value.trim())
            .map_err(|_| VaultError::bad_parameter("The value is neither PEM text nor a base64 PKCS#12 file."))?
    };
    // the Python SDK encodes PEM text as well
    let is_pem = is_pem_text(&bytes);
    let (pkcs8, certificates) = if is_pem {
        pem_file::read(&String::from_utf8_lossy(&bytes))?
    } else {
        pfx::read(&bytes, request.pwd.as_deref().unwrap_or_default())?
    };
    let key = Arc::new(KeyMaterial::from_pkcs8(&pkcs8)?);
    let leaf = leaf(&certificates, &key)?;
    let policy = request.policy.unwrap_or_default().derived_from(&certificates[leaf], &key, is_pem)?;
    let policy = policy.completed(policy_id(&call.vault, name), call.now)?;
    call.vault.check_holds(policy.kty())?;
    let mut attributes = Attributes::new(call.now);
    attributes.apply(&request.attributes, call.now);
    let version = call.vault.fresh_id();
    let preserves_order = request.preserve_cert_order == Some(true);
    let chain = Chain::new(certificates, leaf, preserves_order);
    let parts = Parts { version, key, chain, enabled: attributes.enabled, tags: request.tags };
    let issued = assemble(&policy, parts, call.now)?;

    let mut objects = call.vault.objects.write();
    objects.check_free(ObjectKind::Certificate, name)?;
    objects.check_issuer(policy.issuer.name.as_deref())?;
    let object = objects.certificates.entry(name.to_owned()).or_insert_with(|| CertificateObject::new(policy.clone()));
    object.policy = policy;
    objects.publish(name, issued);
    Ok(ok(CertificateBundle::new(call, name, objects.certificate(name)?, "")?))
}

fn is_pem_text(bytes: &[u8]) -> bool {
    bytes.trim_ascii_start().starts_with(b"-----BEGIN")
}

/// The place of the certificate over the key.
fn leaf(certificates: &[Vec<u8>], key: &KeyMaterial) -> Result<usize, VaultError> {
    certificates
        .iter()
        .position(|der| public_key_bytes(der).is_ok_and(|public| public == key.public_bytes()))
        .ok_or_else(|| VaultError::bad_parameter("The private key belongs to none of the certificates."))
}
