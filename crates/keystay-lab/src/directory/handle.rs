//! The handle by which services read and tests change the directory.

use std::{
    ops::{Deref, DerefMut},
    sync::Arc,
    time::Duration,
};

use parking_lot::{RwLock, RwLockReadGuard, RwLockWriteGuard};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    Application, DirectoryError, FederatedCredential, GRAPH_APP_ID, Group, KeyCredential, ManagedIdentity,
    ManagedIdentityKind, NewApp, PasswordCredential, Propagation, RegisteredCertificate, ResourceAccess,
    ServicePrincipal, Tenant, World,
};
use crate::{authorization::Authorization, clock::LabClock, ids::Ids, seed, subscription::HOME_SUBSCRIPTION};

/// The directory of a running lab. Clones change the same one; every change is seen by the next request.
#[derive(Clone, Debug)]
pub struct Directory {
    world: Arc<RwLock<World>>,
    clock: LabClock,
    ids: Ids,
    /// The roles that vaults go by: one dial says how long every change takes.
    roles: Authorization,
}

impl Directory {
    pub(crate) fn new(world: World, clock: LabClock, ids: Ids, roles: Authorization) -> Self {
        Self { world: Arc::new(RwLock::new(world)), clock, ids, roles }
    }

    /// Read access. Not to be held while signing.
    pub(crate) fn read(&self) -> RwLockReadGuard<'_, World> {
        self.world.read()
    }

    pub(crate) fn write(&self) -> WorldChange<'_> {
        WorldChange { world: self.world.write(), clock: &self.clock }
    }

    /// How long changes take to reach the token service and the vaults.
    pub fn propagation(&self) -> Propagation {
        self.read().propagation()
    }

    /// Sets how long changes take to reach the token service and the vaults, whichever way they are made.
    pub fn set_propagation(&self, delay: Propagation) {
        self.write().set_propagation(delay);
        self.roles.set_delay(delay.role_seconds);
    }

    /// Where ids of new entries come from.
    pub(crate) fn ids(&self) -> &Ids {
        &self.ids
    }

    /// The tenant that owns the applications and the host.
    pub fn home(&self) -> Uuid {
        self.read().home
    }

    /// All tenants, the home tenant among them.
    pub fn tenants(&self) -> Vec<Uuid> {
        self.read().tenants.keys().copied().collect()
    }

    /// A tenant as it is now.
    pub fn tenant(&self, id: Uuid) -> Option<Tenant> {
        self.read().tenants.get(&id).cloned()
    }

    /// An application as it is now, by client id.
    pub fn application(&self, app: Uuid) -> Option<Application> {
        self.read().applications.get(&app).cloned()
    }

    /// The service principal of an application in a tenant.
    pub fn principal(&self, app: Uuid, tenant: Uuid) -> Option<ServicePrincipal> {
        self.read().tenants.get(&tenant)?.principals.get(&app).cloned()
    }

    /// Makes a customer with an administrator and two users. Its domain is `{name}.onmicrosoft.com`, or has a number
    /// after the name when that is taken; [`Tenant::default_domain`] says.
    pub fn create_tenant(&self, name: &str) -> Uuid {
        let mut world = self.write();
        let tenant = seed::customer(self.ids.fresh(), &world, name);
        let id = tenant.id;
        world.add_tenant(tenant);
        id
    }

    /// Makes many customers at once: `customer1`, `customer2` and so on.
    pub fn create_tenants(&self, count: usize) -> Vec<Uuid> {
        (1..=count).map(|number| self.create_tenant(&format!("customer{number}"))).collect()
    }

    /// Deletes a customer: its tokens are refused from now on, and its name is not known any more.
    pub fn delete_tenant(&self, tenant: Uuid) -> Result<(), DirectoryError> {
        self.write().remove_tenant(tenant)
    }

    /// Sets the life of the access tokens a tenant issues from now on.
    pub fn set_token_lifetime(&self, tenant: Uuid, lifetime: Duration) -> Result<(), DirectoryError> {
        self.write().tenant_mut(tenant)?.token_lifetime_secs = Some(lifetime.as_secs());
        Ok(())
    }

    /// Allows or forbids ordinary users of a tenant to register applications.
    pub fn set_allowed_to_create_apps(&self, tenant: Uuid, allowed: bool) -> Result<(), DirectoryError> {
        self.write().tenant_mut(tenant)?.allowed_to_create_apps = allowed;
        Ok(())
    }

    /// Makes an empty security group in a tenant and returns its object id.
    pub fn create_group(&self, tenant: Uuid, name: &str) -> Result<Uuid, DirectoryError> {
        let group = Group::new(self.ids.fresh(), name, self.now());
        let id = group.id;
        self.write().tenant_mut(tenant)?.groups.insert(id, group);
        Ok(id)
    }

    /// Puts a user, a service principal or a group into a group, all by object id. Whoever is in it already stays.
    pub fn add_member(&self, tenant: Uuid, group: Uuid, member: Uuid) -> Result<(), DirectoryError> {
        let mut world = self.write();
        let tenant = world.tenant_mut(tenant)?;
        if !tenant.holds(member) {
            return Err(DirectoryError::NoObject(member));
        }
        let members = &mut tenant.groups.get_mut(&group).ok_or(DirectoryError::NoGroup(group))?.members;
        if !members.contains(&member) {
            members.push(member);
        }
        Ok(())
    }

    /// Takes somebody out of a group.
    pub fn remove_member(&self, tenant: Uuid, group: Uuid, member: Uuid) -> Result<(), DirectoryError> {
        let mut world = self.write();
        let group = world.tenant_mut(tenant)?.groups.get_mut(&group).ok_or(DirectoryError::NoGroup(group))?;
        let before = group.members.len();
        group.members.retain(|one| *one != member);
        if group.members.len() == before { Err(DirectoryError::NoObject(member)) } else { Ok(()) }
    }

    /// Registers an application in the home tenant, with its service principal there.
    pub fn create_app(&self, app: NewApp) -> Result<Application, DirectoryError> {
        let mut world = self.write();
        let home = world.home;
        let asks = !app.graph_roles.is_empty();
        let access = ResourceAccess { resource_app_id: GRAPH_APP_ID, roles: app.graph_roles, scopes: Vec::new() };
        let application = Application {
            multi_tenant: app.multi_tenant,
            required_resource_access: asks.then_some(access).into_iter().collect(),
            redirect_uris: app.redirect_uris,
            public_redirect_uris: app.public_redirect_uris,
            ..Application::new(self.ids.fresh(), self.ids.fresh(), home, app.display_name, self.now())
        };
        world.applications.insert(application.app_id, application.clone());
        world.ensure_principal(application.app_id, home, &self.ids)?;
        Ok(application)
    }

    /// Consents in a tenant to everything an application asks for.
    pub fn consent(&self, app: Uuid, tenant: Uuid) -> Result<(), DirectoryError> {
        self.write().consent(app, tenant, &self.ids)
    }

    /// Removes the service principal of an application from a tenant.
    pub fn revoke_consent(&self, app: Uuid, tenant: Uuid) -> Result<(), DirectoryError> {
        let mut world = self.write();
        let removed = world.tenant_mut(tenant)?.principals.remove(&app);
        removed.map(drop).ok_or(DirectoryError::NoPrincipal { app, tenant })
    }

    /// Stops tokens for an application in all tenants.
    pub fn disable_app(&self, app: Uuid) -> Result<(), DirectoryError> {
        self.write().application_mut(app)?.disabled = true;
        Ok(())
    }

    /// Takes [`disable_app`](Self::disable_app) back.
    pub fn enable_app(&self, app: Uuid) -> Result<(), DirectoryError> {
        self.write().application_mut(app)?.disabled = false;
        Ok(())
    }

    /// Stops tokens for an application in one tenant.
    pub fn disable_principal(&self, app: Uuid, tenant: Uuid) -> Result<(), DirectoryError> {
        self.write().principal_mut(app, tenant)?.account_enabled = false;
        Ok(())
    }

    /// Takes [`disable_principal`](Self::disable_principal) back.
    pub fn enable_principal(&self, app: Uuid, tenant: Uuid) -> Result<(), DirectoryError> {
        self.write().principal_mut(app, tenant)?.account_enabled = true;
        Ok(())
    }

    /// Registers a certificate (DER) on an application and returns the id of the credential.
    pub fn add_certificate(&self, app: Uuid, der: &[u8], display_name: &str) -> Result<Uuid, DirectoryError> {
        let certificate = RegisteredCertificate::parse(der)?;
        let credential = KeyCredential::new(self.ids.fresh(), certificate, Some(display_name.to_owned()));
        let key_id = credential.key_id;
        self.write().application_mut(app)?.key_credentials.push(credential);
        Ok(key_id)
    }

    /// Removes a certificate from an application.
    pub fn remove_key_credential(&self, app: Uuid, key_id: Uuid) -> Result<(), DirectoryError> {
        let mut world = self.write();
        let credentials = &mut world.application_mut(app)?.key_credentials;
        let place = credentials.iter().position(|credential| credential.key_id == key_id);
        credentials.remove(place.ok_or(DirectoryError::NoCredential { app, key_id })?);
        Ok(())
    }

    /// Registers a new client secret and returns it. This is the only time it is shown.
    pub fn add_secret(&self, app: Uuid, display_name: &str, lifetime: Duration) -> Result<String, DirectoryError> {
        let now = self.now();
        let lifetime = lifetime.try_into().unwrap_or(time::Duration::MAX);
        let end = now.saturating_add(lifetime);
        let (credential, secret) = PasswordCredential::issue(self.ids.fresh(), Some(display_name.to_owned()), now, end);
        self.write().application_mut(app)?.password_credentials.push(credential);
        Ok(secret)
    }

    /// Lets an application authenticate with tokens of somebody else and returns the id of the credential.
    pub fn add_federated_credential(&self, app: Uuid, credential: FederatedCredential) -> Result<Uuid, DirectoryError> {
        let credential = FederatedCredential { id: self.ids.fresh(), ..credential };
        let id = credential.id;
        self.write().application_mut(app)?.add_federated_credential(credential)?;
        Ok(id)
    }

    /// Removes a federated credential from an application.
    pub fn remove_federated_credential(&self, app: Uuid, id: Uuid) -> Result<(), DirectoryError> {
        let mut world = self.write();
        let credentials = &mut world.application_mut(app)?.federated_credentials;
        let place = credentials.iter().position(|credential| credential.id == id);
        credentials.remove(place.ok_or(DirectoryError::NoCredential { app, key_id: id })?);
        Ok(())
    }

    /// Lets an application prove itself by the TLS handshake at `mtlsauth.microsoft.com`, as Microsoft enables it one by one,
    /// or forbids it again.
    pub fn set_mtls(&self, app: Uuid, enabled: bool) -> Result<(), DirectoryError> {
        let mut world = self.write();
        world.application(app)?;
        if enabled {
            world.mtls_apps.insert(app)
        } else {
            world.mtls_apps.remove(&app)
        };
        Ok(())
    }

    /// Makes a user-assigned managed identity in the home tenant and gives it to the host.
    pub fn create_managed_identity(&self, name: &str) -> ManagedIdentity {
        let identity = ManagedIdentity {
            object_id: self.ids.fresh(),
            client_id: self.ids.fresh(),
            resource_id: format!(
                "/subscriptions/{HOME_SUBSCRIPTION}/resourceGroups/harbor/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{name}"
            ),
            kind: ManagedIdentityKind::UserAssigned,
        };
        seed::admit(&mut self.write(), identity.clone(), name);
        identity
    }

    fn now(&self) -> OffsetDateTime {
        self.clock.now().into()
    }
}

/// Write access. What was changed is noted when it ends, so that no way to change anything can forget to.
pub(crate) struct WorldChange<'a> {
    world: RwLockWriteGuard<'a, World>,
    clock: &'a LabClock,
}

impl Deref for WorldChange<'_> {
    type Target = World;

    fn deref(&self) -> &World {
        &self.world
    }
}

impl DerefMut for WorldChange<'_> {
    fn deref_mut(&mut self) -> &mut World {
        &mut self.world
    }
}

impl Drop for WorldChange<'_> {
    fn drop(&mut self) {
        self.world.note_changes(self.clock.now().into());
    }
}
