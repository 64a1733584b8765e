//! Rolling certificates one by one, with a proof that the caller has the key of a registered one.

use axum::response::Response;
use jsonwebtoken::decode_header;
use serde_json::Value;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    holder::{Holder, Target},
    keys,
};
use crate::{
    directory::{KeyCredential, RegisteredCertificate, World},
    entra::{seconds, text, verified_claims},
    graph::{
        Call, Graph,
        audit::{CREDENTIALS, Event},
        error::GraphError,
        reply,
        view::object,
    },
};

/// The audience of a proof: the older directory service.
const PROOF_AUDIENCE: &str = "00000002-0000-0000-c000-000000000000";
/// The longest life of a proof.
const PROOF_LIFE_SECS: i64 = 600;
/// How far clocks may be off.
const SKEW_SECS: i64 = 300;

/// `POST …/addKey`: needs no permission beyond the proof when an application rolls its own key.
pub(in crate::graph) fn add_key(graph: &Graph, call: &Call, holder: Holder, key: &str) -> Result<Response, GraphError> {
    let mut world = graph.entra.directory.write();
    let target = proven(graph, &mut world, call, holder, key)?;
    let entry = call
        .body
        .get("keyCredential")
        .ok_or_else(|| GraphError::bad_request("The parameter 'keyCredential' is missing."))?;
    let encoded = entry.get("key").and_then(Value::as_str);
    let encoded = encoded.ok_or_else(|| GraphError::bad_key("A new key credential needs its certificate in 'key'."))?;
    let credential = keys::read(entry, encoded, graph.entra.directory.ids().fresh())?;
    target.check_lock(&world, "keyCredentials")?;
    // Not documented: whether app management policies bind this call as well.
    target.restrictions(&world, call).allow_key(&credential)?;
    let held = target.credentials(&mut world, call)?.keys;
    if held.iter().any(|one| one.certificate.der() == credential.certificate.der()) {
        return Err(GraphError::conflict("A key credential with the same certificate exists."));
    }
    let old = names(held);
    let body = keys::view(&credential, false);
    held.push(credential);
    let new = names(held);
    graph.record(&mut world, call, Event::update(&target, CREDENTIALS, "KeyDescription", &old, &new));
    Ok(reply::ok(call.in_context("microsoft.graph.keyCredential", object(body))))
}

/// `POST …/removeKey`
pub(in crate::graph) fn remove_key(
    graph: &Graph,
    call: &Call,
    holder: Holder,
    key: &str,
) -> Result<Response, GraphError> {
    let mut world = graph.entra.directory.write();
    let target = proven(graph, &mut world, call, holder, key)?;
    let key_id = call.body.get("keyId").and_then(Value::as_str).and_then(|id| Uuid::try_parse(id).ok());
    let key_id = key_id.ok_or_else(|| GraphError::bad_request("The parameter 'keyId' is missing."))?;
    let held = target.credentials(&mut world, call)?.keys;
    let old = names(held);
    let before = held.len();
    held.retain(|one| one.key_id != key_id);
    if held.len() == before {
        return Err(GraphError::bad_request(format!("No credentials found to be removed: {key_id}.")));
    }
    let new = names(held);
    graph.record(&mut world, call, Event::update(&target, CREDENTIALS, "KeyDescription", &old, &new));
    Ok(reply::no_content())
}

/// The certificates as the audit log describes them.
pub(super) fn names(held: &[KeyCredential]) -> Value {
    let describe = |one: &KeyCredential| {
        let name = one.display_name.as_deref().unwrap_or_default();
        format!("[KeyIdentifier={},KeyType=AsymmetricX509Cert,KeyUsage=Verify,DisplayName={name}]", one.key_id)
    };
    held.iter().map(describe).collect()
}

/// The object of a request whose bearer may roll its keys and whose proof holds.
fn proven(graph: &Graph, world: &mut World, call: &Call, holder: Holder, key: &str) -> Result<Target, GraphError> {
    let target = Target::find(world, call, holder, key)?;
    if !call.access.is_app(target.app_id) {
        target.require_change(world, call)?;
    }
    let proof = call.body.get("proof").and_then(Value::as_str).ok_or_else(GraphError::proof)?;
    // An application's proof may also be issued by its service principal at home.
    let tenant = world.tenants.get(&call.access.caller.tenant_id);
    let principal = tenant.and_then(|tenant| tenant.principals.get(&target.app_id)).map(|principal| principal.id);
    let issuers = [Some(target.id), principal];
    let now = graph.entra.clock.now().into();
    if holds(proof, target.credentials(world, call)?.keys, &issuers, now) {
        Ok(target)
    } else {
        Err(GraphError::proof())
    }
}

/// Whether a proof is a fresh JWT by one of these keys that is still valid.
fn holds(proof: &str, registered: &[KeyCredential], issuers: &[Option<Uuid>], now: OffsetDateTime) -> bool {
    let Ok(header) = decode_header(proof) else { return false };
    // The samples of the documentation name no key.
    let named = |certificate: &RegisteredCertificate| certificate.is_named_by(&header).unwrap_or(true);
    let valid = |one: &&KeyCredential| now >= one.start && now <= one.end && named(&one.certificate);
    let mut keys = registered.iter().filter(valid);
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
