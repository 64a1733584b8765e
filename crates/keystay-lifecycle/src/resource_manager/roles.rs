//! Role assignments and what the roles allow.

use azure_core::http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{ResourceId, ResourceManager};
use crate::call::{CallError, CallErrorKind, encoded};

const VERSION: &str = "api-version=2022-04-01";

/// Somebody has a role somewhere (`Microsoft.Authorization/roleAssignments`).
#[derive(Clone, Debug, Deserialize, Serialize)]
#[non_exhaustive]
pub struct RoleAssignment {
    /// The whole id, with the place it is at.
    pub id: String,
    /// Its name, a GUID.
    pub name: String,
    /// What it says.
    pub properties: AssignmentProperties,
}

/// What a role assignment says.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
#[expect(unnameable_types, reason = "reached through RoleAssignment, never named")]
pub struct AssignmentProperties {
    /// Which role.
    pub role_definition_id: String,
    /// Who.
    pub principal_id: Uuid,
    /// `ServicePrincipal`, `User` or `Group`.
    #[serde(default)]
    pub principal_type: Option<String>,
    /// Where.
    pub scope: String,
    /// Under which condition, if any.
    #[serde(default)]
    pub condition: Option<String>,
}

/// A role: what it allows.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RoleDefinition {
    /// Its name, such as `Key Vault Crypto User`.
    pub role_name: String,
    /// What it allows.
    pub permissions: Vec<Permissions>,
}

/// A custom role with its id, as it is found by its name.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct NamedRole {
    /// The whole id.
    pub id: String,
    /// What it is.
    pub properties: RoleDefinition,
}

/// One set of allowed and excepted actions. `*` stands for anything.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Permissions {
    /// On the resource itself.
    pub actions: Vec<String>,
    /// Excepted from `actions`.
    pub not_actions: Vec<String>,
    /// On what it holds.
    pub data_actions: Vec<String>,
    /// Excepted from `data_actions`.
    pub not_data_actions: Vec<String>,
}

impl RoleDefinition {
    /// Whether the role allows a data action, such as `Microsoft.KeyVault/vaults/keys/sign/action`.
    pub fn allows_data(&self, action: &str) -> bool {
        let any = |patterns: &[String]| patterns.iter().any(|pattern| matches(pattern, action));
        self.permissions.iter().any(|set| any(&set.data_actions) && !any(&set.not_data_actions))
    }
}

/// Whether an action fits a pattern in which `*` stands for any text, without regard to case.
fn matches(pattern: &str, action: &str) -> bool {
    let (pattern, action) = (pattern.to_ascii_lowercase(), action.to_ascii_lowercase());
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = action.strip_prefix(first) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, between)) = parts.split_last() else { return rest.is_empty() };
    for part in between {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

impl ResourceManager {
    /// The role assignments of a principal at a place, above it, and in it.
    pub async fn role_assignments_of(
        &self,
        place: &ResourceId,
        principal: Uuid,
    ) -> Result<Vec<RoleAssignment>, CallError> {
        let doing = format!("reading the roles of `{principal}` on `{place}`");
        let path = format!(
            "{place}/providers/Microsoft.Authorization/roleAssignments?{VERSION}&$filter=principalId%20eq%20'{principal}'"
        );
        let found = self.service.list(&path, &doing).await?;
        self.service.typed(Value::Array(found), &doing)
    }

    /// All role assignments at a place, above it, and in it.
    pub async fn role_assignments(&self, place: &ResourceId) -> Result<Vec<RoleAssignment>, CallError> {
        let doing = format!("reading the role assignments on `{place}`");
        let path = format!("{place}/providers/Microsoft.Authorization/roleAssignments?{VERSION}");
        let found = self.service.list(&path, &doing).await?;
        self.service.typed(Value::Array(found), &doing)
    }

    /// What a role allows, by the id in an assignment.
    pub async fn role_definition(&self, id: &str) -> Result<RoleDefinition, CallError> {
        let doing = format!("reading role `{id}`");
        let id: ResourceId = id.parse().map_err(|error: super::ResourceIdError| {
            self.service.error(&doing, CallErrorKind::Invalid).with_message(error.to_string())
        })?;
        let mut found = self.service.get(&format!("{id}?{VERSION}"), &doing).await?;
        self.service.typed(found["properties"].take(), &doing)
    }

    /// The roles of exactly this name that can be given at a place.
    pub async fn roles_named(&self, place: &str, name: &str) -> Result<Vec<NamedRole>, CallError> {
        let doing = format!("looking for role `{name}` at `{place}`");
        let filter = encoded(&format!("roleName eq '{}'", name.replace('\'', "''")));
        let path = format!("{place}/providers/Microsoft.Authorization/roleDefinitions?{VERSION}&$filter={filter}");
        let found = self.service.list(&path, &doing).await?;
        let found: Vec<NamedRole> = self.service.typed(Value::Array(found), &doing)?;
        Ok(found.into_iter().filter(|one| one.properties.role_name == name).collect())
    }

    /// Makes a custom role of data actions that can be given at `place` and below it. With the same id again, it is the
    /// same role.
    ///
    /// **Rights:** `Microsoft.Authorization/roleDefinitions/write` at the place (Owner, User Access Administrator).
    pub async fn put_role(
        &self,
        place: &str,
        id: Uuid,
        (name, description): (&str, &str),
        data_actions: &[&str],
    ) -> Result<(), CallError> {
        let doing = format!("making role `{name}`");
        let body = json!({ "properties": {
            "roleName": name,
            "description": description,
            "type": "CustomRole",
            "permissions": [{ "actions": [], "notActions": [], "dataActions": data_actions, "notDataActions": [] }],
            "assignableScopes": [place],
        } });
        let path = format!("{place}/providers/Microsoft.Authorization/roleDefinitions/{id}?{VERSION}");
        self.service.send(Method::Put, &path, Some(&body), &doing).await.map(drop)
    }

    /// Gives a role to a service principal at a place. It takes effect within 10 minutes. One that is given already is fine.
    pub async fn give_role(&self, place: &str, role: &str, principal: Uuid) -> Result<(), CallError> {
        let doing = format!("giving role `{role}` to `{principal}` at `{place}`");
        let body = json!({ "properties": {
            "roleDefinitionId": role,
            "principalId": principal,
            // without it, a principal that is younger than the replica that answers is not found
            "principalType": "ServicePrincipal",
        } });
        let name = Uuid::new_v4();
        let path = format!("{place}/providers/Microsoft.Authorization/roleAssignments/{name}?{VERSION}");
        match self.service.send(Method::Put, &path, Some(&body), &doing).await {
            Err(error) if error.kind() == CallErrorKind::Conflict => Ok(()),
            outcome => outcome.map(drop),
        }
    }

    /// Takes a role from somebody. One that is gone already is fine. It takes effect within 10 minutes.
    pub async fn remove_role_assignment(&self, assignment: &RoleAssignment) -> Result<(), CallError> {
        self.remove_role(&assignment.id).await
    }

    /// As [`remove_role_assignment`](Self::remove_role_assignment), by the assignment's id.
    pub async fn remove_role(&self, id: &str) -> Result<(), CallError> {
        let doing = format!("removing role assignment `{id}`");
        match self.service.send(Method::Delete, &format!("{id}?{VERSION}"), None, &doing).await {
            Err(error) if error.kind() == CallErrorKind::NotFound => Ok(()),
            outcome => outcome.map(drop),
        }
    }

    /// Gives a role as an assignment says that was saved: for putting back what a breach response took.
    pub async fn put_role_assignment(&self, assignment: &RoleAssignment) -> Result<(), CallError> {
        let doing = format!("giving role assignment `{}`", assignment.id);
        let said = &assignment.properties;
        let body = json!({ "properties": {
            "roleDefinitionId": said.role_definition_id,
            "principalId": said.principal_id,
            "principalType": said.principal_type,
            "condition": said.condition,
        } });
        let path = format!("{}?{VERSION}", assignment.id);
        match self.service.send(Method::Put, &path, Some(&body), &doing).await {
            Err(error) if error.kind() == CallErrorKind::Conflict => Ok(()),
            outcome => outcome.map(drop),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        let sign = "Microsoft.KeyVault/vaults/keys/sign/action";
        for pattern in
            ["*", "Microsoft.KeyVault/vaults/*", "microsoft.keyvault/vaults/keys/sign/action", "*/sign/*", "*/action"]
        {
            assert!(matches(pattern, sign), "{pattern}");
        }
        for pattern in
            ["", "Microsoft.KeyVault/vaults/keys/read", "*/read", "Microsoft.KeyVault/vaults/keys", "*/sign/*/x"]
        {
            assert!(!matches(pattern, sign), "{pattern}");
        }
    }
}
