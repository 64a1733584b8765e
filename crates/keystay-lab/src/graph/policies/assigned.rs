//! Policies of single applications and service principals: one of a kind each.

use axum::response::Response;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::own::{self, Policy};
use crate::{
    directory::{AppManagementPolicy, Tenant, TokenLifetimePolicy, World},
    graph::{
        Call, Graph, access,
        address::object_id,
        audit::{APPLICATIONS, Event, activity, change},
        body::reference,
        credentials::{Holder, Target},
        directory_objects::typed,
        error::GraphError,
        odata::{DIRECTORY_OBJECT, EntityType},
        reply,
    },
};

/// A kind of policy that is assigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::graph) enum Assignable {
    TokenLifetime,
    AppManagement,
}

impl Assignable {
    fn set(self) -> &'static str {
        match self {
            Self::TokenLifetime => TokenLifetimePolicy::SET,
            Self::AppManagement => AppManagementPolicy::SET,
        }
    }

    fn kind(self) -> EntityType {
        match self {
            Self::TokenLifetime => TokenLifetimePolicy::TYPE,
            Self::AppManagement => AppManagementPolicy::TYPE,
        }
    }

    fn view(self, tenant: &Tenant, id: Uuid) -> Option<Map<String, Value>> {
        match self {
            Self::TokenLifetime => own::find(tenant, id).map(TokenLifetimePolicy::view),
            Self::AppManagement => own::find(tenant, id).map(AppManagementPolicy::view),
        }
    }
}

/// `GET …/tokenLifetimePolicies`, `…/appManagementPolicies`
pub(in crate::graph) fn list(
    graph: &Graph,
    call: &Call,
    holder: Holder,
    key: &str,
    kind: Assignable,
) -> Result<Response, GraphError> {
    let world = graph.entra.directory.read();
    call.access.require(&world, access::READ_APP_POLICIES)?;
    let target = Target::find(&world, call, holder, key)?;
    let tenant = call.access.tenant(&world)?;
    let policies = match holder {
        Holder::Application => {
            world.applications.get(&target.app_id).map(|app| (app.token_lifetime_policy, app.app_management_policy))
        }
        Holder::Principal => {
            let principal = tenant.principals.get(&target.app_id);
            principal.map(|one| (one.token_lifetime_policy, one.app_management_policy))
        }
    };
    let assigned = policies.and_then(|(token_lifetime, app_management)| match kind {
        Assignable::TokenLifetime => token_lifetime,
        Assignable::AppManagement => app_management,
    });
    let shown = assigned.and_then(|id| kind.view(tenant, id)).into_iter().collect();
    let context = format!("{}('{}')/{}", holder.set(), target.id, kind.set());
    Ok(reply::ok(call.page(&kind.kind(), &context, shown)?))
}

/// `POST …/{policies}/$ref`: an object has one policy of a kind.
pub(in crate::graph) fn add(
    graph: &Graph,
    call: &Call,
    holder: Holder,
    key: &str,
    kind: Assignable,
) -> Result<Response, GraphError> {
    let policy = reference(&call.body)?;
    assign(graph, call, holder, key, kind, policy, |assigned| match assigned {
        Some(one) if *one == policy => Err(GraphError::exists(kind.set())),
        Some(_) => Err(GraphError::bad_request(format!("The object has a policy in '{}' already.", kind.set()))),
        None => {
            *assigned = Some(policy);
            Ok(())
        }
    })
}

/// `DELETE …/{policies}/{id}/$ref`
pub(in crate::graph) fn remove(
    graph: &Graph,
    call: &Call,
    holder: Holder,
    key: &str,
    kind: Assignable,
    id: &str,
) -> Result<Response, GraphError> {
    let policy = object_id(id)?;
    assign(graph, call, holder, key, kind, policy, |assigned| {
        if *assigned != Some(policy) {
            return Err(GraphError::not_found(policy));
        }
        *assigned = None;
        Ok(())
    })
}

fn assign(
    graph: &Graph,
    call: &Call,
    holder: Holder,
    key: &str,
    kind: Assignable,
    policy: Uuid,
    set: impl FnOnce(&mut Option<Uuid>) -> Result<(), GraphError>,
) -> Result<Response, GraphError> {
    let mut world = graph.entra.directory.write();
    call.access.require(&world, access::WRITE_APP_POLICIES)?;
    let target = Target::find(&world, call, holder, key)?;
    target.require_change(&world, call)?;
    let known = kind.view(call.access.tenant(&world)?, policy);
    known.ok_or_else(|| GraphError::not_found(policy))?;
    let assigned = place(&mut world, call, &target, kind)?;
    let old = *assigned;
    set(assigned)?;
    let new = *assigned;
    let text = |id: Option<Uuid>| id.map_or(Value::Null, |id| id.to_string().into());
    let name = match (holder, new.is_some()) {
        (Holder::Application, true) => "Add policy to application",
        (Holder::Application, false) => "Remove policy from application",
        (Holder::Principal, true) => "Add policy to service principal",
        (Holder::Principal, false) => "Remove policy from service principal",
    };
    let operation = if new.is_some() { "Assign" } else { "Unassign" };
    let changes = vec![change("Policy.ObjectID", &text(old), &text(new))];
    let event = Event::new(activity(APPLICATIONS, operation, name), vec![target.audited(changes)]);
    graph.record(&mut world, call, event);
    Ok(reply::no_content())
}

fn place<'a>(
    world: &'a mut World,
    call: &Call,
    target: &Target,
    kind: Assignable,
) -> Result<&'a mut Option<Uuid>, GraphError> {
    let gone = |_| GraphError::not_found(target.id);
    Ok(match target.holder {
        Holder::Application => {
            let app = world.application_mut(target.app_id).map_err(gone)?;
            match kind {
                Assignable::TokenLifetime => &mut app.token_lifetime_policy,
                Assignable::AppManagement => &mut app.app_management_policy,
            }
        }
        Holder::Principal => {
            let tenant = call.access.caller.tenant_id;
            let principal = world.principal_mut(target.app_id, tenant).map_err(gone)?;
            match kind {
                Assignable::TokenLifetime => &mut principal.token_lifetime_policy,
                Assignable::AppManagement => &mut principal.app_management_policy,
            }
        }
    })
}

/// `GET /policies/{kind}/{id}/appliesTo`
pub(in crate::graph) fn applies_to(graph: &Graph, call: &Call, id: &str) -> Result<Response, GraphError> {
    let world = graph.entra.directory.read();
    call.access.require(&world, access::READ_APP_POLICIES)?;
    let (tenant, id) = (call.access.tenant(&world)?, object_id(id)?);
    let kinds = [Assignable::TokenLifetime, Assignable::AppManagement];
    if !kinds.into_iter().any(|kind| kind.view(tenant, id).is_some()) {
        return Err(GraphError::not_found(id));
    }
    let has = |one: [Option<Uuid>; 2]| one.contains(&Some(id));
    let apps = world
        .applications
        .values()
        .filter(|app| app.home_tenant == tenant.id && has([app.token_lifetime_policy, app.app_management_policy]));
    let principals =
        tenant.principals.values().filter(|one| has([one.token_lifetime_policy, one.app_management_policy]));
    let ids = apps.map(|app| app.id).chain(principals.map(|one| one.id));
    let objects = ids.filter_map(|id| typed(&world, tenant, id)).collect();
    Ok(reply::ok(call.page(&DIRECTORY_OBJECT, "directoryObjects", objects)?))
}
