//! Tenants and apps as the control API shows them. Of secrets only what Azure shows as well.

use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::directory::{
    AdminRole, Application, FederatedCredential, Group, Resource, ServicePrincipal, Tenant, User, World,
};

/// A tenant with its people, groups and consents.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TenantView {
    id: Uuid,
    display_name: String,
    /// Verified domains, the default one first.
    domains: Vec<String>,
    /// It owns the apps and the computer they run on.
    home: bool,
    allowed_to_create_apps: bool,
    /// The life of access tokens, when a policy sets it.
    token_lifetime_seconds: Option<u64>,
    people: Vec<PersonView>,
    groups: Vec<GroupView>,
    /// Apps and managed identities that have a service principal here.
    consents: Vec<ConsentView>,
}

/// A person.
#[derive(Debug, Serialize, ToSchema)]
struct PersonView {
    id: Uuid,
    user_principal_name: String,
    display_name: String,
    job_title: String,
    /// Admin roles; none for an ordinary user.
    roles: Vec<AdminRole>,
}

/// A security group.
#[derive(Debug, Serialize, ToSchema)]
struct GroupView {
    id: Uuid,
    display_name: String,
    /// Object ids of people, service principals and groups.
    members: Vec<Uuid>,
}

/// A service principal: an app that somebody of the tenant let in.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ConsentView {
    app_id: Uuid,
    /// The service principal's object id.
    object_id: Uuid,
    display_name: String,
    /// No token is issued while false.
    enabled: bool,
    /// Application permissions granted to it.
    permissions: Vec<String>,
}

/// An app registration.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AppView {
    /// The client id.
    app_id: Uuid,
    object_id: Uuid,
    display_name: String,
    home_tenant: Uuid,
    /// Whether other tenants may consent to it.
    multi_tenant: bool,
    /// No tenant gives it a token while true.
    disabled: bool,
    /// Whether it may prove itself by the TLS handshake.
    mtls: bool,
    redirect_uris: Vec<String>,
    /// The application permissions it asks for.
    permissions: Vec<String>,
    certificates: Vec<CertificateView>,
    secrets: Vec<SecretView>,
    federated_credentials: Vec<FederatedCredential>,
    /// The tenants that let it in.
    tenants: Vec<Uuid>,
}

/// A certificate on an app.
#[derive(Debug, Serialize, ToSchema)]
struct CertificateView {
    key_id: Uuid,
    display_name: Option<String>,
    /// SHA-1, in upper-case hexadecimal.
    thumbprint: String,
    #[serde(with = "time::serde::rfc3339")]
    start: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    end: OffsetDateTime,
}

/// A client secret on an app; the secret itself is not kept.
#[derive(Debug, Serialize, ToSchema)]
struct SecretView {
    key_id: Uuid,
    display_name: Option<String>,
    /// The first characters.
    hint: String,
    #[serde(with = "time::serde::rfc3339")]
    start: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    end: OffsetDateTime,
}

impl TenantView {
    pub(super) fn new(tenant: &Tenant, world: &World) -> Self {
        Self {
            id: tenant.id,
            display_name: tenant.display_name.clone(),
            domains: tenant.domains.clone(),
            home: tenant.id == world.home,
            allowed_to_create_apps: tenant.allowed_to_create_apps,
            token_lifetime_seconds: tenant.token_lifetime_secs,
            people: tenant.users.iter().map(PersonView::new).collect(),
            groups: tenant.groups.values().map(GroupView::new).collect(),
            consents: tenant.principals.values().map(ConsentView::new).collect(),
        }
    }
}

impl PersonView {
    fn new(user: &User) -> Self {
        Self {
            id: user.id,
            user_principal_name: user.user_principal_name.clone(),
            display_name: user.display_name.clone(),
            job_title: user.job_title.clone(),
            roles: user.roles.clone(),
        }
    }
}

impl GroupView {
    fn new(group: &Group) -> Self {
        Self { id: group.id, display_name: group.display_name.clone(), members: group.members.clone() }
    }
}

impl ConsentView {
    pub(super) fn new(principal: &ServicePrincipal) -> Self {
        let granted = principal.app_role_assignments.iter();
        Self {
            app_id: principal.app_id,
            object_id: principal.id,
            display_name: principal.display_name.clone(),
            enabled: principal.account_enabled,
            permissions: granted.map(|grant| permission(grant.resource_app_id, grant.role_id)).collect(),
        }
    }
}

impl AppView {
    pub(super) fn new(app: &Application, world: &World) -> Self {
        let asked = app.required_resource_access.iter();
        let certificates = app.key_credentials.iter().map(|credential| CertificateView {
            key_id: credential.key_id,
            display_name: credential.display_name.clone(),
            thumbprint: credential.certificate.thumbprint(),
            start: credential.start,
            end: credential.end,
        });
        let secrets = app.password_credentials.iter().map(|credential| SecretView {
            key_id: credential.key_id,
            display_name: credential.display_name.clone(),
            hint: credential.hint.clone(),
            start: credential.start,
            end: credential.end,
        });
        let tenants = world.tenants.values().filter(|tenant| tenant.principals.contains_key(&app.app_id));
        Self {
            app_id: app.app_id,
            object_id: app.id,
            display_name: app.display_name.clone(),
            home_tenant: app.home_tenant,
            multi_tenant: app.multi_tenant,
            disabled: app.disabled,
            mtls: world.mtls_apps.contains(&app.app_id),
            redirect_uris: app.redirect_uris.clone(),
            permissions: asked
                .flat_map(|access| access.roles.iter().map(|role| permission(access.resource_app_id, *role)))
                .collect(),
            certificates: certificates.collect(),
            secrets: secrets.collect(),
            federated_credentials: app.federated_credentials.clone(),
            tenants: tenants.map(|tenant| tenant.id).collect(),
        }
    }
}

/// The permission's name, or its id where the lab does not know it.
fn permission(resource: Uuid, role: Uuid) -> String {
    let known = Resource::by_app_id(resource).and_then(|resource| resource.role(role));
    known.map_or_else(|| role.to_string(), |permission| permission.value.to_owned())
}
