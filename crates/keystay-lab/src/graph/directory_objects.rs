//! `/directoryObjects`: users, groups, applications and service principals by nothing but their id.

use axum::response::Response;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{
    Call, Graph, access,
    address::object_id,
    applications,
    body::Body,
    error::GraphError,
    groups,
    odata::{DIRECTORY_OBJECT, TYPE},
    principals, reply, users,
};
use crate::directory::{Tenant, World};

/// How many objects one call may ask for.
const MOST: usize = 1000;

/// `GET /directoryObjects/{id}`
pub(super) fn read(graph: &Graph, call: &Call, id: &str) -> Result<Response, GraphError> {
    let world = graph.entra.directory.read();
    call.access.require(&world, access::READ_OBJECTS)?;
    let found = typed(&world, call.access.tenant(&world)?, object_id(id)?).ok_or_else(|| GraphError::not_found(id))?;
    Ok(reply::ok(call.object(&DIRECTORY_OBJECT, "directoryObjects/$entity", found)?))
}

/// `POST /directoryObjects/getByIds`: those that exist, of the types asked for.
pub(super) fn by_ids(graph: &Graph, call: &Call) -> Result<Response, GraphError> {
    let body = Body::of("directoryObject", &call.body)?;
    let ids = body.as_list("ids", body.get("ids").unwrap_or(&Value::Null))?;
    if ids.len() > MOST {
        return Err(GraphError::bad_request(format!("Too many ids: at most {MOST} are allowed.")));
    }
    let types = body.get("types").map(|types| body.as_texts("types", types)).transpose()?;
    let world = graph.entra.directory.read();
    call.access.require(&world, access::READ_OBJECTS)?;
    let tenant = call.access.tenant(&world)?;
    let mut found = Vec::new();
    for id in ids {
        let id = id.as_str().and_then(|id| Uuid::try_parse(id).ok()).ok_or_else(|| body.invalid("ids"))?;
        let wanted = |object: &Map<String, Value>| {
            let kind =
                object.get(TYPE).and_then(Value::as_str).unwrap_or_default().trim_start_matches("#microsoft.graph.");
            types.as_ref().is_none_or(|types| types.iter().any(|one| one.eq_ignore_ascii_case(kind)))
        };
        found.extend(typed(&world, tenant, id).filter(wanted));
    }
    Ok(reply::ok(call.page(&DIRECTORY_OBJECT, "directoryObjects", found)?))
}

/// An object of the tenant with its type.
pub(super) fn typed(world: &World, tenant: &Tenant, id: Uuid) -> Option<Map<String, Value>> {
    let (kind, object) = if let Some(user) = tenant.user(id) {
        ("user", users::shown(user))
    } else if let Some(group) = tenant.groups.get(&id) {
        ("group", groups::view(group))
    } else if let Ok(principal) = principals::find(tenant, &id.to_string()) {
        ("servicePrincipal", principal.view(world, tenant.id))
    } else {
        let app = world.application_by_object(id).filter(|app| app.home_tenant == tenant.id)?;
        ("application", applications::view(world, app, false))
    };
    let named = [(TYPE.to_owned(), Value::from(format!("#microsoft.graph.{kind}")))];
    Some(named.into_iter().chain(object).collect())
}
