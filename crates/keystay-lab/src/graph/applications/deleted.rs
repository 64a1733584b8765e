//! `/directory/deletedItems`: applications that can still be restored.

use axum::response::Response;
use serde_json::{Map, Value};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::{TYPE, view};
use crate::{
    directory::{DeletedApplication, World},
    graph::{
        Call, Graph, access,
        address::object_id,
        audit::{APPLICATIONS, Event, activity},
        credentials::{Holder, Target},
        error::GraphError,
        odata, reply,
        view::moment,
    },
};

/// How long a deleted application can be restored.
const KEPT: Duration = Duration::days(30);

/// `GET /directory/deletedItems/microsoft.graph.application`
pub(in crate::graph) fn list(graph: &Graph, call: &Call) -> Result<Response, GraphError> {
    let world = graph.entra.directory.read();
    call.access.require(&world, access::READ_APPLICATIONS)?;
    let all = kept(graph, &world, call).map(|one| shown(&world, one)).collect();
    Ok(reply::ok(call.page(&TYPE, "applications", all)?))
}

/// `GET /directory/deletedItems/{id}`
pub(in crate::graph) fn read(graph: &Graph, call: &Call, id: &str) -> Result<Response, GraphError> {
    let world = graph.entra.directory.read();
    call.access.require(&world, access::READ_APPLICATIONS)?;
    let found = find(graph, &world, call, id)?;
    let mut object = shown(&world, found);
    object.insert(odata::TYPE.to_owned(), "#microsoft.graph.application".into());
    Ok(reply::ok(call.object(&odata::DIRECTORY_OBJECT, "directoryObjects/$entity", object)?))
}

/// `POST /directory/deletedItems/{id}/restore`: with its credentials and its service principal at home.
pub(in crate::graph) fn restore(graph: &Graph, call: &Call, id: &str) -> Result<Response, GraphError> {
    let mut world = graph.entra.directory.write();
    let DeletedApplication { application, principal, .. } = take(graph, &mut world, call, id)?;
    let mut object = view(&world, &application, false);
    object.insert(odata::TYPE.to_owned(), "#microsoft.graph.application".into());
    if let Some(principal) = principal {
        call.access.tenant_mut(&mut world)?.principals.insert(principal.app_id, principal);
    }
    world.applications.insert(application.app_id, application);
    let target = Target::find(&world, call, Holder::Application, id)?;
    let restore = activity(APPLICATIONS, "Update", "Restore application");
    graph.record(&mut world, call, Event::new(restore, vec![target.audited(Vec::new())]));
    Ok(reply::ok(call.in_context("directoryObjects/$entity", object)))
}

/// `DELETE /directory/deletedItems/{id}`: for good.
pub(in crate::graph) fn purge(graph: &Graph, call: &Call, id: &str) -> Result<Response, GraphError> {
    let mut world = graph.entra.directory.write();
    take(graph, &mut world, call, id)?;
    Ok(reply::no_content())
}

fn kept<'a>(graph: &Graph, world: &'a World, call: &Call) -> impl Iterator<Item = &'a DeletedApplication> {
    let now = OffsetDateTime::from(graph.entra.clock.now());
    let tenant = call.access.caller.tenant_id;
    let kept = move |one: &&DeletedApplication| one.application.home_tenant == tenant && now - one.at <= KEPT;
    world.deleted_applications.iter().filter(kept)
}

fn find<'a>(graph: &Graph, world: &'a World, call: &Call, id: &str) -> Result<&'a DeletedApplication, GraphError> {
    let wanted = object_id(id)?;
    kept(graph, world, call).find(|one| one.application.id == wanted).ok_or_else(|| GraphError::not_found(id))
}

/// Takes it out of the deleted ones, if the bearer may change it.
fn take(graph: &Graph, world: &mut World, call: &Call, id: &str) -> Result<DeletedApplication, GraphError> {
    let found = find(graph, world, call, id)?;
    if !call.access.may_change(world, &found.application.owners) {
        return Err(GraphError::denied());
    }
    let wanted: Uuid = found.application.id;
    let place = world.deleted_applications.iter().position(|one| one.application.id == wanted);
    let place = place.ok_or_else(|| GraphError::not_found(id))?;
    Ok(world.deleted_applications.remove(place))
}

fn shown(world: &World, one: &DeletedApplication) -> Map<String, Value> {
    let mut object = view(world, &one.application, false);
    object.insert("deletedDateTime".to_owned(), moment(one.at).into());
    object
}
