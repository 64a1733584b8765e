//! Delegated permissions: what an application may do in the name of people.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Tenant, derived_id};

/// Delegated permissions that were granted to an application in one tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DelegatedGrant {
    /// Its id.
    pub id: Uuid,
    /// The service principal of the application, by object id.
    pub client: Uuid,
    /// The service principal of the resource, by object id.
    pub resource: Uuid,
    /// The person who consented, by object id; `None` when it is for everybody in the tenant.
    pub person: Option<Uuid>,
    /// The permissions, by the names tokens carry in `scp`.
    pub scopes: Vec<String>,
}

impl Tenant {
    /// What an application may do at a resource, named by its service principal, in the name of a person.
    pub(crate) fn delegated_scopes(&self, app: Uuid, resource: Uuid, person: Uuid) -> Vec<&str> {
        let Some(client) = self.principals.get(&app) else { return Vec::new() };
        let applies = |grant: &&DelegatedGrant| {
            grant.client == client.id && grant.resource == resource && grant.person.is_none_or(|one| one == person)
        };
        self.delegated_grants.iter().filter(applies).flat_map(|grant| &grant.scopes).map(String::as_str).collect()
    }

    /// Grants delegated permissions for everybody in the tenant, beside those that were granted before.
    pub(crate) fn grant_to_all(&mut self, client: Uuid, resource: Uuid, scopes: impl IntoIterator<Item = String>) {
        let same =
            |grant: &DelegatedGrant| grant.client == client && grant.resource == resource && grant.person.is_none();
        let place = self.delegated_grants.iter().position(same).unwrap_or_else(|| {
            // There is only one such grant: its id follows from what it is about.
            let id = derived_id(&[b"grant to all", client.as_bytes(), resource.as_bytes()]);
            self.delegated_grants.push(DelegatedGrant { id, client, resource, person: None, scopes: Vec::new() });
            self.delegated_grants.len() - 1
        });
        let held = &mut self.delegated_grants[place].scopes;
        for scope in scopes {
            if !held.contains(&scope) {
                held.push(scope);
            }
        }
    }
}
