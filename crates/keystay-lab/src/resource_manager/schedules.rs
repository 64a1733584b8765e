//! Privileged Identity Management: who may activate a role, and who has one.

use axum::response::Response;
use serde_json::{Value, json};

use super::{
    call::{Call, moment},
    error::ArmError,
    filter::Filter,
    role_assignments::{check_place, definition_id},
};
use crate::authorization::Assignment;

pub(super) fn dispatch(call: &Call<'_>, kind: &str, rest: &[&str]) -> Result<Response, ArmError> {
    if call.method != "GET" || rest.len() != 1 {
        return Err(call.unknown());
    }
    check_place(call)?;
    let eligible = kind == "roleeligibilityscheduleinstances";
    // PIM's lists ask for the right to read assignments
    call.require("Microsoft.Authorization/roleAssignments/read", &call.address.scope)?;
    let wanted = Filter::parse(call.query.get("$filter"))?.test(call);
    let found = if eligible { call.authorization().eligible(wanted) } else { call.authorization().assignments(wanted) };
    call.page(found.iter().map(|one| view(call, one, eligible)).collect())
}

fn view(call: &Call<'_>, assignment: &Assignment, eligible: bool) -> Value {
    let (kind, schedule) = if eligible {
        ("roleEligibilityScheduleInstances", "roleEligibilitySchedules")
    } else {
        ("roleAssignmentScheduleInstances", "roleAssignmentSchedules")
    };
    let scope = assignment.scope.path().trim_end_matches('/');
    let address = |kind: &str| format!("{scope}/providers/Microsoft.Authorization/{kind}/{}", assignment.name);
    let inherited = assignment.scope != call.address.scope;
    let role = call.authorization().definition(assignment.role);
    let mut properties = json!({
        "scope": assignment.scope.path(),
        "roleDefinitionId": definition_id(assignment, &call.address.scope),
        "principalId": assignment.principal,
        "principalType": assignment.principal_type,
        "status": "Provisioned",
        "memberType": if inherited { "Inherited" } else { "Direct" },
        "startDateTime": moment(assignment.created),
        "endDateTime": null,
        "createdOn": moment(assignment.created),
        "condition": assignment.condition,
        "conditionVersion": assignment.condition_version,
        "expandedProperties": {
            "principal": { "id": assignment.principal, "type": assignment.principal_type },
            "roleDefinition": {
                "id": definition_id(assignment, &call.address.scope),
                "displayName": role.map(|role| role.name),
            },
            "scope": { "id": assignment.scope.path() },
        },
    });
    if eligible {
        properties["roleEligibilityScheduleId"] = address(schedule).into();
    } else {
        properties["roleAssignmentScheduleId"] = address(schedule).into();
        properties["originRoleAssignmentId"] = assignment.id().into();
        properties["assignmentType"] = "Assigned".into();
    }
    json!({
        "id": address(kind),
        "type": format!("Microsoft.Authorization/{kind}"),
        "name": assignment.name,
        "properties": properties,
    })
}
