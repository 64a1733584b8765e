//! `/users`.

use axum::{
    Json,
    response::{IntoResponse, Response},
};

use super::{Call, Graph, address::Key, error::GraphError, view};

const FULL: [&str; 4] = ["User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.AccessAsUser.All"];

/// `GET /users`
pub(super) fn list(graph: &Graph, call: &Call) -> Result<Response, GraphError> {
    let basic = permission(call)?;
    let size = call.query.page_size()?;
    let offset = call.query.offset()?;
    let world = graph.entra.directory.read();
    let tenant = world.tenants.get(&call.access.caller.tenant_id).ok_or_else(GraphError::denied)?;
    let users: Result<Vec<_>, _> = tenant
        .users
        .iter()
        .skip(offset)
        .take(size)
        .map(|user| call.query.select(view::user(user, basic), "user"))
        .collect();
    let end = offset.saturating_add(size);
    let next = (end < tenant.users.len()).then(|| call.query.next_link("users", end));
    let context = match &call.query.select {
        Some(select) => format!("users({})", select.join(",")),
        None => "users".to_owned(),
    };
    Ok(Json(view::collection(&context, users?, next)).into_response())
}

/// `GET /users/{id or name}`
pub(super) fn read(graph: &Graph, call: &Call, key: &Key) -> Result<Response, GraphError> {
    let basic = permission(call)?;
    let world = graph.entra.directory.read();
    let tenant = world.tenants.get(&call.access.caller.tenant_id).ok_or_else(GraphError::denied)?;
    let name = key.name();
    let user = key.object_id().map_or_else(|| tenant.user_by_name(&name), |id| tenant.user(id));
    let user = user.ok_or_else(|| GraphError::not_found(&name))?;
    let user = call.query.select(view::user(user, basic), "user")?;
    Ok(Json(view::with_context("users/$entity", user)).into_response())
}

/// Whether the token shows basic profiles only; refused when it shows none.
fn permission(call: &Call) -> Result<bool, GraphError> {
    if call.access.has_any(&FULL) {
        Ok(false)
    } else if call.access.has_any(&["User.ReadBasic.All"]) {
        Ok(true)
    } else {
        Err(GraphError::denied())
    }
}
