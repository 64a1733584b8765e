//! All that a lab's directory holds, as one value that can be saved.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    Application, Credentials, DirectoryError, KeyCredential, ManagedIdentity, PasswordCredential, Propagation,
    Resource, ServicePrincipal, Tenant, TokenLifetimePolicy, propagation::Replica,
};
use crate::ids::Ids;

/// The tenants and applications of a lab.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct World {
    pub(crate) home: Uuid,
    pub(crate) tenants: BTreeMap<Uuid, Tenant>,
    /// By client id.
    pub(crate) applications: BTreeMap<Uuid, Application>,
    pub(crate) managed_identities: Vec<ManagedIdentity>,
    /// Applications that may prove themselves by the TLS handshake, by client id.
    #[serde(default)]
    pub(crate) mtls_apps: BTreeSet<Uuid>,
    /// Applications that can still be restored.
    #[serde(default)]
    pub(crate) deleted_applications: Vec<DeletedApplication>,
    /// Authorization codes that were redeemed, with the moment they would expire, in seconds since 1970.
    #[serde(default)]
    spent_codes: BTreeMap<Uuid, i64>,
    /// What the token service knows, when it lags behind.
    #[serde(default)]
    replica: Replica,
    /// Tenants by domain; follows from `tenants`.
    #[serde(skip)]
    domains: HashMap<String, Uuid>,
}

/// An application that was deleted, with its service principal at home.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct DeletedApplication {
    pub(crate) application: Application,
    pub(crate) principal: Option<ServicePrincipal>,
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) at: OffsetDateTime,
}

impl World {
    pub(crate) fn new(home: Tenant) -> Self {
        let mut world = Self {
            home: home.id,
            tenants: BTreeMap::new(),
            applications: BTreeMap::new(),
            managed_identities: Vec::new(),
            mtls_apps: BTreeSet::new(),
            deleted_applications: Vec::new(),
            spent_codes: BTreeMap::new(),
            replica: Replica::default(),
            domains: HashMap::new(),
        };
        world.add_tenant(home);
        world
    }

    /// Fills in what a saved world leaves out.
    pub(crate) fn index(&mut self) {
        self.domains = self
            .tenants
            .values()
            .flat_map(|tenant| tenant.domains.iter().map(|domain| (domain.to_ascii_lowercase(), tenant.id)))
            .collect();
        self.replica.learn(&self.applications, &self.tenants);
    }

    /// Takes a code out of use; false when it was used before. Codes past their end are refused anyway and forgotten.
    pub(crate) fn spend_code(&mut self, id: Uuid, expires: i64, now: i64) -> bool {
        self.spent_codes.retain(|_, expires| *expires > now);
        self.spent_codes.insert(id, expires).is_none()
    }

    pub(crate) fn propagation(&self) -> Propagation {
        self.replica.delay()
    }

    pub(crate) fn set_propagation(&mut self, delay: Propagation) {
        self.replica.set_delay(delay);
        self.replica.learn(&self.applications, &self.tenants);
    }

    /// Notes what a write changed: the token service hears of it later.
    pub(super) fn note_changes(&mut self, now: OffsetDateTime) {
        self.replica.note(&self.applications, &self.tenants, now);
    }

    /// The credentials of an application, as the token service knows them.
    pub(crate) fn propagated_credentials(&self, app: Uuid, now: OffsetDateTime) -> Credentials<'_> {
        self.applications.get(&app).map(|app| self.replica.credentials(app, now)).unwrap_or_default()
    }

    /// The service principal of an application in a tenant, as the token service knows it.
    pub(crate) fn propagated_principal(
        &self,
        app: Uuid,
        tenant: Uuid,
        now: OffsetDateTime,
    ) -> Option<&ServicePrincipal> {
        let present = self.tenants.get(&tenant)?.principals.get(&app);
        self.replica.principal(tenant, app, present, now)
    }

    pub(crate) fn add_tenant(&mut self, tenant: Tenant) {
        for domain in &tenant.domains {
            self.domains.insert(domain.to_ascii_lowercase(), tenant.id);
        }
        self.tenants.insert(tenant.id, tenant);
    }

    pub(crate) fn remove_tenant(&mut self, id: Uuid) -> Result<(), DirectoryError> {
        if id == self.home {
            return Err(DirectoryError::HomeTenant);
        }
        self.tenants.remove(&id).ok_or(DirectoryError::NoTenant(id))?;
        self.domains.retain(|_, tenant| *tenant != id);
        Ok(())
    }

    /// A tenant by its id or one of its domains, in any case.
    pub(crate) fn find_tenant(&self, name: &str) -> Option<&Tenant> {
        let id = Uuid::try_parse(name).ok().or_else(|| self.domains.get(&name.to_ascii_lowercase()).copied())?;
        self.tenants.get(&id)
    }

    pub(crate) fn tenant_mut(&mut self, id: Uuid) -> Result<&mut Tenant, DirectoryError> {
        self.tenants.get_mut(&id).ok_or(DirectoryError::NoTenant(id))
    }

    pub(crate) fn application(&self, app: Uuid) -> Result<&Application, DirectoryError> {
        self.applications.get(&app).ok_or(DirectoryError::NoApplication(app))
    }

    pub(crate) fn application_mut(&mut self, app: Uuid) -> Result<&mut Application, DirectoryError> {
        self.applications.get_mut(&app).ok_or(DirectoryError::NoApplication(app))
    }

    /// An application by its object id.
    pub(crate) fn application_by_object(&self, id: Uuid) -> Option<&Application> {
        self.applications.values().find(|application| application.id == id)
    }

    pub(crate) fn principal_mut(&mut self, app: Uuid, tenant: Uuid) -> Result<&mut ServicePrincipal, DirectoryError> {
        let principals = &mut self.tenant_mut(tenant)?.principals;
        principals.get_mut(&app).ok_or(DirectoryError::NoPrincipal { app, tenant })
    }

    /// Makes the service principal of an application in a tenant, unless it is there.
    pub(crate) fn ensure_principal(
        &mut self,
        app: Uuid,
        tenant: Uuid,
        ids: &Ids,
    ) -> Result<&mut ServicePrincipal, DirectoryError> {
        let application = self.application(app)?;
        if !application.multi_tenant && application.home_tenant != tenant {
            return Err(DirectoryError::SingleTenant(app));
        }
        let name = application.display_name.clone();
        let principals = &mut self.tenant_mut(tenant)?.principals;
        Ok(principals.entry(app).or_insert_with(|| ServicePrincipal::new(ids.fresh(), app, name)))
    }

    /// What an administrator's consent does: the service principal, and all permissions the app asks for.
    pub(crate) fn consent(&mut self, app: Uuid, tenant: Uuid, ids: &Ids) -> Result<(), DirectoryError> {
        let asked = self.application(app)?.required_resource_access.clone();
        let mut delegated = Vec::new();
        let principal = self.ensure_principal(app, tenant, ids)?;
        for access in asked {
            let Some(resource) = Resource::by_app_id(access.resource_app_id) else { continue };
            for role_id in access.roles.into_iter().filter(|id| resource.role(*id).is_some()) {
                principal.grant(resource.app_id, role_id, None);
            }
            let scopes = access.scopes.into_iter().filter_map(|id| Some(resource.scope(id)?.value.to_owned()));
            delegated.push((resource.principal_id(tenant), scopes.collect::<Vec<_>>()));
        }
        let client = principal.id;
        let holder = self.tenant_mut(tenant)?;
        for (resource, scopes) in delegated.into_iter().filter(|(_, scopes)| !scopes.is_empty()) {
            holder.grant_to_all(client, resource, scopes);
        }
        Ok(())
    }

    /// The application permission of this id that a resource offers, by the name tokens give it in `roles`.
    pub(crate) fn app_role(&self, resource_app: Uuid, role: Uuid) -> Option<&str> {
        if let Some(service) = Resource::by_app_id(resource_app) {
            return service.role(role).map(|permission| permission.value);
        }
        let offered = &self.applications.get(&resource_app)?.app_roles;
        offered.iter().find(|one| one.id == role && one.enabled).map(|one| one.value.as_str())
    }

    /// The certificates an application may authenticate with in a tenant, as the token service knows them: its own, and
    /// its service principal's.
    pub(crate) fn key_credentials(
        &self,
        app: Uuid,
        tenant: Uuid,
        now: OffsetDateTime,
    ) -> impl Iterator<Item = &KeyCredential> {
        let local = self.propagated_principal(app, tenant, now).map(|principal| principal.key_credentials.as_slice());
        self.propagated_credentials(app, now).keys.iter().chain(local.into_iter().flatten())
    }

    /// The secrets an application may authenticate with in a tenant, as the token service knows them.
    pub(crate) fn password_credentials(
        &self,
        app: Uuid,
        tenant: Uuid,
        now: OffsetDateTime,
    ) -> impl Iterator<Item = &PasswordCredential> {
        let local = self.propagated_principal(app, tenant, now);
        let local = local.map(|principal| principal.password_credentials.as_slice());
        self.propagated_credentials(app, now).passwords.iter().chain(local.into_iter().flatten())
    }

    /// The life in seconds of access tokens for a resource in a tenant, where somebody has set it. The policy of the
    /// application that is accessed counts: of its service principal, of the tenant, of the application, in this order.
    pub(crate) fn access_token_secs(&self, tenant: Uuid, resource_app: Uuid) -> Option<u64> {
        let holder = self.tenants.get(&tenant)?;
        let named = |home: &Tenant, id: Option<Uuid>| {
            let policy = home.policies.token_lifetime.iter().find(|policy| Some(policy.id) == id)?;
            policy.access_token_secs()
        };
        let principal = holder.principals.get(&resource_app);
        let of_tenant = || {
            let default = holder.policies.token_lifetime.iter().find(|policy| policy.is_organization_default);
            default.and_then(TokenLifetimePolicy::access_token_secs)
        };
        let of_application = || {
            let application = self.applications.get(&resource_app)?;
            named(self.tenants.get(&application.home_tenant)?, application.token_lifetime_policy)
        };
        holder
            .token_lifetime_secs
            .or_else(|| named(holder, principal?.token_lifetime_policy))
            .or_else(of_tenant)
            .or_else(of_application)
    }
}
