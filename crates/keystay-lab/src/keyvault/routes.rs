//! Which operation a method and a path mean.

use axum::{http::Method, response::Response};

use super::{call::Call, certificates, error::VaultError, keys, secrets};

/// Whether the operation at this path makes or reads a private key, which takes long.
pub(super) fn is_slow(path: &str) -> bool {
    let path = path.trim_end_matches('/');
    ["/create", "/import", "/pending/merge"].iter().any(|end| path.ends_with(end))
}

/// Does what the request asks.
pub(super) fn dispatch(call: &Call, method: &Method, path: &str) -> Result<Response, VaultError> {
    call.vault.settle(call.now);
    let path = path.strip_prefix('/').unwrap_or(path);
    // SDKs write `/keys/name/` for "the newest version": one trailing slash carries no segment
    let segments: Vec<&str> = path.strip_suffix('/').unwrap_or(path).split('/').collect();
    match segments.as_slice() {
        ["keys" | "deletedkeys", ..] => dispatch_key(call, method.as_str(), &segments),
        _ if call.vault.is_managed_hsm() => Err(unknown(path)),
        ["certificates" | "deletedcertificates", ..] => dispatch_certificate(call, method.as_str(), &segments),
        ["secrets" | "deletedsecrets", ..] => dispatch_secret(call, method.as_str(), &segments),
        _ => Err(unknown(path)),
    }
}

fn dispatch_key(call: &Call, method: &str, segments: &[&str]) -> Result<Response, VaultError> {
    match (method, segments) {
        ("GET", ["keys"]) => keys::list(call),
        ("PUT", ["keys", name]) => keys::import(call, name),
        ("DELETE", ["keys", name]) => keys::delete(call, name),
        ("POST", ["keys", name, "create"]) => keys::create(call, name),
        ("GET", ["keys", name, "versions"]) => keys::list_versions(call, name),
        ("GET", ["keys", name]) => keys::read(call, name, ""),
        ("GET", ["keys", name, version]) => keys::read(call, name, version),
        ("PATCH", ["keys", name]) => keys::update(call, name, ""),
        ("PATCH", ["keys", name, version]) => keys::update(call, name, version),
        ("GET", ["deletedkeys"]) => keys::list_deleted(call),
        ("GET", ["deletedkeys", name]) => keys::deleted(call, name),
        ("DELETE", ["deletedkeys", name]) => keys::purge(call, name),
        ("POST", ["deletedkeys", name, "recover"]) => keys::recover(call, name),
        ("POST", ["keys", name, operation]) => operate(call, name, "", operation),
        ("POST", ["keys", name, version, operation]) => operate(call, name, version, operation),
        _ => Err(unknown(&segments.join("/"))),
    }
}

fn operate(call: &Call, name: &str, version: &str, operation: &str) -> Result<Response, VaultError> {
    let operate = keys::operation(operation).ok_or_else(|| unknown(&format!("keys/{name}/{version}/{operation}")))?;
    operate(call, name, version)
}

fn dispatch_certificate(call: &Call, method: &str, segments: &[&str]) -> Result<Response, VaultError> {
    match (method, segments) {
        ("GET", ["certificates"]) => certificates::list(call),
        ("DELETE", ["certificates", name]) => certificates::delete(call, name),
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
        ("GET", ["deletedcertificates"]) => certificates::list_deleted(call),
        ("GET", ["deletedcertificates", name]) => certificates::deleted(call, name),
        ("DELETE", ["deletedcertificates", name]) => certificates::purge(call, name),
        ("POST", ["deletedcertificates", name, "recover"]) => certificates::recover(call, name),
        _ => Err(unknown(&segments.join("/"))),
    }
}

fn dispatch_secret(call: &Call, method: &str, segments: &[&str]) -> Result<Response, VaultError> {
    match (method, segments) {
        ("GET", ["secrets"]) => secrets::list(call),
        ("PUT", ["secrets", name]) => secrets::set(call, name),
        ("DELETE", ["secrets", name]) => secrets::delete(call, name),
        ("GET", ["secrets", name, "versions"]) => secrets::list_versions(call, name),
        ("GET", ["secrets", name]) => secrets::read(call, name, ""),
        ("GET", ["secrets", name, version]) => secrets::read(call, name, version),
        ("PATCH", ["secrets", name]) => secrets::update(call, name, ""),
        ("PATCH", ["secrets", name, version]) => secrets::update(call, name, version),
        ("GET", ["deletedsecrets"]) => secrets::list_deleted(call),
        ("GET", ["deletedsecrets", name]) => secrets::deleted(call, name),
        ("DELETE", ["deletedsecrets", name]) => secrets::purge(call, name),
        ("POST", ["deletedsecrets", name, "recover"]) => secrets::recover(call, name),
        _ => Err(unknown(&segments.join("/"))),
    }
}

fn unknown(path: &str) -> VaultError {
    VaultError::missing("NotFound", format!("The lab's Key Vault has no operation for this method at /{path}."))
}
