//! Certificates on an application: replaced as a whole, or rolled one by one with a proof of possession.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use jsonwebtoken::decode_header;
use serde_json::Value;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use uuid::Uuid;

use super::{Call, Graph, address::Key, applications::find, error::GraphError, view};
use crate::{
    directory::{Application, KeyCredential, RegisteredCertificate, World},
    entra::{seconds, text, verified_claims},
    ids::Ids,
};

/// The audience of a proof: the older directory service.
const PROOF_AUDIENCE: &str = "00000002-0000-0000-c000-000000000000";
/// The longest life of a proof.
const PROOF_LIFE_SECS: i64 = 600;
/// How far clocks may be off.
const SKEW_SECS: i64 = 300;

/// The new list for a PATCH: it replaces the old one. Entries without `key` keep the certificate they name.
pub(super) fn replace(old: &[KeyCredential], value: &Value, ids: &Ids) -> Result<Vec<KeyCredential>, GraphError> {
    let entries = value.as_array().ok_or_else(|| GraphError::bad_key("keyCredentials must be a list."))?;
    let mut new: Vec<KeyCredential> = Vec::with_capacity(entries.len());
    for entry in entries {
        let key_id = entry.get("keyId").and_then(Value::as_str).and_then(|id| Uuid::try_parse(id).ok());
        let known = old.iter().find(|one| Some(one.key_id) == key_id);
        let credential = match (entry.get("key").and_then(Value::as_str), known) {
            (None, Some(known)) => known.clone(),
            (Some(key), known) => {
                read(entry, key, key_id.or(known.map(|one| one.key_id)).unwrap_or_else(|| ids.fresh()))?
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

/// `POST /applications/{id}/addKey`: needs no permission beyond the proof when an application rolls its own key.
pub(super) fn add_key(graph: &Graph, call: &Call, key: &Key) -> Result<Response, GraphError> {
    let mut world = graph.entra.directory.write();
    let app_id = proven(graph, &world, call, key)?.app_id;
    let entry = call
        .body
        .get("keyCredential")
        .ok_or_else(|| GraphError::bad_request("The parameter 'keyCredential' is missing."))?;
    let encoded = entry.get("key").and_then(Value::as_str);
    let encoded = encoded.ok_or_else(|| GraphError::bad_key("A new key credential needs its certificate in 'key'."))?;
    let credential = read(entry, encoded, graph.entra.directory.ids().fresh())?;
    let application = world.application_mut(app_id).map_err(|_| GraphError::not_found(&key.name()))?;
    if application.key_credentials.iter().any(|one| one.certificate.der() == credential.certificate.der()) {
        return Err(GraphError::conflict("A key credential with the same certificate exists."));
    }
    let Value::Object(body) = view::key_credential(&credential, false) else { return Err(GraphError::denied()) };
    application.key_credentials.push(credential);
    Ok(Json(view::with_context("microsoft.graph.keyCredential", body)).into_response())
}

/// `POST /applications/{id}/removeKey`
pub(super) fn remove_key(graph: &Graph, call: &Call, key: &Key) -> Result<Response, GraphError> {
    let mut world = graph.entra.directory.write();
    let app_id = proven(graph, &world, call, key)?.app_id;
    let key_id = call.body.get("keyId").and_then(Value::as_str).and_then(|id| Uuid::try_parse(id).ok());
    let key_id = key_id.ok_or_else(|| GraphError::bad_request("The parameter 'keyId' is missing."))?;
    let application = world.application_mut(app_id).map_err(|_| GraphError::not_found(&key.name()))?;
    let before = application.key_credentials.len();
    application.key_credentials.retain(|one| one.key_id != key_id);
    if application.key_credentials.len() == before {
        return Err(GraphError::bad_request(format!("No credentials found to be removed: {key_id}.")));
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// The application of a request whose bearer may roll its keys and whose proof holds.
fn proven<'a>(graph: &Graph, world: &'a World, call: &Call, key: &Key) -> Result<&'a Application, GraphError> {
    let application = find(world, call, key)?;
    if !call.access.is_app(application.app_id) && !call.access.may_change(world, application) {
        return Err(GraphError::denied());
    }
    let proof = call.body.get("proof").and_then(Value::as_str).ok_or_else(GraphError::proof)?;
    let principal = world
        .tenants
        .get(&application.home_tenant)
        .and_then(|home| home.principals.get(&application.app_id))
        .map(|principal| principal.id);
    let issuers = [Some(application.id), principal];
    if holds(proof, application, &issuers, graph.entra.clock.now().into()) {
        Ok(application)
    } else {
        Err(GraphError::proof())
    }
}

/// Whether a proof is a fresh JWT by a still valid key of the application.
fn holds(proof: &str, application: &Application, issuers: &[Option<Uuid>], now: OffsetDateTime) -> bool {
    let Ok(header) = decode_header(proof) else { return false };
    // The samples of the documentation name no key.
    let named = |certificate: &RegisteredCertificate| certificate.is_named_by(&header).unwrap_or(true);
    let valid = |one: &&KeyCredential| now >= one.start && now <= one.end && named(&one.certificate);
    let mut keys = application.key_credentials.iter().filter(valid);
    let Some(claims) = keys.find_map(|one| verified_claims(proof, &one.certificate).ok()) else { return false };
    let (Ok(Some(starts)), Ok(Some(ends))) = (seconds(&claims, "nbf"), seconds(&claims, "exp")) else { return false };
    let issuer = text(&claims, "iss").and_then(|text| Uuid::try_parse(text).ok());
    let unix = now.unix_timestamp();
    text(&claims, "aud") == Some(PROOF_AUDIENCE)
        && issuer.is_some()
        && issuers.contains(&issuer)
        && unix >= starts.saturating_sub(SKEW_SECS)
        && unix <= ends.saturating_add(SKEW_SECS)
        && ends.saturating_sub(starts) <= PROOF_LIFE_SECS
}

/// Reads a new credential. The certificate decides what the request leaves out.
fn read(entry: &Value, key: &str, key_id: Uuid) -> Result<KeyCredential, GraphError> {
    let field = |name: &str| entry.get(name).and_then(Value::as_str);
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
