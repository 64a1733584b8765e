//! Certificates: read from a request, and shown.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use uuid::Uuid;

use super::holder::Restricted;
use crate::{
    directory::{KeyCredential, RegisteredCertificate},
    graph::{error::GraphError, view::moment},
    ids::Ids,
};

/// A certificate as Graph shows it. The certificate itself is there only when it was asked for.
pub(in crate::graph) fn view(credential: &KeyCredential, with_key: bool) -> Value {
    let key = with_key.then(|| BASE64_STANDARD.encode(credential.certificate.der()));
    json!({
        "customKeyIdentifier": credential.custom_key_identifier,
        "displayName": credential.display_name,
        "endDateTime": moment(credential.end),
        "key": key,
        "keyId": credential.key_id,
        "startDateTime": moment(credential.start),
        "type": "AsymmetricX509Cert",
        "usage": "Verify",
    })
}

/// The new list for a PATCH: it replaces the old one. Entries without `key` keep the certificate they name.
pub(in crate::graph) fn replace(
    old: &[KeyCredential],
    value: &Value,
    policy: &Restricted,
    ids: &Ids,
) -> Result<Vec<KeyCredential>, GraphError> {
    let entries = value.as_array().ok_or_else(|| GraphError::bad_key("keyCredentials must be a list."))?;
    let mut new: Vec<KeyCredential> = Vec::with_capacity(entries.len());
    for entry in entries {
        let key_id = entry.get("keyId").and_then(Value::as_str).and_then(|id| Uuid::try_parse(id).ok());
        let known = old.iter().find(|one| Some(one.key_id) == key_id);
        let credential = match (entry.get("key").and_then(Value::as_str), known) {
            (None, Some(known)) => known.clone(),
            (Some(key), known) => {
                let key_id = key_id.or(known.map(|one| one.key_id)).unwrap_or_else(|| ids.fresh());
                let credential = read(entry, key, key_id)?;
                policy.allow_key(&credential)?;
                credential
            }
            (None, None) => return Err(GraphError::bad_key("A new key credential needs its certificate in 'key'.")),
        };
        if new.iter().any(|one| one.key_id == credential.key_id) {
            return Err(GraphError::bad_key("Two key credentials have the same keyId."));
        }
        new.push(credential);
    }
    Ok(new)
}

/// Reads a new credential. The certificate decides what the request leaves out.
pub(super) fn read(entry: &Value, key: &str, key_id: Uuid) -> Result<KeyCredential, GraphError> {
    let field = |name: &str| entry.get(name).and_then(Value::as_str);
    // the body of a PEM file has lines: `az ad app credential reset --cert` sends it as it is
    let key: String = key.split_ascii_whitespace().collect();
    let der = BASE64_STANDARD.decode(key).map_err(|_| GraphError::bad_key("The value of 'key' is not base64."))?;
    let certificate = RegisteredCertificate::parse(&der)
        .map_err(|_| GraphError::bad_key("The value of 'key' is not an X.509 certificate with an RSA key."))?;
    if field("type").is_some_and(|kind| kind != "AsymmetricX509Cert")
        || field("usage").is_some_and(|usage| usage != "Verify")
    {
        return Err(GraphError::bad_key("The type must be AsymmetricX509Cert and the usage Verify."));
    }
    let mut credential = KeyCredential::new(key_id, certificate, field("displayName").map(str::to_owned));
    let time = |name| {
        field(name).map(|text| OffsetDateTime::parse(text, &Rfc3339).map_err(|_| GraphError::bad_key_end())).transpose()
    };
    if let Some(start) = time("startDateTime")? {
        credential.start = start.max(credential.start);
    }
    if let Some(end) = time("endDateTime")? {
        if end > credential.end || end <= credential.start {
            return Err(GraphError::bad_key_end());
        }
        credential.end = end;
    }
    if let Some(identifier) = field("customKeyIdentifier") {
        identifier.clone_into(&mut credential.custom_key_identifier);
    }
    Ok(credential)
}
