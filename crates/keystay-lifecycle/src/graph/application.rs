//! The app registration itself.

use keystay::ClientId;
use serde::{Deserialize, Serialize};
use serde_json::json;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Graph, KeyCredential};
use crate::call::CallError;

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
}

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

impl Graph {
    /// The registration of `app` in the caller's tenant, with its certificates.
    ///
    /// **Rights:** Application.Read.All; the app itself and its owners need none for it.
    pub async fn application(&self, app: ClientId) -> Result<Application, CallError> {
        let doing = format!("reading app `{app}`");
        // certificates themselves come only where they are asked for by name, of one object
        let select = "$select=id,appId,displayName,signInAudience,isDisabled,keyCredentials,passwordCredentials";
        let found = self.service.get(&format!("/applications(appId='{app}')?{select}"), &doing).await?;
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
        let method = azure_core::http::Method::Patch;
        self.service.send(method, &format!("/applications/{application}"), Some(&body), &doing).await.map(drop)
    }
}
