//! `/auditLogs/directoryAudits`: who changed what. Every change that Graph makes writes its record here.

use axum::response::Response;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    Call, Graph, access,
    credentials::Target,
    error::GraphError,
    odata::EntityType,
    reply,
    view::{moment, object},
};
use crate::directory::{AuditChange, AuditRecord, AuditTarget, Initiator, World};

const TYPE: EntityType = EntityType {
    name: "directoryAudit",
    shown: &[],
    filters: &[
        "id",
        "category",
        "correlationId",
        "result",
        "activityDisplayName",
        "activityDateTime",
        "loggedByService",
        "operationType",
        "initiatedBy/user/id",
        "initiatedBy/user/displayName",
        "initiatedBy/user/userPrincipalName",
        "initiatedBy/app/appId",
        "initiatedBy/app/displayName",
        "targetResources",
    ],
    in_directory: false,
};

/// What was done, in the words of the audit log, and to which kind of object.
#[derive(Clone, Copy, Debug)]
pub(super) struct Activity {
    name: &'static str,
    category: &'static str,
    operation: &'static str,
}

/// Names an activity.
pub(super) const fn activity(category: &'static str, operation: &'static str, name: &'static str) -> Activity {
    Activity { name, category, operation }
}

pub(super) const APPLICATIONS: &str = "ApplicationManagement";
pub(super) const GROUPS: &str = "GroupManagement";
pub(super) const USERS: &str = "UserManagement";
pub(super) const POLICY: &str = "Policy";

pub(super) const UPDATE_APPLICATION: Activity = activity(APPLICATIONS, "Update", "Update application");
/// The dash and the blank at the end are the service's.
pub(super) const CREDENTIALS: Activity =
    activity(APPLICATIONS, "Update", "Update application – Certificates and secrets management ");
const PRINCIPAL_CREDENTIALS: Activity = activity(APPLICATIONS, "Update", "Add service principal credentials");

/// A change to be recorded.
#[derive(Debug)]
pub(super) struct Event {
    activity: Activity,
    targets: Vec<AuditTarget>,
}

impl Event {
    pub(super) fn new(activity: Activity, targets: Vec<AuditTarget>) -> Self {
        Self { activity, targets }
    }

    /// One property of an application or a service principal has a new value.
    pub(super) fn update(target: &Target, activity: Activity, property: &str, old: &Value, new: &Value) -> Self {
        Self::new(activity, vec![target.audited(vec![change(property, old, new), included(&[property])])])
    }
}

/// A property before and after.
pub(super) fn change(property: &str, old: &Value, new: &Value) -> AuditChange {
    let text = |value: &Value| (!value.is_null()).then(|| value.to_string());
    AuditChange { property: property.to_owned(), old: text(old), new: text(new) }
}

/// The names of all properties that changed, as the log lists them beside the values.
pub(super) fn included(properties: &[&str]) -> AuditChange {
    change("Included Updated Properties", &Value::Null, &properties.join(", ").into())
}

impl Graph {
    /// Writes a change down in the log of the caller's tenant.
    pub(super) fn record(&self, world: &mut World, call: &Call, event: Event) {
        let caller = &call.access.caller;
        let initiator = if let Some(person) = call.access.person(world) {
            Initiator::Person { id: person.id, user_principal_name: person.user_principal_name.clone() }
        } else {
            let tenant = world.tenants.get(&caller.tenant_id);
            let principal = tenant.and_then(|tenant| tenant.principal_by_object(caller.object_id));
            let display_name = principal.map(|one| one.display_name.clone()).unwrap_or_default();
            Initiator::App { app_id: caller.app_id, principal_id: caller.object_id, display_name }
        };
        let Ok(tenant) = call.access.tenant_mut(world) else { return };
        // A change of a service principal's credentials goes by another name.
        let of_principal = event.targets.first().is_some_and(|target| target.kind == "ServicePrincipal");
        let credentials = event.activity.name == CREDENTIALS.name;
        let activity = if credentials && of_principal { PRINCIPAL_CREDENTIALS } else { event.activity };
        tenant.audit.add(AuditRecord {
            id: self.entra.directory.ids().fresh(),
            at: self.entra.clock.now().into(),
            activity: activity.name.to_owned(),
            category: activity.category.to_owned(),
            operation: activity.operation.to_owned(),
            initiator,
            targets: event.targets,
            correlation_id: call.id,
        });
    }
}

/// `GET /auditLogs/directoryAudits`: the newest come first.
pub(super) fn list(graph: &Graph, call: &Call) -> Result<Response, GraphError> {
    let world = graph.entra.directory.read();
    require(&world, call)?;
    let all = call.access.tenant(&world)?.audit.newest_first().map(view).collect();
    Ok(reply::ok(call.page(&TYPE, "auditLogs/directoryAudits", all)?))
}

/// `GET /auditLogs/directoryAudits/{id}`
pub(super) fn read(graph: &Graph, call: &Call, id: &str) -> Result<Response, GraphError> {
    let world = graph.entra.directory.read();
    require(&world, call)?;
    let mut all = call.access.tenant(&world)?.audit.newest_first();
    let found = all.find(|record| Uuid::try_parse(id) == Ok(record.id)).ok_or_else(|| GraphError::not_found(id))?;
    Ok(reply::ok(call.object(&TYPE, "auditLogs/directoryAudits/$entity", view(found))?))
}

fn require(world: &World, call: &Call) -> Result<(), GraphError> {
    let allowed = call.access.has(world, access::READ_AUDIT);
    if allowed { Ok(()) } else { Err(GraphError::permission_missing("AuditLog.Read.All")) }
}

fn view(record: &AuditRecord) -> Map<String, Value> {
    let (user, app) = match &record.initiator {
        Initiator::Person { id, user_principal_name } => {
            let user = json!({
                "id": id,
                "displayName": null,
                "userPrincipalName": user_principal_name,
                "ipAddress": "127.0.0.1",
            });
            (user, Value::Null)
        }
        Initiator::App { app_id, principal_id, display_name } => {
            let app = json!({
                "appId": app_id,
                "displayName": display_name,
                "servicePrincipalId": principal_id,
                "servicePrincipalName": null,
            });
            (Value::Null, app)
        }
    };
    let targets = record.targets.iter().map(|target| {
        let changes = target
            .changes
            .iter()
            .map(|change| json!({ "displayName": change.property, "oldValue": change.old, "newValue": change.new }));
        json!({
            "id": target.id,
            "displayName": target.display_name,
            "type": target.kind,
            "userPrincipalName": null,
            "groupType": null,
            "modifiedProperties": changes.collect::<Vec<_>>(),
        })
    });
    object(json!({
        "id": record.id,
        "category": record.category,
        "correlationId": record.correlation_id,
        "result": "success",
        "resultReason": "",
        "activityDisplayName": record.activity,
        "activityDateTime": moment(record.at),
        "loggedByService": "Core Directory",
        "operationType": record.operation,
        "initiatedBy": { "user": user, "app": app },
        "targetResources": targets.collect::<Vec<_>>(),
        "additionalDetails": [],
    }))
}
