//! The world every lab starts with: the same tenants, people and ids each time.

mod groups;
mod keys;
mod operator;
mod people;
mod vault;

use std::collections::BTreeMap;

use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::{Uuid, uuid};

pub(crate) use keys::SeedKeys;
pub use operator::Operator;
pub(crate) use vault::{CERTIFICATES, furnish};

use crate::subscription::HOME_SUBSCRIPTION;
use crate::{
    directory::{
        AdminRole, Application, AuditLog, DirectoryError, GRAPH_APP_ID, ManagedIdentity, ManagedIdentityKind, Policies,
        ResourceAccess, ServicePrincipal, Tenant, World, derived_id, graph_role,
    },
    ids::Ids,
};

/// The password of every seeded person. Public: they exist in labs only.
pub const DEMO_PASSWORD: &str = "Lab-Passw0rd!";

pub(crate) const HOME: Uuid = uuid!("4a8b0000-0000-4000-8000-000000000001");
const JUNIPER: Uuid = uuid!("4a8b0000-0000-4000-8000-000000000002");
const MARLOW: Uuid = uuid!("4a8b0000-0000-4000-8000-000000000003");
const HOST_OBJECT: Uuid = uuid!("4a8b0000-0000-4000-8000-00000000d001");
const HOST_CLIENT: Uuid = uuid!("4a8b0000-0000-4000-8000-00000000d002");
const READY_APP_OBJECT: Uuid = uuid!("4a8b0000-0000-4000-8000-00000000a001");
const READY_APP_CLIENT: Uuid = uuid!("4a8b0000-0000-4000-8000-00000000a002");
const VAULT_HOST: &str = "harborvault.vault.azure.net";

/// What a lab starts with, for tests and stories to name.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[non_exhaustive]
pub struct Seed {
    /// "Harbor", the vendor of the application: the home tenant.
    pub home: SeedTenant,
    /// "Juniper", a customer.
    pub juniper: SeedTenant,
    /// "Marlow", a customer.
    pub marlow: SeedTenant,
    /// The host name of the vendor's vault, in the home tenant.
    pub vault_host: String,
    /// The identity of the computer the application runs on.
    pub host_identity: HostIdentity,
    /// The client id of the application, when the lab was started with a ready one.
    pub ready_app: Option<Uuid>,
    /// The vendor's operations, when the lab was started with a ready application.
    pub operator: Option<Operator>,
}

/// A tenant of the seed.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[non_exhaustive]
pub struct SeedTenant {
    /// The tenant id.
    pub id: Uuid,
    /// The organisation's name.
    pub name: &'static str,
    /// Its verified domain.
    pub domain: &'static str,
    /// The sign-in name of its administrator: Application Administrator at home, Global Administrator at customers.
    pub admin: String,
    /// The sign-in name of an ordinary user.
    pub user: String,
    /// The password of both.
    pub password: &'static str,
}

/// The system-assigned managed identity of the host.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[non_exhaustive]
pub struct HostIdentity {
    /// The object id of its service principal: role assignments name it.
    pub object_id: Uuid,
    /// Its client id.
    pub client_id: Uuid,
}

impl Seed {
    pub(crate) fn new(ready_app: bool) -> Self {
        let tenant = |id, name, domain, admin: &str, user: &str| SeedTenant {
            id,
            name,
            domain,
            admin: format!("{admin}@{domain}"),
            user: format!("{user}@{domain}"),
            password: DEMO_PASSWORD,
        };
        Self {
            home: tenant(HOME, "Harbor", "harbor.onmicrosoft.com", "admin", "ingrid.solberg"),
            juniper: tenant(JUNIPER, "Juniper", "juniper.onmicrosoft.com", "admin", "amara.okafor"),
            marlow: tenant(MARLOW, "Marlow", "marlow.onmicrosoft.com", "admin", "sofia.almeida"),
            vault_host: VAULT_HOST.to_owned(),
            host_identity: HostIdentity { object_id: HOST_OBJECT, client_id: HOST_CLIENT },
            ready_app: ready_app.then_some(READY_APP_CLIENT),
            operator: ready_app.then_some(operator::OPERATOR),
        }
    }
}

/// The seeded world. It holds no application and no consent unless `ready_app` asks for one.
pub(crate) fn world(ready_app: bool, now: OffsetDateTime, ids: &Ids) -> Result<World, DirectoryError> {
    let seed = Seed::new(ready_app);
    let mut home = tenant(&seed.home, &people::HARBOR, AdminRole::ApplicationAdministrator);
    home.allowed_to_create_apps = false;
    let mut world = World::new(home);
    world.add_tenant(tenant(&seed.juniper, &people::JUNIPER, AdminRole::GlobalAdministrator));
    world.add_tenant(tenant(&seed.marlow, &people::MARLOW, AdminRole::GlobalAdministrator));
    let host = ManagedIdentity {
        object_id: HOST_OBJECT,
        client_id: HOST_CLIENT,
        resource_id: format!(
            "/subscriptions/{HOME_SUBSCRIPTION}/resourceGroups/harbor/providers/Microsoft.Web/sites/harbor-app"
        ),
        kind: ManagedIdentityKind::SystemAssigned,
    };
    admit(&mut world, host, "harbor-app");
    groups::furnish(&mut world, now);
    if ready_app {
        let app = ready_application(now);
        let app_id = app.app_id;
        world.applications.insert(app_id, app);
        world.ensure_principal(app_id, HOME, ids)?;
        for customer in [JUNIPER, MARLOW] {
            world.consent(app_id, customer, ids)?;
        }
        let operations = operator::application(ids.fresh(), now);
        let app_id = operations.app_id;
        world.applications.insert(app_id, operations);
        world.ensure_principal(app_id, HOME, ids)?.id = operator::OPERATOR.object_id;
        world.consent(app_id, HOME, ids)?;
    }
    Ok(world)
}

/// A customer made while the lab runs.
pub(crate) fn customer(id: Uuid, world: &World, name: &str) -> Tenant {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let label = if plain.is_empty() { "customer".to_owned() } else { plain.to_ascii_lowercase() };
    let mut domain = format!("{label}.onmicrosoft.com");
    let mut number = 1_u32;
    while world.find_tenant(&domain).is_some() {
        number += 1;
        domain = format!("{label}-{number}.onmicrosoft.com");
    }
    build(id, name, &domain, &people::CUSTOMER, AdminRole::GlobalAdministrator)
}

/// Gives a managed identity its service principal at home and the host its identity.
pub(crate) fn admit(world: &mut World, identity: ManagedIdentity, name: &str) {
    let principal = ServicePrincipal::new(identity.object_id, identity.client_id, name);
    if let Some(home) = world.tenants.get_mut(&world.home) {
        home.principals.insert(identity.client_id, principal);
    }
    world.managed_identities.push(identity);
}

fn ready_application(now: OffsetDateTime) -> Application {
    Application {
        multi_tenant: true,
        required_resource_access: vec![ResourceAccess {
            resource_app_id: GRAPH_APP_ID,
            roles: vec![graph_role::USER_READ_BASIC_ALL],
            scopes: Vec::new(),
        }],
        redirect_uris: vec!["http://localhost:8400/consented".to_owned()],
        ..Application::new(READY_APP_OBJECT, READY_APP_CLIENT, HOME, "Harbor Insights", now)
    }
}

fn tenant(seed: &SeedTenant, people: &[people::Person<'_>], admin: AdminRole) -> Tenant {
    build(seed.id, seed.name, seed.domain, people, admin)
}

fn build(id: Uuid, name: &str, domain: &str, people: &[people::Person<'_>], admin: AdminRole) -> Tenant {
    let administrator = people::Person { given: "Admin", surname: name, title: "IT administrator" };
    let mut users = vec![administrator.user(domain, vec![admin])];
    users.extend(people.iter().map(|person| person.user(domain, Vec::new())));
    for user in &mut users {
        user.id = derived_id(&[b"user", id.as_bytes(), user.user_principal_name.as_bytes()]);
    }
    Tenant {
        id,
        display_name: name.to_owned(),
        domains: vec![domain.to_owned()],
        allowed_to_create_apps: true,
        users,
        groups: BTreeMap::new(),
        principals: BTreeMap::new(),
        delegated_grants: Vec::new(),
        policies: Policies::default(),
        token_lifetime_secs: None,
        audit: AuditLog::default(),
    }
}
