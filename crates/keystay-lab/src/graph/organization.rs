//! `/organization` and `/domains`: the tenant itself.

use axum::response::Response;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{Call, Graph, access, error::GraphError, odata::EntityType, reply, view::object};
use crate::directory::Tenant;

const ORGANIZATION: EntityType =
    EntityType { name: "organization", shown: &[], filters: &["id", "displayName"], in_directory: true };
const DOMAIN: EntityType =
    EntityType { name: "domain", shown: &[], filters: &["id", "isDefault"], in_directory: false };

/// `GET /organization`: there is one.
pub(super) fn list(graph: &Graph, call: &Call) -> Result<Response, GraphError> {
    let world = graph.entra.directory.read();
    call.access.require(&world, access::READ_ORGANIZATION)?;
    let own = vec![organization(call.access.tenant(&world)?)];
    Ok(reply::ok(call.page(&ORGANIZATION, "organization", own)?))
}

/// `GET /organization/{id}`
pub(super) fn read(graph: &Graph, call: &Call, id: &str) -> Result<Response, GraphError> {
    let world = graph.entra.directory.read();
    call.access.require(&world, access::READ_ORGANIZATION)?;
    let tenant = call.access.tenant(&world)?;
    if Uuid::try_parse(id) != Ok(tenant.id) {
        return Err(GraphError::not_found(id));
    }
    Ok(reply::ok(call.object(&ORGANIZATION, "organization/$entity", organization(tenant))?))
}

/// `GET /domains`
pub(super) fn domains(graph: &Graph, call: &Call) -> Result<Response, GraphError> {
    let world = graph.entra.directory.read();
    call.access.require(&world, access::READ_DOMAINS)?;
    let tenant = call.access.tenant(&world)?;
    let all = tenant.domains.iter().map(|name| view(tenant, name)).collect();
    Ok(reply::ok(call.page(&DOMAIN, "domains", all)?))
}

/// `GET /domains/{name}`
pub(super) fn domain(graph: &Graph, call: &Call, name: &str) -> Result<Response, GraphError> {
    let world = graph.entra.directory.read();
    call.access.require(&world, access::READ_DOMAINS)?;
    let tenant = call.access.tenant(&world)?;
    let found = tenant.domains.iter().find(|one| one.eq_ignore_ascii_case(name));
    let found = found.ok_or_else(|| GraphError::not_found(name))?;
    Ok(reply::ok(call.object(&DOMAIN, "domains/$entity", view(tenant, found))?))
}

fn organization(tenant: &Tenant) -> Map<String, Value> {
    let domains = tenant.domains.iter().map(|name| {
        json!({
            "capabilities": "Email, OfficeCommunicationsOnline",
            "isDefault": name == tenant.default_domain(),
            "isInitial": is_initial(name),
            "name": name,
            "type": "Managed",
        })
    });
    object(json!({
        "id": tenant.id,
        "deletedDateTime": null,
        "businessPhones": [],
        "city": null,
        "country": null,
        "countryLetterCode": null,
        "createdDateTime": null,
        "displayName": tenant.display_name,
        "onPremisesSyncEnabled": null,
        "preferredLanguage": null,
        "technicalNotificationMails": [],
        "tenantType": "AAD",
        "assignedPlans": [],
        "provisionedPlans": [],
        "verifiedDomains": domains.collect::<Vec<_>>(),
    }))
}

fn view(tenant: &Tenant, name: &str) -> Map<String, Value> {
    object(json!({
        "id": name,
        "authenticationType": "Managed",
        "availabilityStatus": null,
        "isAdminManaged": true,
        "isDefault": name == tenant.default_domain(),
        "isInitial": is_initial(name),
        "isRoot": true,
        "isVerified": true,
        "supportedServices": [],
        "state": null,
    }))
}

/// The name every tenant is born with.
fn is_initial(name: &str) -> bool {
    name.ends_with(".onmicrosoft.com")
}
