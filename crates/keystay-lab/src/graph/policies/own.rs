//! `/policies/{kind}`: policies that are objects of their own, whatever they are about.

use axum::response::Response;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{ADD, DELETE, UPDATE, record};
use crate::{
    directory::{Policies, Tenant},
    graph::{Call, Graph, access, error::GraphError, odata::EntityType, reply},
};

/// A kind of policy of which a tenant may have many.
pub(in crate::graph) trait Policy: Clone {
    /// The name of their collection.
    const SET: &'static str;
    const TYPE: EntityType;
    /// The property whose change the audit log tells.
    const AUDITED: &'static str;

    fn id(&self) -> Uuid;
    fn display_name(&self) -> &str;
    fn all(policies: &Policies) -> &Vec<Self>;
    fn all_mut(policies: &mut Policies) -> &mut Vec<Self>;
    /// Reads one as Graph shows it; also one that a PATCH has changed.
    fn parse(id: Uuid, body: &Value, tenant: &Tenant) -> Result<Self, GraphError>;
    /// The policy as Graph shows it.
    fn view(&self) -> Map<String, Value>;
}

/// The policy of a tenant with this id.
pub(super) fn find<P: Policy>(tenant: &Tenant, id: Uuid) -> Option<&P> {
    P::all(&tenant.policies).iter().find(|policy| policy.id() == id)
}

fn named<'a, P: Policy>(tenant: &'a Tenant, id: &str) -> Result<&'a P, GraphError> {
    Uuid::try_parse(id).ok().and_then(|id| find(tenant, id)).ok_or_else(|| GraphError::not_found(id))
}

/// `GET /policies/{kind}`
pub(in crate::graph) fn list<P: Policy>(graph: &Graph, call: &Call) -> Result<Response, GraphError> {
    let world = graph.entra.directory.read();
    call.access.require(&world, access::READ_APP_POLICIES)?;
    let all = P::all(&call.access.tenant(&world)?.policies).iter().map(P::view).collect();
    Ok(reply::ok(call.page(&P::TYPE, &format!("policies/{}", P::SET), all)?))
}

/// `GET /policies/{kind}/{id}`
pub(in crate::graph) fn read<P: Policy>(graph: &Graph, call: &Call, id: &str) -> Result<Response, GraphError> {
    let world = graph.entra.directory.read();
    call.access.require(&world, access::READ_APP_POLICIES)?;
    let policy: &P = named(call.access.tenant(&world)?, id)?;
    Ok(reply::ok(call.object(&P::TYPE, &entity::<P>(), policy.view())?))
}

/// `POST /policies/{kind}`
pub(in crate::graph) fn create<P: Policy>(graph: &Graph, call: &Call) -> Result<Response, GraphError> {
    let mut world = graph.entra.directory.write();
    call.access.require(&world, access::WRITE_APP_POLICIES)?;
    let policy = P::parse(graph.entra.directory.ids().fresh(), &call.body, call.access.tenant(&world)?)?;
    let (shown, location) = (policy.view(), format!("{}/{}", call.path, policy.id()));
    P::all_mut(&mut call.access.tenant_mut(&mut world)?.policies).push(policy.clone());
    let values = (Value::Null, shown[P::AUDITED].clone());
    record(graph, &mut world, call, ADD, Some(policy.id()), policy.display_name(), &values);
    Ok(reply::created(&location, call.in_context(&entity::<P>(), shown)))
}

/// `PATCH /policies/{kind}/{id}`: what it is about is as it says from now on.
pub(in crate::graph) fn update<P: Policy>(graph: &Graph, call: &Call, id: &str) -> Result<Response, GraphError> {
    let mut world = graph.entra.directory.write();
    call.access.require(&world, access::WRITE_APP_POLICIES)?;
    let tenant = call.access.tenant(&world)?;
    let old = named::<P>(tenant, id)?.clone();
    let new = P::parse(old.id(), &patched(old.view(), &call.body), tenant)?;
    let policies = P::all_mut(&mut call.access.tenant_mut(&mut world)?.policies);
    let place = policies.iter_mut().find(|policy| policy.id() == old.id()).ok_or_else(|| GraphError::not_found(id))?;
    *place = new.clone();
    let values = (old.view()[P::AUDITED].clone(), new.view()[P::AUDITED].clone());
    record(graph, &mut world, call, UPDATE, Some(new.id()), new.display_name(), &values);
    Ok(reply::no_content())
}

/// `DELETE /policies/{kind}/{id}`
pub(in crate::graph) fn delete<P: Policy>(graph: &Graph, call: &Call, id: &str) -> Result<Response, GraphError> {
    let mut world = graph.entra.directory.write();
    call.access.require(&world, access::WRITE_APP_POLICIES)?;
    let old = named::<P>(call.access.tenant(&world)?, id)?.clone();
    P::all_mut(&mut call.access.tenant_mut(&mut world)?.policies).retain(|policy| policy.id() != old.id());
    let values = (old.view()[P::AUDITED].clone(), Value::Null);
    record(graph, &mut world, call, DELETE, Some(old.id()), old.display_name(), &values);
    Ok(reply::no_content())
}

fn entity<P: Policy>() -> String {
    format!("policies/{}/$entity", P::SET)
}

/// The properties of an object that a PATCH sets, over those it has.
fn patched(mut old: Map<String, Value>, patch: &Value) -> Value {
    if let Some(patch) = patch.as_object() {
        old.extend(patch.iter().map(|(name, value)| (name.clone(), value.clone())));
    }
    Value::Object(old)
}
