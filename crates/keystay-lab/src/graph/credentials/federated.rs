//! Federated identity credentials: the tokens of others that an application may authenticate with.

use axum::response::Response;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::holder::{Holder, Target};
use crate::{
    directory::{Application, DirectoryError, FederatedCredential, World},
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
    for needed in ["issuer", "subject"] {
        body.required(needed)?;
    }
    body.get("audiences").ok_or_else(|| body.invalid("audiences"))?;
    let id = graph.entra.directory.ids().fresh();
    let new = FederatedCredential { id, ..FederatedCredential::new(body.required("name")?, "", "") };
    let new = changed(new, body)?;
    let (shown, location) = (view(&new), format!("{}/{id}", call.path));
    let mut world = graph.entra.directory.write();
    let context = context(find(&world, call, key)?);
    put(graph, &mut world, call, key, |app| app.add_federated_credential(new).map_err(refused))?;
    Ok(reply::created(&location, call.in_context(&format!("{context}/$entity"), shown)))
}

/// `PATCH …/federatedIdentityCredentials/{id or name}`: everything but the name.
pub(in crate::graph) fn update(graph: &Graph, call: &Call, key: &str, id: &str) -> Result<Response, GraphError> {
    let body = Body::of("FederatedIdentityCredential", &call.body)?;
    let mut world = graph.entra.directory.write();
    put(graph, &mut world, call, key, |app| {
        let old = take(app, id)?;
        if body.get("name").is_some_and(|name| name.as_str() != Some(&old.name)) {
            return Err(GraphError::bad_request("The property 'name' cannot be changed."));
        }
        app.add_federated_credential(changed(old, body)?).map_err(refused)
    })?;
    Ok(reply::no_content())
}

/// `DELETE …/federatedIdentityCredentials/{id or name}`
pub(in crate::graph) fn delete(graph: &Graph, call: &Call, key: &str, id: &str) -> Result<Response, GraphError> {
    let mut world = graph.entra.directory.write();
    put(graph, &mut world, call, key, |app| take(app, id).map(drop))?;
    Ok(reply::no_content())
}

fn take(app: &mut Application, id: &str) -> Result<FederatedCredential, GraphError> {
    let place = app.federated_credentials.iter().position(|one| is(one, id));
    place.map(|place| app.federated_credentials.remove(place)).ok_or_else(|| GraphError::not_found(id))
}

/// Changes the application if the bearer may and all of it goes well.
fn put(
    graph: &Graph,
    world: &mut World,
    call: &Call,
    key: &str,
    change: impl FnOnce(&mut Application) -> Result<(), GraphError>,
) -> Result<(), GraphError> {
    let target = Target::find(world, call, Holder::Application, key)?;
    target.require_change(world, call)?;
    let old = find(world, call, key)?;
    let mut new = old.clone();
    change(&mut new)?;
    let names = |app: &Application| app.federated_credentials.iter().map(|one| one.name.as_str()).collect::<Value>();
    let event = Event::update(&target, UPDATE_APPLICATION, "FederatedIdentityCredentials", &names(old), &names(&new));
    world.applications.insert(new.app_id, new);
    graph.record(world, call, event);
    Ok(())
}

/// Not documented: the texts. The limits are the service's.
fn refused(error: DirectoryError) -> GraphError {
    match error {
        DirectoryError::DuplicateFederatedCredential { name, .. } => GraphError::conflict(format!(
            "FederatedIdentityCredential with name {name}, or with the same issuer and subject, already exists."
        )),
        other => GraphError::bad_request(format!("The federated identity credential is not valid: {other}.")),
    }
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
        match name {
            "name" | "id" => {}
            "issuer" => credential.issuer = body.as_text(name, value)?,
            "subject" => credential.subject = body.as_text(name, value)?,
            "description" => credential.description = body.as_note(name, value)?,
            // Exactly one, although it is a list.
            "audiences" => match body.as_texts(name, value)?.as_slice() {
                [one] => one.clone_into(&mut credential.audience),
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
