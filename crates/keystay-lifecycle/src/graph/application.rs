//! The app registration itself.

use azure_core::http::Method;
use keystay::ClientId;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Graph, KeyCredential};
use crate::call::{CallError, CallErrorKind, encoded};

/// An app registration and what it authenticates with.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Application {
    /// The object id: what proofs of keys are issued by.
    pub id: Uuid,
    /// The application (client) id.
    pub app_id: Uuid,
    /// Its name.
    #[serde(default)]
    pub display_name: Option<String>,
    /// Who may use it: `AzureADMultipleOrgs` for a multi-tenant app.
    #[serde(default)]
    pub sign_in_audience: Option<String>,
    /// No new tokens in any tenant.
    #[serde(default)]
    pub is_disabled: Option<bool>,
    /// Its certificates.
    #[serde(default)]
    pub key_credentials: Vec<KeyCredential>,
    /// Its client secrets.
    #[serde(default)]
    pub password_credentials: Vec<PasswordCredential>,
    /// What nobody in a customer tenant can change about its principal there.
    #[serde(default, rename = "servicePrincipalLockConfiguration")]
    pub instance_lock: Option<InstanceLock>,
    /// The permissions it asks for, as the service has them: a PATCH replaces the list.
    #[serde(default)]
    pub required_resource_access: Vec<RequiredResource>,
}

/// `servicePrincipalLockConfiguration`: whether customers can add credentials to their principal of the app.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct InstanceLock {
    /// Whether it is on at all.
    #[serde(default)]
    pub is_enabled: bool,
    /// Whether it holds for everything it can hold for.
    #[serde(default)]
    pub all_properties: Option<bool>,
}

/// The permissions an app asks for at one service.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RequiredResource {
    /// The app id of the service.
    pub resource_app_id: Uuid,
    /// Which of its permissions.
    pub resource_access: Vec<RequiredPermission>,
}

/// A permission an app asks for.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RequiredPermission {
    /// The permission's id at its service.
    pub id: Uuid,
    /// `Role` for an application permission, `Scope` for a delegated one.
    #[serde(rename = "type")]
    pub kind: String,
}

impl RequiredPermission {
    /// An application permission.
    pub fn role(id: Uuid) -> Self {
        Self { id, kind: "Role".to_owned() }
    }
}

impl RequiredResource {
    /// Application permissions of Microsoft Graph.
    pub fn of_graph(roles: impl IntoIterator<Item = Uuid>) -> Self {
        let resource_access = roles.into_iter().map(RequiredPermission::role).collect();
        Self { resource_app_id: GRAPH_APP, resource_access }
    }

    /// Whether it is about Microsoft Graph.
    pub fn is_graph(&self) -> bool {
        self.resource_app_id == GRAPH_APP
    }
}

/// Microsoft Graph as an app, in every tenant.
const GRAPH_APP: Uuid = uuid::uuid!("00000003-0000-0000-c000-000000000000");

/// What everybody who reads an app here wants to know of it.
const SELECT: &str = "$select=id,appId,displayName,signInAudience,isDisabled,keyCredentials,passwordCredentials,\
                      servicePrincipalLockConfiguration,requiredResourceAccess";

/// A client secret, without the secret: the service shows that once only.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PasswordCredential {
    /// Names it.
    pub key_id: Uuid,
    /// What somebody called it.
    #[serde(default)]
    pub display_name: Option<String>,
    /// From when on it works.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub start_date_time: Option<OffsetDateTime>,
    /// Until when it works.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub end_date_time: Option<OffsetDateTime>,
}

/// The app's own principal in the home tenant.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ServicePrincipal {
    /// The object id.
    pub id: Uuid,
    /// Whether it gets tokens in this tenant.
    #[serde(default)]
    pub account_enabled: Option<bool>,
    /// Certificates on the principal itself, beside the registration's.
    #[serde(default)]
    pub key_credentials: Vec<KeyCredential>,
    /// Client secrets on the principal itself.
    #[serde(default)]
    pub password_credentials: Vec<PasswordCredential>,
}

/// A principal of the tenant, as roles are given to it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Principal {
    /// The client id of what it is the principal of.
    pub app_id: Uuid,
    /// Its name.
    #[serde(default)]
    pub display_name: Option<String>,
    /// `ManagedIdentity`, `Application` and others.
    #[serde(default)]
    pub service_principal_type: Option<String>,
    /// Of a managed identity, the resource it is or belongs to.
    #[serde(default)]
    pub alternative_names: Vec<String>,
}

impl Principal {
    /// Whether it is a managed identity.
    pub fn is_managed_identity(&self) -> bool {
        self.service_principal_type.as_deref() == Some("ManagedIdentity")
    }

    /// Whether it is a managed identity that is a resource of its own and may be given to several hosts.
    pub fn is_user_assigned(&self) -> bool {
        let own =
            |name: &String| name.to_ascii_lowercase().contains("/microsoft.managedidentity/userassignedidentities/");
        self.is_managed_identity() && self.alternative_names.iter().any(own)
    }
}

impl Graph {
    /// The service principal with this object id, whatever it is of. **Rights:** Application.Read.All.
    pub async fn principal(&self, id: Uuid) -> Result<Principal, CallError> {
        let doing = format!("reading service principal `{id}`");
        let select = "$select=id,appId,displayName,servicePrincipalType,alternativeNames";
        let found = self.service.get(&format!("/servicePrincipals/{id}?{select}"), &doing).await?;
        self.service.typed(found, &doing)
    }

    /// The registration of `app` in the caller's tenant, with its certificates.
    ///
    /// **Rights:** Application.Read.All; the app itself and its owners need none for it.
    pub async fn application(&self, app: ClientId) -> Result<Application, CallError> {
        let doing = format!("reading app `{app}`");
        // certificates themselves come only where they are asked for by name, of one object
        let found = self.service.get(&format!("/applications(appId='{app}')?{SELECT}"), &doing).await?;
        self.service.typed(found, &doing)
    }

    /// The app's principal in the caller's tenant, which for the home tenant may hold credentials of its own.
    pub async fn service_principal(&self, app: ClientId) -> Result<ServicePrincipal, CallError> {
        let doing = format!("reading the service principal of app `{app}`");
        let select = "$select=id,accountEnabled,keyCredentials,passwordCredentials";
        let found = self.service.get(&format!("/servicePrincipals(appId='{app}')?{select}"), &doing).await?;
        self.service.typed(found, &doing)
    }

    /// Disables the app everywhere, or enables it again. A disabled app gets no new token in **any** tenant; tokens that
    /// are out live on.
    pub async fn set_disabled(&self, application: Uuid, disabled: bool) -> Result<(), CallError> {
        let doing = format!("{} application `{application}`", if disabled { "disabling" } else { "enabling" });
        let body = json!({ "isDisabled": disabled });
        self.service.send(Method::Patch, &format!("/applications/{application}"), Some(&body), &doing).await.map(drop)
    }

    /// The apps of exactly this display name: names are not unique. **Rights:** Application.Read.All.
    pub async fn applications_named(&self, name: &str) -> Result<Vec<ClientId>, CallError> {
        let doing = format!("looking for apps called `{name}`");
        let filter = encoded(&format!("displayName eq '{}'", name.replace('\'', "''")));
        let path = format!("/applications?$select=id,appId,displayName&$filter={filter}");
        let found = self.service.list(&path, &doing).await?;
        let found: Vec<Application> = self.service.typed(Value::Array(found), &doing)?;
        // the service compares without regard to case
        Ok(found
            .into_iter()
            .filter(|one| one.display_name.as_deref() == Some(name))
            .map(|one| one.app_id.into())
            .collect())
    }

    /// Registers an app for the tenants of all organisations, with the instance lock on, and without a credential.
    ///
    /// Not idempotent: two calls make two apps of one name. **Rights:** Application.ReadWrite.OwnedBy.
    pub async fn create_application(
        &self,
        name: &str,
        asks_for: &[RequiredResource],
    ) -> Result<Application, CallError> {
        let doing = format!("registering app `{name}`");
        let body = json!({
            "displayName": name,
            "signInAudience": "AzureADMultipleOrgs",
            "servicePrincipalLockConfiguration": lock(),
            "requiredResourceAccess": asks_for,
        });
        let made = self.service.send(Method::Post, "/applications", Some(&body), &doing).await?;
        self.service.typed(made, &doing)
    }

    /// Turns the instance lock on for everything.
    pub async fn lock_instances(&self, application: Uuid) -> Result<(), CallError> {
        let doing = format!("turning on the instance lock of application `{application}`");
        let body = json!({ "servicePrincipalLockConfiguration": lock() });
        self.service.send(Method::Patch, &format!("/applications/{application}"), Some(&body), &doing).await.map(drop)
    }

    /// Sets the list of permissions the app asks for. What customers consented to before stays as it is.
    pub async fn ask_for(&self, application: Uuid, permissions: &[RequiredResource]) -> Result<(), CallError> {
        let doing = format!("changing what application `{application}` asks for");
        let body = json!({ "requiredResourceAccess": permissions });
        self.service.send(Method::Patch, &format!("/applications/{application}"), Some(&body), &doing).await.map(drop)
    }

    /// Makes the app's principal in the caller's tenant. One that is there already is fine, and stays as it is.
    pub async fn create_service_principal(&self, app: ClientId, enabled: bool) -> Result<(), CallError> {
        let doing = format!("making the service principal of app `{app}`");
        let body = json!({ "appId": app.to_string(), "accountEnabled": enabled });
        match self.service.send(Method::Post, "/servicePrincipals", Some(&body), &doing).await {
            Err(error) if error.kind() == CallErrorKind::Conflict => Ok(()),
            outcome => outcome.map(drop),
        }
    }

    /// The application permissions Microsoft Graph offers, by name.
    pub async fn graph_permissions(&self) -> Result<Vec<(String, Uuid)>, CallError> {
        let doing = "reading the permissions of Microsoft Graph";
        let path = format!("/servicePrincipals(appId='{GRAPH_APP}')?$select=id,appRoles");
        let found = self.service.get(&path, doing).await?;
        let offered = found["appRoles"].as_array().into_iter().flatten();
        Ok(offered
            .filter_map(|one| Some((one["value"].as_str()?.to_owned(), one["id"].as_str()?.parse().ok()?)))
            .collect())
    }
}

/// The lock on everything it can be on.
fn lock() -> Value {
    json!({ "isEnabled": true, "allProperties": true })
}
