//! Which operation a method and a path mean.

use axum::{http::Method, response::Response};

use super::{call::Call, error::VaultError};
use crate::keyvault::{
    certificates, keys,
    objects::{CertificateTrio, KeyVersion, NamedObject, SecretVersion, Versions, backup, deleted, restore, versioned},
    secrets,
};

/// Whether the operation at this path, or what is due before it, makes or reads a private key, which takes long.
pub(super) fn is_slow(call: &Call, path: &str) -> bool {
    let path = path.trim_end_matches('/');
    ["/create", "/import", "/rotate", "/pending/merge"].iter().any(|end| path.ends_with(end))
        || call.query.get("outContentType").is_some()
        || call.vault.is_due(call.now)
}

/// Does what the request asks.
pub(super) fn dispatch(call: &Call, method: &Method, path: &str) -> Result<Response, VaultError> {
    call.vault.settle(call.now);
    let path = path.strip_prefix('/').unwrap_or(path);
    // SDKs write `/keys/name/` for "the newest version": one trailing slash carries no segment
    let mut segments: Vec<&str> = path.strip_suffix('/').unwrap_or(path).split('/').collect();
    let name = segments.get(1).filter(|name| !RESERVED.contains(name));
    let spelling = name.and_then(|name| call.vault.objects.read().spelling(name));
    if let Some((spelling, name)) = spelling.as_deref().zip(segments.get_mut(1)) {
        *name = spelling;
    }
    match segments.as_slice() {
        ["keys", ..] => dispatch_key(call, method.as_str(), &segments),
        ["deletedkeys", rest @ ..] => dispatch_deleted::<Versions<KeyVersion>>(call, method.as_str(), rest),
        ["rng"] if method == Method::POST => keys::random_bytes(call),
        _ if call.vault.is_managed_hsm() => Err(unknown(path)),
        ["certificates", ..] => dispatch_certificate(call, method.as_str(), &segments),
        ["deletedcertificates", rest @ ..] => dispatch_deleted::<CertificateTrio>(call, method.as_str(), rest),
        ["secrets", ..] => dispatch_secret(call, method.as_str(), &segments),
        ["deletedsecrets", rest @ ..] => dispatch_deleted::<Versions<SecretVersion>>(call, method.as_str(), rest),
        _ => Err(unknown(path)),
    }
}

fn dispatch_key(call: &Call, method: &str, segments: &[&str]) -> Result<Response, VaultError> {
    match (method, segments) {
        ("GET", ["keys"]) => versioned::list::<KeyVersion>(call),
        ("PUT", ["keys", name]) => keys::import(call, name),
        ("DELETE", ["keys", name]) => deleted::delete::<Versions<KeyVersion>>(call, name),
        ("POST", ["keys", name, "create"]) => keys::create(call, name),
        ("POST", ["keys", "restore"]) => restore::<Versions<KeyVersion>>(call),
        ("POST", ["keys", name, "backup"]) => backup::<Versions<KeyVersion>>(call, name),
        ("POST", ["keys", name, "rotate"]) => keys::rotate(call, name),
        ("GET", ["keys", name, "rotationpolicy"]) => keys::rotation_policy(call, name),
        ("PUT", ["keys", name, "rotationpolicy"]) => keys::set_rotation_policy(call, name),
        ("GET", ["keys", name, "versions"]) => versioned::list_versions::<KeyVersion>(call, name),
        ("GET", ["keys", name]) => keys::read(call, name, ""),
        ("GET", ["keys", name, version]) => keys::read(call, name, version),
        ("PATCH", ["keys", name]) => keys::update(call, name, ""),
        ("PATCH", ["keys", name, version]) => keys::update(call, name, version),
        ("POST", ["keys", name, operation]) => operate(call, name, "", operation),
        ("POST", ["keys", name, version, operation]) => operate(call, name, version, operation),
        _ => Err(unknown(&segments.join("/"))),
    }
}

fn dispatch_deleted<T: NamedObject>(call: &Call, method: &str, segments: &[&str]) -> Result<Response, VaultError> {
    match (method, segments) {
        ("GET", []) => deleted::list::<T>(call),
        ("GET", [name]) => deleted::read::<T>(call, name),
        ("DELETE", [name]) => deleted::purge::<T>(call, name),
        ("POST", [name, "recover"]) => deleted::recover::<T>(call, name),
        _ => Err(unknown(&format!("deleted{}/{}", T::KIND.collection(), segments.join("/")))),
    }
}

fn operate(call: &Call, name: &str, version: &str, operation: &str) -> Result<Response, VaultError> {
    let operate = keys::operation(operation).ok_or_else(|| unknown(&format!("keys/{name}/{version}/{operation}")))?;
    operate(call, name, version)
}

fn dispatch_certificate(call: &Call, method: &str, segments: &[&str]) -> Result<Response, VaultError> {
    match (method, segments) {
        ("GET", ["certificates"]) => certificates::list(call),
        ("GET", ["certificates", "contacts"]) => certificates::contacts(call),
        ("PUT", ["certificates", "contacts"]) => certificates::set_contacts(call),
        ("DELETE", ["certificates", "contacts"]) => certificates::delete_contacts(call),
        ("GET", ["certificates", "issuers"]) => certificates::issuers(call),
        ("GET", ["certificates", "issuers", name]) => certificates::issuer(call, name),
        ("PUT", ["certificates", "issuers", name]) => certificates::set_issuer(call, name),
        ("PATCH", ["certificates", "issuers", name]) => certificates::update_issuer(call, name),
        ("DELETE", ["certificates", "issuers", name]) => certificates::delete_issuer(call, name),
        ("POST", ["certificates", "restore"]) => restore::<CertificateTrio>(call),
        ("POST", ["certificates", name, "backup"]) => backup::<CertificateTrio>(call, name),
        ("DELETE", ["certificates", name]) => deleted::delete::<CertificateTrio>(call, name),
        ("POST", ["certificates", name, "create"]) => certificates::create(call, name),
        ("POST", ["certificates", name, "import"]) => certificates::import(call, name),
        ("GET", ["certificates", name, "pending"]) => certificates::pending(call, name),
        ("PATCH", ["certificates", name, "pending"]) => certificates::cancel_pending(call, name),
        ("DELETE", ["certificates", name, "pending"]) => certificates::delete_pending(call, name),
        ("POST", ["certificates", name, "pending", "merge"]) => certificates::merge(call, name),
        ("GET", ["certificates", name, "policy"]) => certificates::policy(call, name),
        ("PATCH", ["certificates", name, "policy"]) => certificates::update_policy(call, name),
        ("GET", ["certificates", name, "versions"]) => certificates::list_versions(call, name),
        ("GET", ["certificates", name]) => certificates::read(call, name, ""),
        ("GET", ["certificates", name, version]) => certificates::read(call, name, version),
        ("PATCH", ["certificates", name]) => certificates::update(call, name, ""),
        ("PATCH", ["certificates", name, version]) => certificates::update(call, name, version),
        _ => Err(unknown(&segments.join("/"))),
    }
}

fn dispatch_secret(call: &Call, method: &str, segments: &[&str]) -> Result<Response, VaultError> {
    match (method, segments) {
        ("GET", ["secrets"]) => versioned::list::<SecretVersion>(call),
        ("POST", ["secrets", "restore"]) => restore::<Versions<SecretVersion>>(call),
        ("POST", ["secrets", name, "backup"]) => backup::<Versions<SecretVersion>>(call, name),
        ("PUT", ["secrets", name]) => secrets::set(call, name),
        ("DELETE", ["secrets", name]) => deleted::delete::<Versions<SecretVersion>>(call, name),
        ("GET", ["secrets", name, "versions"]) => versioned::list_versions::<SecretVersion>(call, name),
        ("GET", ["secrets", name]) => secrets::read(call, name, ""),
        ("GET", ["secrets", name, version]) => secrets::read(call, name, version),
        ("PATCH", ["secrets", name]) => secrets::update(call, name, ""),
        ("PATCH", ["secrets", name, version]) => secrets::update(call, name, version),
        _ => Err(unknown(&segments.join("/"))),
    }
}

/// What stands where names stand.
const RESERVED: [&str; 3] = ["restore", "contacts", "issuers"];

fn unknown(path: &str) -> VaultError {
    VaultError::missing("NotFound", format!("The lab's Key Vault has no operation for this method at /{path}."))
}
