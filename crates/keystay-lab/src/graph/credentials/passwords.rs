//! Client secrets. The service makes them, and shows each once.

use axum::response::Response;
use serde_json::{Map, Value, json};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::holder::{Holder, Restricted, Target};
use crate::{
    directory::PasswordCredential,
    graph::{
        Call, Graph,
        audit::{CREDENTIALS, Event},
        body::Body,
        error::GraphError,
        reply,
        view::{moment, object},
    },
};

/// How long a secret lives unless a request says otherwise.
const TWO_YEARS: Duration = Duration::days(730);

/// `POST …/addPassword`
pub(in crate::graph) fn add(graph: &Graph, call: &Call, holder: Holder, key: &str) -> Result<Response, GraphError> {
    let mut world = graph.entra.directory.write();
    let target = Target::find(&world, call, holder, key)?;
    target.require_change(&world, call)?;
    target.check_lock(&world, "passwordCredentials")?;
    let wanted = call.body.get("passwordCredential").unwrap_or(&Value::Null);
    let policy = target.restrictions(&world, call);
    let (credential, secret) = issue(graph, wanted, &policy)?;
    let mut shown = object(view(&credential));
    shown.insert("secretText".to_owned(), secret.into());
    let held = target.credentials(&mut world, call)?.passwords;
    let old = names(held);
    held.push(credential);
    let new = names(held);
    graph.record(&mut world, call, Event::update(&target, CREDENTIALS, "KeyDescription", &old, &new));
    Ok(reply::ok(call.in_context("microsoft.graph.passwordCredential", shown)))
}

/// `POST …/removePassword`
pub(in crate::graph) fn remove(graph: &Graph, call: &Call, holder: Holder, key: &str) -> Result<Response, GraphError> {
    let mut world = graph.entra.directory.write();
    let target = Target::find(&world, call, holder, key)?;
    target.require_change(&world, call)?;
    target.check_lock(&world, "passwordCredentials")?;
    let key_id = call.body.get("keyId").and_then(Value::as_str).and_then(|id| Uuid::try_parse(id).ok());
    let held = target.credentials(&mut world, call)?.passwords;
    let old = names(held);
    let before = held.len();
    held.retain(|one| Some(one.key_id) != key_id);
    if held.len() == before {
        return Err(GraphError::bad_request("No password credential found with keyId."));
    }
    let new = names(held);
    graph.record(&mut world, call, Event::update(&target, CREDENTIALS, "KeyDescription", &old, &new));
    Ok(reply::no_content())
}

/// Makes the secret a request asks for, and its text.
pub(in crate::graph) fn issue(
    graph: &Graph,
    wanted: &Value,
    policy: &Restricted,
) -> Result<(PasswordCredential, String), GraphError> {
    let now: OffsetDateTime = graph.entra.clock.now().into();
    let nothing = Value::Object(Map::new());
    let wanted = Body::of("PasswordCredential", if wanted.is_null() { &nothing } else { wanted })?;
    let start = wanted.moment("startDateTime")?.unwrap_or(now);
    let end = wanted.moment("endDateTime")?.or_else(|| start.checked_add(TWO_YEARS));
    let end = end.filter(|end| *end > start).ok_or_else(|| wanted.invalid("endDateTime"))?;
    let issued =
        PasswordCredential::issue(graph.entra.directory.ids().fresh(), wanted.text("displayName")?, start, end);
    policy.allow_password(&issued.0)?;
    Ok(issued)
}

/// A secret as Graph shows it later.
pub(in crate::graph) fn view(credential: &PasswordCredential) -> Value {
    json!({
        "customKeyIdentifier": null,
        "displayName": credential.display_name,
        "endDateTime": moment(credential.end),
        "hint": credential.hint,
        "keyId": credential.key_id,
        "secretText": null,
        "startDateTime": moment(credential.start),
    })
}

/// The secrets as the audit log describes them.
fn names(held: &[PasswordCredential]) -> Value {
    let describe = |one: &PasswordCredential| {
        let name = one.display_name.as_deref().unwrap_or_default();
        format!("[KeyIdentifier={},KeyType=Password,KeyUsage=Verify,DisplayName={name}]", one.key_id)
    };
    held.iter().map(describe).collect()
}
