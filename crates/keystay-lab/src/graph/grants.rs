//! `/oauth2PermissionGrants`: delegated permissions.

use axum::response::Response;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    Call, Graph, access,
    audit::{APPLICATIONS, Event, activity, change},
    body::Body,
    credentials::Target,
    error::GraphError,
    odata::EntityType,
    principals::{self, Found},
    reply,
    view::object,
};
use crate::directory::{DelegatedGrant, World};

const TYPE: EntityType = EntityType {
    name: "oAuth2PermissionGrant",
    shown: &[],
    filters: &["id", "clientId", "consentType", "principalId", "resourceId", "scope"],
    in_directory: false,
};

/// `GET /oauth2PermissionGrants`
pub(super) fn list(graph: &Graph, call: &Call) -> Result<Response, GraphError> {
    page(graph, call, "oauth2PermissionGrants", |_| true)
}

/// `GET /servicePrincipals/{id}/oauth2PermissionGrants`
pub(super) fn of_client(graph: &Graph, call: &Call, key: &str) -> Result<Response, GraphError> {
    let client = {
        let world = graph.entra.directory.read();
        let tenant = call.access.tenant(&world)?;
        principals::find(tenant, key)?.id(tenant.id)
    };
    page(graph, call, "oauth2PermissionGrants", |grant| grant.client == client)
}

fn page(
    graph: &Graph,
    call: &Call,
    context: &str,
    wanted: impl Fn(&DelegatedGrant) -> bool,
) -> Result<Response, GraphError> {
    let world = graph.entra.directory.read();
    call.access.require(&world, access::READ_GRANTS)?;
    let all = call.access.tenant(&world)?.delegated_grants.iter().filter(|grant| wanted(grant)).map(view).collect();
    Ok(reply::ok(call.page(&TYPE, context, all)?))
}

/// `GET /oauth2PermissionGrants/{id}`
pub(super) fn read(graph: &Graph, call: &Call, id: &str) -> Result<Response, GraphError> {
    let world = graph.entra.directory.read();
    call.access.require(&world, access::READ_GRANTS)?;
    let mut grants = call.access.tenant(&world)?.delegated_grants.iter();
    let found = grants.find(|grant| is(grant, id)).ok_or_else(|| GraphError::not_found(id))?;
    Ok(reply::ok(call.object(&TYPE, "oauth2PermissionGrants/$entity", view(found))?))
}

/// `POST /oauth2PermissionGrants`
pub(super) fn create(graph: &Graph, call: &Call) -> Result<Response, GraphError> {
    let body = Body::of("OAuth2PermissionGrant", &call.body)?;
    let mut world = graph.entra.directory.write();
    call.access.require(&world, access::WRITE_GRANTS)?;
    let tenant = call.access.tenant(&world)?;
    let person = match body.required("consentType")? {
        "AllPrincipals" => None,
        "Principal" => {
            let person = body.id("principalId")?;
            Some(tenant.user(person).ok_or_else(|| GraphError::not_found(person))?.id)
        }
        _ => return Err(body.invalid("consentType")),
    };
    let Found::Stored(client) = principals::find(tenant, &body.id("clientId")?.to_string())? else {
        return Err(GraphError::denied());
    };
    let target = Target::of_principal(&world, client);
    let resource = principals::find(tenant, &body.id("resourceId")?.to_string())?.id(tenant.id);
    let grant = DelegatedGrant {
        id: graph.entra.directory.ids().fresh(),
        client: target.id,
        resource,
        person,
        scopes: scopes(body)?,
    };
    let same = |one: &DelegatedGrant| (one.client, one.resource, one.person) == (grant.client, resource, person);
    if tenant.delegated_grants.iter().any(same) {
        return Err(GraphError::conflict("Permission entry already exists."));
    }
    let (shown, location) = (view(&grant), format!("{}/{}", call.path, grant.id));
    call.access.tenant_mut(&mut world)?.delegated_grants.push(grant);
    record(graph, &mut world, call, "Add delegated permission grant", &target, &Value::Null, &shown["scope"]);
    Ok(reply::created(&location, call.in_context("oauth2PermissionGrants/$entity", shown)))
}

/// `PATCH /oauth2PermissionGrants/{id}`: the permissions.
pub(super) fn update(graph: &Graph, call: &Call, id: &str) -> Result<Response, GraphError> {
    let body = Body::of("OAuth2PermissionGrant", &call.body)?;
    if let Some((name, _)) = body.properties().find(|(name, _)| *name != "scope") {
        return Err(body.not_played(name));
    }
    let new = scopes(body)?;
    change_one(graph, call, id, "Add delegated permission grant", |grants, place| grants[place].scopes.clone_from(&new))
}

/// `DELETE /oauth2PermissionGrants/{id}`
pub(super) fn delete(graph: &Graph, call: &Call, id: &str) -> Result<Response, GraphError> {
    change_one(graph, call, id, "Remove delegated permission grant", |grants, place| drop(grants.remove(place)))
}

fn change_one(
    graph: &Graph,
    call: &Call,
    id: &str,
    activity: &'static str,
    change: impl FnOnce(&mut Vec<DelegatedGrant>, usize),
) -> Result<Response, GraphError> {
    let mut world = graph.entra.directory.write();
    call.access.require(&world, access::WRITE_GRANTS)?;
    let tenant = call.access.tenant(&world)?;
    let place = tenant.delegated_grants.iter().position(|grant| is(grant, id));
    let place = place.ok_or_else(|| GraphError::not_found(id))?;
    let old = tenant.delegated_grants[place].scopes.join(" ");
    let client = tenant.principal_by_object(tenant.delegated_grants[place].client);
    let target = client.map(|client| Target::of_principal(&world, client)).ok_or_else(|| GraphError::not_found(id))?;
    let grants = &mut call.access.tenant_mut(&mut world)?.delegated_grants;
    change(grants, place);
    let new = grants.get(place).filter(|grant| is(grant, id)).map(|grant| grant.scopes.join(" "));
    record(graph, &mut world, call, activity, &target, &old.into(), &new.into());
    Ok(reply::no_content())
}

fn record(
    graph: &Graph,
    world: &mut World,
    call: &Call,
    name: &'static str,
    target: &Target,
    old: &Value,
    new: &Value,
) {
    let changes = vec![change("DelegatedPermissionGrant.Scope", old, new)];
    graph.record(world, call, Event::new(activity(APPLICATIONS, "Assign", name), vec![target.audited(changes)]));
}

fn scopes(body: Body<'_>) -> Result<Vec<String>, GraphError> {
    let text = body.text("scope")?.unwrap_or_default();
    Ok(text.split_whitespace().map(str::to_owned).collect())
}

fn is(grant: &DelegatedGrant, id: &str) -> bool {
    Uuid::try_parse(id) == Ok(grant.id)
}

fn view(grant: &DelegatedGrant) -> Map<String, Value> {
    object(json!({
        "id": grant.id,
        "clientId": grant.client,
        "consentType": if grant.person.is_some() { "Principal" } else { "AllPrincipals" },
        "principalId": grant.person,
        "resourceId": grant.resource,
        "scope": grant.scopes.join(" "),
    }))
}
