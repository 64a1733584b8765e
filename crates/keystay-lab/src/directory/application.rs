//! Applications: the registration in the home tenant, with its credentials.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{FederatedCredential, KeyCredential, PasswordCredential};

/// An application registration. It stands in its home tenant; other tenants hold service principals of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Application {
    /// The object id.
    pub id: Uuid,
    /// The client id.
    pub app_id: Uuid,
    /// The tenant it is registered in.
    pub home_tenant: Uuid,
    /// Its name, as an admin sees it when asked for consent.
    pub display_name: String,
    /// Whether other tenants may consent to it (`signInAudience` `AzureADMultipleOrgs`).
    pub multi_tenant: bool,
    /// Whether personal accounts may sign in as well (`signInAudience` `AzureADandPersonalMicrosoftAccount`).
    #[serde(default)]
    pub personal_accounts: bool,
    /// No tenant gives it a token while set (`isDisabled`).
    pub disabled: bool,
    /// What it is, for its users.
    #[serde(default)]
    pub description: Option<String>,
    /// What its owners note about it.
    #[serde(default)]
    pub notes: Option<String>,
    /// Words to find it by.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Names under which it can be asked for as a resource.
    pub identifier_uris: Vec<String>,
    /// The permissions it asks for.
    pub required_resource_access: Vec<ResourceAccess>,
    /// The certificates it may authenticate with.
    pub key_credentials: Vec<KeyCredential>,
    /// The secrets it may authenticate with.
    pub password_credentials: Vec<PasswordCredential>,
    /// The foreign tokens it may authenticate with.
    pub federated_credentials: Vec<FederatedCredential>,
    /// Application permissions it offers to others, as a resource.
    #[serde(default)]
    pub app_roles: Vec<AppRole>,
    /// What customers may not change about their service principals of it.
    #[serde(default)]
    pub instance_lock: InstanceLock,
    /// Who stands behind it, once Microsoft has checked that.
    #[serde(default)]
    pub verified_publisher: Option<VerifiedPublisher>,
    /// The token lifetime policy assigned to it, by id.
    #[serde(default)]
    pub token_lifetime_policy: Option<Uuid>,
    /// The app management policy assigned to it, by id; it takes the place of the tenant's default.
    #[serde(default)]
    pub app_management_policy: Option<Uuid>,
    /// Where a browser may be sent back to.
    pub redirect_uris: Vec<String>,
    /// Where a browser may be sent back to when the application is a public client (`publicClient`): a command line or an
    /// app on a device, which has no secret to prove itself with.
    #[serde(default)]
    pub public_redirect_uris: Vec<String>,
    /// Users and service principals that may change it, by object id.
    pub owners: Vec<Uuid>,
    /// When it was registered.
    #[serde(with = "time::serde::rfc3339")]
    pub created: OffsetDateTime,
}

impl Application {
    /// An application that nobody but its own tenant can use and that has no credential yet.
    pub(crate) fn new(
        id: Uuid,
        app_id: Uuid,
        home_tenant: Uuid,
        display_name: impl Into<String>,
        created: OffsetDateTime,
    ) -> Self {
        Self {
            id,
            app_id,
            home_tenant,
            display_name: display_name.into(),
            multi_tenant: false,
            personal_accounts: false,
            disabled: false,
            description: None,
            notes: None,
            tags: Vec::new(),
            identifier_uris: Vec::new(),
            required_resource_access: Vec::new(),
            key_credentials: Vec::new(),
            password_credentials: Vec::new(),
            federated_credentials: Vec::new(),
            app_roles: Vec::new(),
            instance_lock: InstanceLock::default(),
            verified_publisher: None,
            token_lifetime_policy: None,
            app_management_policy: None,
            redirect_uris: Vec::new(),
            public_redirect_uris: Vec::new(),
            owners: Vec::new(),
            created,
        }
    }
}

/// An application permission that an application of one's own offers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppRole {
    /// The id by which it is asked for and granted.
    pub id: Uuid,
    /// What tokens name it in `roles`.
    pub value: String,
    /// Its name on the consent page.
    pub display_name: String,
    /// What it allows.
    pub description: String,
    /// Whom it may be given to: `Application`, `User` or both.
    pub allowed_member_types: Vec<String>,
    /// Whether it may be granted.
    pub enabled: bool,
}

/// What other tenants may not change about their service principals of an application
/// (`servicePrincipalLockConfiguration`). On unless switched off, as for every application since 2024.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "the service has these five switches")]
pub struct InstanceLock {
    /// Whether anything is locked.
    pub enabled: bool,
    /// All of what follows.
    pub all_properties: bool,
    /// Credentials that prove who the application is.
    pub credentials_with_usage_verify: bool,
    /// Credentials that sign for it.
    pub credentials_with_usage_sign: bool,
    /// The key that tokens for it are encrypted to.
    pub token_encryption_key_id: bool,
}

impl Default for InstanceLock {
    fn default() -> Self {
        Self {
            enabled: true,
            all_properties: true,
            credentials_with_usage_verify: true,
            credentials_with_usage_sign: true,
            token_encryption_key_id: true,
        }
    }
}

impl InstanceLock {
    /// Whether a customer is kept from giving the service principal a credential of its own.
    pub(crate) fn locks_credentials(self) -> bool {
        self.enabled && (self.all_properties || self.credentials_with_usage_verify)
    }
}

/// A publisher that Microsoft has checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifiedPublisher {
    /// The name it was checked under.
    pub display_name: String,
    /// Its id in Microsoft's partner programme.
    pub id: String,
    /// When it was added to the application.
    #[serde(with = "time::serde::rfc3339")]
    pub added: OffsetDateTime,
}

/// The permissions an application asks of one resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceAccess {
    /// The client id of the resource, for example Microsoft Graph's.
    pub resource_app_id: Uuid,
    /// Application permissions (app roles) by id.
    pub roles: Vec<Uuid>,
    /// Delegated permissions (scopes) by id.
    pub scopes: Vec<Uuid>,
}

/// What to register an application with.
#[derive(Clone, Debug, Default)]
pub struct NewApp {
    /// Its name.
    pub display_name: String,
    /// Whether other tenants may consent to it.
    pub multi_tenant: bool,
    /// Application permissions of Microsoft Graph, by id.
    pub graph_roles: Vec<Uuid>,
    /// Where a browser may be sent back to.
    pub redirect_uris: Vec<String>,
    /// The same for a public client.
    pub public_redirect_uris: Vec<String>,
}
