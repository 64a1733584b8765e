//! Federated identity credentials: the tokens of others that an application may authenticate with.

use axum::response::Response;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::holder::{Holder, Target};
use crate::{
    directory::{Application, FederatedCredential, World},
    graph::{
        Call, Graph, access,
        applications::find,
        audit::{Event, UPDATE_APPLICATION},
        body::Body,
        error::GraphError,
        odata::EntityType,
        reply,
        view::object,
    },
};

const TYPE: EntityType = EntityType {
    name: "federatedIdentityCredential",
    shown: &[],
    filters: &["id", "name", "issuer", "subject"],
    in_directory: false,
};
/// An application has no more than these.
const MOST: usize = 20;
const LONGEST_NAME: usize = 120;
const LONGEST_TEXT: usize = 600;

/// `GET …/federatedIdentityCredentials`
pub(in crate::graph) fn list(graph: &Graph, call: &Call, key: &str) -> Result<Response, GraphError> {
    let world = graph.entra.directory.read();
    let app = readable(&world, call, key)?;
    let all = app.federated_credentials.iter().map(view).collect();
    Ok(reply::ok(call.page(&TYPE, &context(app), all)?))
}

/// `GET …/federatedIdentityCredentials/{id or name}`
pub(in crate::graph) fn read(graph: &Graph, call: &Call, key: &str, id: &str) -> Result<Response, GraphError> {
    let world = graph.entra.directory.read();
    let app = readable(&world, call, key)?;
    let found = app.federated_credentials.iter().find(|one| is(one, id)).ok_or_else(|| GraphError::not_found(id))?;
    Ok(reply::ok(call.object(&TYPE, &format!("{}/$entity", context(app)), view(found))?))
}

/// `POST …/federatedIdentityCredentials`
pub(in crate::graph) fn create(graph: &Graph, call: &Call, key: &str) -> Result<Response, GraphError> {
    let body = Body::of("FederatedIdentityCredential", &call.body)?;
    let name = body.required("name")?;
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_~.".contains(letter);
    if !(3..=LONGEST_NAME).contains(&name.len()) || !name.chars().all(plain) {
        return Err(body.invalid("name"));
    }
    for needed in ["issuer", "subject"] {
        body.required(needed)?;
    }
    body.get("audiences").ok_or_else(|| body.invalid("audiences"))?;
    let credential = changed(FederatedCredential::new(name, "", ""), body)?;

    let mut world = graph.entra.directory.write();
    let app = find(&world, call, key)?;
    let context = context(app);
    if app.federated_credentials.iter().any(|one| one.name == credential.name) {
        return Err(GraphError::conflict(format!(
            "FederatedIdentityCredential with name {} already exists.",
            credential.name
        )));
    }
    if app.federated_credentials.len() >= MOST {
        return Err(GraphError::bad_request(format!(
            "An application cannot have more than {MOST} federated identity credentials."
        )));
    }
    let shown = view(&credential);
    let location = format!("{}/{}", call.path, credential.id);
    put(graph, &mut world, call, key, |all| {
        all.push(credential);
        Ok(())
    })?;
    Ok(reply::created(&location, call.in_context(&format!("{context}/$entity"), shown)))
}

/// `PATCH …/federatedIdentityCredentials/{id or name}`: everything but the name.
pub(in crate::graph) fn update(graph: &Graph, call: &Call, key: &str, id: &str) -> Result<Response, GraphError> {
    let body = Body::of("FederatedIdentityCredential", &call.body)?;
    let mut world = graph.entra.directory.write();
    put(graph, &mut world, call, key, |all| {
        let place = all.iter_mut().find(|one| is(one, id)).ok_or_else(|| GraphError::not_found(id))?;
        if body.get("name").is_some_and(|name| *name != Value::from(place.name.as_str())) {
            return Err(GraphError::bad_request("The property 'name' cannot be changed."));
        }
        *place = changed(place.clone(), body)?;
        Ok(())
    })?;
    Ok(reply::no_content())
}

/// `DELETE …/federatedIdentityCredentials/{id or name}`
pub(in crate::graph) fn delete(graph: &Graph, call: &Call, key: &str, id: &str) -> Result<Response, GraphError> {
    let mut world = graph.entra.directory.write();
    put(graph, &mut world, call, key, |all| {
        let before = all.len();
        all.retain(|one| !is(one, id));
        if all.len() == before { Err(GraphError::not_found(id)) } else { Ok(()) }
    })?;
    Ok(reply::no_content())
}

/// Changes the list if the bearer may, the result is allowed, and all of it went well.
fn put(
    graph: &Graph,
    world: &mut World,
    call: &Call,
    key: &str,
    change: impl FnOnce(&mut Vec<FederatedCredential>) -> Result<(), GraphError>,
) -> Result<(), GraphError> {
    let target = Target::find(world, call, Holder::Application, key)?;
    target.require_change(world, call)?;
    let app = world.application_mut(target.app_id).map_err(|_| GraphError::not_found(key))?;
    let old = app.federated_credentials.clone();
    let mut new = old.clone();
    change(&mut new)?;
    let twice = |one: &FederatedCredential| {
        new.iter().filter(|other| (&other.issuer, &other.subject) == (&one.issuer, &one.subject)).count() > 1
    };
    if let Some(one) = new.iter().find(|one| twice(one)) {
        return Err(GraphError::conflict(format!(
            "FederatedIdentityCredential with issuer '{}' and subject '{}' already exists on the application.",
            one.issuer, one.subject
        )));
    }
    let names = |all: &[FederatedCredential]| all.iter().map(|one| one.name.as_str()).collect::<Value>();
    let event = Event::update(&target, UPDATE_APPLICATION, "FederatedIdentityCredentials", &names(&old), &names(&new));
    app.federated_credentials = new;
    graph.record(world, call, event);
    Ok(())
}

fn readable<'a>(world: &'a World, call: &Call, key: &str) -> Result<&'a Application, GraphError> {
    let app = find(world, call, key)?;
    if !call.access.is_app(app.app_id) {
        call.access.require(world, access::READ_APPLICATIONS)?;
    }
    Ok(app)
}

fn changed(mut credential: FederatedCredential, body: Body<'_>) -> Result<FederatedCredential, GraphError> {
    for (name, value) in body.properties() {
        let text = || body.as_text(name, value).ok().filter(|text| (1..=LONGEST_TEXT).contains(&text.len()));
        match name {
            "name" | "id" => {}
            "issuer" => credential.issuer = text().ok_or_else(|| body.invalid(name))?,
            "subject" => credential.subject = text().ok_or_else(|| body.invalid(name))?,
            "description" => credential.description = body.as_note(name, value)?,
            // Exactly one, although it is a list.
            "audiences" => match body.as_texts(name, value)?.as_slice() {
                [one] if (1..=LONGEST_TEXT).contains(&one.len()) => one.clone_into(&mut credential.audience),
                _ => return Err(body.invalid(name)),
            },
            _ => return Err(body.not_played(name)),
        }
    }
    Ok(credential)
}

fn is(credential: &FederatedCredential, key: &str) -> bool {
    credential.name == key || Uuid::try_parse(key) == Ok(credential.id)
}

fn context(app: &Application) -> String {
    format!("applications('{}')/federatedIdentityCredentials", app.id)
}

fn view(credential: &FederatedCredential) -> Map<String, Value> {
    object(json!({
        "id": credential.id,
        "name": credential.name,
        "issuer": credential.issuer,
        "subject": credential.subject,
        "description": credential.description,
        "audiences": [credential.audience],
    }))
}
