//! `/policies/tokenLifetimePolicies`

use axum::response::Response;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{ADD, DELETE, UPDATE, patched, policy_type, record};
use crate::{
    directory::{Tenant, TokenLifetimePolicy, access_token_secs},
    graph::{Call, Graph, access, body::Body, error::GraphError, odata::EntityType, reply, view::object},
};

pub(super) const TYPE: EntityType = policy_type("tokenLifetimePolicy");

/// `GET /policies/tokenLifetimePolicies`
pub(in crate::graph) fn list(graph: &Graph, call: &Call) -> Result<Response, GraphError> {
    let world = graph.entra.directory.read();
    call.access.require(&world, access::READ_APP_POLICIES)?;
    let all = call.access.tenant(&world)?.policies.token_lifetime.iter().map(view).collect();
    Ok(reply::ok(call.page(&TYPE, "policies/tokenLifetimePolicies", all)?))
}

/// `GET /policies/tokenLifetimePolicies/{id}`
pub(in crate::graph) fn read(graph: &Graph, call: &Call, id: &str) -> Result<Response, GraphError> {
    let world = graph.entra.directory.read();
    call.access.require(&world, access::READ_APP_POLICIES)?;
    let policy = find(call.access.tenant(&world)?, id)?;
    Ok(reply::ok(call.object(&TYPE, "policies/tokenLifetimePolicies/$entity", view(policy))?))
}

/// `POST /policies/tokenLifetimePolicies`
pub(in crate::graph) fn create(graph: &Graph, call: &Call) -> Result<Response, GraphError> {
    let mut world = graph.entra.directory.write();
    call.access.require(&world, access::WRITE_APP_POLICIES)?;
    let policy = parse(graph.entra.directory.ids().fresh(), &call.body, call.access.tenant(&world)?)?;
    let (shown, location) = (view(&policy), format!("{}/{}", call.path, policy.id));
    let (id, name) = (policy.id, policy.display_name.clone());
    call.access.tenant_mut(&mut world)?.policies.token_lifetime.push(policy);
    let values = (Value::Null, shown["definition"].clone());
    record(graph, &mut world, call, ADD, Some(id), &name, &values);
    Ok(reply::created(&location, call.in_context("policies/tokenLifetimePolicies/$entity", shown)))
}

/// `PATCH /policies/tokenLifetimePolicies/{id}`: tokens issued from now on live as it says.
pub(in crate::graph) fn update(graph: &Graph, call: &Call, id: &str) -> Result<Response, GraphError> {
    let mut world = graph.entra.directory.write();
    call.access.require(&world, access::WRITE_APP_POLICIES)?;
    let tenant = call.access.tenant(&world)?;
    let old = find(tenant, id)?.clone();
    let new = parse(old.id, &patched(view(&old), &call.body), tenant)?;
    let values = (json!(old.definition), json!(new.definition));
    let name = new.display_name.clone();
    let policies = &mut call.access.tenant_mut(&mut world)?.policies.token_lifetime;
    let place = policies.iter_mut().find(|policy| policy.id == old.id).ok_or_else(|| GraphError::not_found(id))?;
    *place = new;
    record(graph, &mut world, call, UPDATE, Some(old.id), &name, &values);
    Ok(reply::no_content())
}

/// `DELETE /policies/tokenLifetimePolicies/{id}`
pub(in crate::graph) fn delete(graph: &Graph, call: &Call, id: &str) -> Result<Response, GraphError> {
    let mut world = graph.entra.directory.write();
    call.access.require(&world, access::WRITE_APP_POLICIES)?;
    let old = find(call.access.tenant(&world)?, id)?.clone();
    call.access.tenant_mut(&mut world)?.policies.token_lifetime.retain(|policy| policy.id != old.id);
    let values = (json!(old.definition), Value::Null);
    record(graph, &mut world, call, DELETE, Some(old.id), &old.display_name, &values);
    Ok(reply::no_content())
}

fn find<'a>(tenant: &'a Tenant, id: &str) -> Result<&'a TokenLifetimePolicy, GraphError> {
    let wanted = Uuid::try_parse(id).ok();
    let mut all = tenant.policies.token_lifetime.iter();
    all.find(|policy| Some(policy.id) == wanted).ok_or_else(|| GraphError::not_found(id))
}

fn parse(id: Uuid, body: &Value, tenant: &Tenant) -> Result<TokenLifetimePolicy, GraphError> {
    let body = Body::of("TokenLifetimePolicy", body)?;
    let known = ["id", "deletedDateTime", "displayName", "description", "definition", "isOrganizationDefault"];
    if let Some((name, _)) = body.properties().find(|(name, _)| !known.contains(name)) {
        return Err(body.not_played(name));
    }
    let definition = body.as_texts("definition", body.get("definition").unwrap_or(&Value::Null))?;
    let [text] = definition.as_slice() else { return Err(body.invalid("definition")) };
    access_token_secs(text)
        .map_err(|reason| GraphError::bad_request(format!("The policy definition is not valid: {reason}.")))?;
    let is_organization_default = match body.get("isOrganizationDefault") {
        Some(value) => body.as_switch("isOrganizationDefault", value)?,
        None => false,
    };
    let other = |policy: &TokenLifetimePolicy| policy.is_organization_default && policy.id != id;
    if is_organization_default && tenant.policies.token_lifetime.iter().any(other) {
        return Err(GraphError::bad_request("The organization has a default token lifetime policy already."));
    }
    Ok(TokenLifetimePolicy {
        id,
        display_name: body.required("displayName")?.to_owned(),
        description: body.text("description")?,
        definition,
        is_organization_default,
    })
}

/// A policy as Graph shows it.
pub(super) fn view(policy: &TokenLifetimePolicy) -> Map<String, Value> {
    object(json!({
        "id": policy.id,
        "deletedDateTime": null,
        "displayName": policy.display_name,
        "description": policy.description,
        "definition": policy.definition,
        "isOrganizationDefault": policy.is_organization_default,
    }))
}
