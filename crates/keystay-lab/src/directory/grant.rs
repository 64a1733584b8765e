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
    /// What an application may do at a resource in the name of a person, by the names of the permissions.
    pub(crate) fn delegated_scopes(&self, client: Uuid, resource: Uuid, person: Uuid) -> Vec<&str> {
        let applies = |grant: &&DelegatedGrant| {
            grant.client == client && grant.resource == resource && grant.person.is_none_or(|one| one == person)
        };
        let mut scopes: Vec<_> =
            self.delegated_grants.iter().filter(applies).flat_map(|grant| &grant.scopes).map(String::as_str).collect();
        scopes.sort_unstable();
        scopes.dedup();
        scopes
    }

    /// Grants delegated permissions for everybody in the tenant, beside those that were granted before.
    pub(crate) fn grant_to_all(&mut self, client: Uuid, resource: Uuid, scopes: impl IntoIterator<Item = String>) {
        let same = |grant: &&mut DelegatedGrant| {
            grant.client == client && grant.resource == resource && grant.person.is_none()
        };
        let held = match self.delegated_grants.iter_mut().find(same) {
            Some(grant) => &mut grant.scopes,
            None => {
                // There is only one such grant: its id follows from what it is about.
                let id = derived_id(&[b"grant to all", client.as_bytes(), resource.as_bytes()]);
                let grant = DelegatedGrant { id, client, resource, person: None, scopes: Vec::new() };
                self.delegated_grants.push(grant);
                let Some(grant) = self.delegated_grants.last_mut() else { return };
                &mut grant.scopes
            }
        };
        for scope in scopes {
            if !held.contains(&scope) {
                held.push(scope);
            }
        }
    }
}
