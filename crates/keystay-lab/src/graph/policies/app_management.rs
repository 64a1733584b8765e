//! `/policies/defaultAppManagementPolicy`, and the policies for applications it is not to hold for.

use axum::response::Response;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{UPDATE, own::Policy, policy_type, record};
use crate::{
    directory::{
        AppManagementPolicy, DefaultAppManagement, Policies, Restriction, Restrictions, Tenant, derived_id, iso8601,
    },
    graph::{
        Call, Graph, access,
        body::Body,
        error::GraphError,
        odata::EntityType,
        reply,
        view::{moment, object},
    },
};

const DEFAULT: EntityType = policy_type("tenantAppManagementPolicy");
const DEFAULT_NAME: &str = "Default app management tenant policy";

/// `GET /policies/defaultAppManagementPolicy`
pub(in crate::graph) fn read_default(graph: &Graph, call: &Call) -> Result<Response, GraphError> {
    let world = graph.entra.directory.read();
    call.access.require(&world, access::READ_APP_POLICIES)?;
    let policy = view_default(call.access.tenant(&world)?);
    Ok(reply::ok(call.object(&DEFAULT, "policies/defaultAppManagementPolicy/$entity", policy)?))
}

/// `PATCH /policies/defaultAppManagementPolicy`
pub(in crate::graph) fn update_default(graph: &Graph, call: &Call) -> Result<Response, GraphError> {
    let body = Body::of("TenantAppManagementPolicy", &call.body)?;
    let mut world = graph.entra.directory.write();
    call.access.require(&world, access::WRITE_APP_POLICIES)?;
    let tenant = call.access.tenant(&world)?;
    let old = view_default(tenant);
    let mut policy = tenant.policies.default_app_management.clone();
    let DefaultAppManagement { enabled, applications, principals } = &mut policy;
    for (name, value) in body.properties() {
        match name {
            "isEnabled" => *enabled = body.as_switch(name, value)?,
            "applicationRestrictions" => *applications = restrictions(value)?,
            "servicePrincipalRestrictions" => *principals = restrictions(value)?,
            _ if old.get(name) == Some(value) => {}
            _ => return Err(body.not_played(name)),
        }
    }
    let tenant = call.access.tenant_mut(&mut world)?;
    tenant.policies.default_app_management = policy;
    let values = (Value::Object(old), Value::Object(view_default(tenant)));
    record(graph, &mut world, call, UPDATE, None, DEFAULT_NAME, &values);
    Ok(reply::no_content())
}

impl Policy for AppManagementPolicy {
    const SET: &'static str = "appManagementPolicies";
    const TYPE: EntityType = policy_type("appManagementPolicy");
    const AUDITED: &'static str = "restrictions";

    fn id(&self) -> Uuid {
        self.id
    }

    fn display_name(&self) -> &str {
        &self.display_name
    }

    fn all(policies: &Policies) -> &Vec<Self> {
        &policies.app_management
    }

    fn all_mut(policies: &mut Policies) -> &mut Vec<Self> {
        &mut policies.app_management
    }

    fn parse(id: Uuid, body: &Value, _tenant: &Tenant) -> Result<Self, GraphError> {
        let body = Body::of("AppManagementPolicy", body)?;
        let known = ["id", "deletedDateTime", "displayName", "description", "isEnabled", "restrictions"];
        if let Some((name, _)) = body.properties().find(|(name, _)| !known.contains(name)) {
            return Err(body.not_played(name));
        }
        let enabled = body.get("isEnabled").map(|value| body.as_switch("isEnabled", value)).transpose()?;
        Ok(Self {
            id,
            display_name: body.required("displayName")?.to_owned(),
            description: body.text("description")?,
            enabled: enabled.unwrap_or(false),
            restrictions: body.get("restrictions").map(restrictions).transpose()?.unwrap_or_default(),
        })
    }

    fn view(&self) -> Map<String, Value> {
        object(json!({
            "id": self.id,
            "deletedDateTime": null,
            "displayName": self.display_name,
            "description": self.description,
            "isEnabled": self.enabled,
            "restrictions": view_restrictions(&self.restrictions),
        }))
    }
}

/// The restrictions the lab enforces, and those it keeps and shows only.
const PASSWORDS: [&str; 5] =
    ["passwordAddition", "passwordLifetime", "symmetricKeyAddition", "symmetricKeyLifetime", "customPasswordAddition"];
const KEYS: [&str; 1] = ["asymmetricKeyLifetime"];

fn restrictions(value: &Value) -> Result<Restrictions, GraphError> {
    let body = Body::of("AppManagementConfiguration", value)?;
    let mut restrictions = Restrictions::default();
    for (name, value) in body.properties() {
        let list = |kinds: &[&str]| {
            let entries = body.as_list(name, value)?;
            entries.iter().map(|entry| restriction(entry, kinds)).collect::<Result<Vec<_>, GraphError>>()
        };
        match name {
            "passwordCredentials" => restrictions.passwords = list(&PASSWORDS)?,
            "keyCredentials" => restrictions.keys = list(&KEYS)?,
            _ if value.is_null() => {}
            _ => return Err(body.not_played(name)),
        }
    }
    Ok(restrictions)
}

fn restriction(entry: &Value, kinds: &[&str]) -> Result<Restriction, GraphError> {
    let body = Body::of("CredentialConfiguration", entry)?;
    let kind = body.required("restrictionType")?;
    if !kinds.contains(&kind) {
        return Err(body.not_played(&format!("restrictionType eq '{kind}'")));
    }
    let max_lifetime = body.text("maxLifetime")?;
    let wanted = kind.ends_with("Lifetime");
    if wanted != max_lifetime.is_some() || max_lifetime.as_deref().is_some_and(|text| iso8601(text).is_none()) {
        return Err(body.invalid("maxLifetime"));
    }
    let enabled = match body.text("state")?.as_deref() {
        None | Some("enabled") => true,
        Some("disabled") => false,
        Some(_) => return Err(body.invalid("state")),
    };
    let created_after = body.moment("restrictForAppsCreatedAfterDateTime")?;
    Ok(Restriction { kind: kind.to_owned(), enabled, max_lifetime, created_after })
}

fn view_restrictions(restrictions: &Restrictions) -> Value {
    let list = |all: &[Restriction]| {
        let one = |one: &Restriction| {
            json!({
                "restrictionType": one.kind,
                "state": if one.enabled { "enabled" } else { "disabled" },
                "maxLifetime": one.max_lifetime,
                "restrictForAppsCreatedAfterDateTime": one.created_after.map(moment),
            })
        };
        all.iter().map(one).collect::<Value>()
    };
    json!({ "passwordCredentials": list(&restrictions.passwords), "keyCredentials": list(&restrictions.keys) })
}

fn view_default(tenant: &Tenant) -> Map<String, Value> {
    let policy = &tenant.policies.default_app_management;
    object(json!({
        "id": derived_id(&[b"default app management policy", tenant.id.as_bytes()]),
        "deletedDateTime": null,
        "displayName": DEFAULT_NAME,
        "description": "Default tenant policy that enforces app management restrictions on applications and service \
            principals. To apply policy to targeted resources, create a new policy under appManagementPolicies \
            collection.",
        "isEnabled": policy.enabled,
        "applicationRestrictions": view_restrictions(&policy.applications),
        "servicePrincipalRestrictions": view_restrictions(&policy.principals),
    }))
}
