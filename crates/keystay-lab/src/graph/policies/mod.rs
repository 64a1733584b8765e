//! `/policies`: what people may do, and what applications may have.

pub(super) mod app_management;
pub(super) mod assigned;
pub(super) mod authorization;
pub(super) mod own;
mod token_lifetime;

use serde_json::Value;
use uuid::Uuid;

use super::{
    Call, Graph,
    audit::{Activity, Event, POLICY, activity, change},
    odata::EntityType,
};
use crate::directory::{AuditTarget, World};

pub(super) use assigned::Assignable;

const UPDATE: Activity = activity(POLICY, "Update", "Update policy");
const ADD: Activity = activity(POLICY, "Add", "Add policy");
const DELETE: Activity = activity(POLICY, "Delete", "Delete policy");

/// A policy that is an object of its own.
const fn policy_type(name: &'static str) -> EntityType {
    EntityType { name, shown: &[], filters: &["id", "displayName", "isEnabled"], in_directory: false }
}

/// Writes a change of a policy down. A policy without an object id is known by its tenant's.
fn record(
    graph: &Graph,
    world: &mut World,
    call: &Call,
    activity: Activity,
    id: Option<Uuid>,
    name: &str,
    values: &(Value, Value),
) {
    let target = AuditTarget {
        id: id.unwrap_or(call.access.caller.tenant_id),
        display_name: name.to_owned(),
        kind: "Policy".to_owned(),
        changes: vec![change("PolicyDetail", &values.0, &values.1)],
    };
    graph.record(world, call, Event::new(activity, vec![target]));
}
