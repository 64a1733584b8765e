//! Token lifetime policies, as Graph reads and shows them.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{own::Policy, policy_type};
use crate::{
    directory::{Policies, Tenant, TokenLifetimePolicy, access_token_secs},
    graph::{body::Body, error::GraphError, odata::EntityType, view::object},
};

impl Policy for TokenLifetimePolicy {
    const SET: &'static str = "tokenLifetimePolicies";
    const TYPE: EntityType = policy_type("tokenLifetimePolicy");
    const AUDITED: &'static str = "definition";

    fn id(&self) -> Uuid {
        self.id
    }

    fn display_name(&self) -> &str {
        &self.display_name
    }

    fn all(policies: &Policies) -> &Vec<Self> {
        &policies.token_lifetime
    }

    fn all_mut(policies: &mut Policies) -> &mut Vec<Self> {
        &mut policies.token_lifetime
    }

    fn parse(id: Uuid, body: &Value, tenant: &Tenant) -> Result<Self, GraphError> {
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
        let other = |policy: &Self| policy.is_organization_default && policy.id != id;
        if is_organization_default && tenant.policies.token_lifetime.iter().any(other) {
            return Err(GraphError::bad_request("The organization has a default token lifetime policy already."));
        }
        Ok(Self {
            id,
            display_name: body.required("displayName")?.to_owned(),
            description: body.text("description")?,
            definition,
            is_organization_default,
        })
    }

    fn view(&self) -> Map<String, Value> {
        object(json!({
            "id": self.id,
            "deletedDateTime": null,
            "displayName": self.display_name,
            "description": self.description,
            "definition": self.definition,
            "isOrganizationDefault": self.is_organization_default,
        }))
    }
}
