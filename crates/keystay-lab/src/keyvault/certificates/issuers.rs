//! `/certificates/issuers`: accounts at certification authorities. The lab keeps them and asks none of them: what is ordered
//! from one stays in progress.

use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::policy::{SELF_ISSUER, UNKNOWN_ISSUER};
use crate::keyvault::{
    objects::{AttributesPatch, ObjectKind, Objects, check_name},
    wire::{Call, VaultError, ok},
};

/// An account at a certification authority. Its password is not kept: nothing would ever use it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::keyvault) struct Issuer {
    provider: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    credentials: Option<Credentials>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    org_details: Option<Organisation>,
    attributes: IssuerAttributes,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Credentials {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    account_id: Option<String>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Organisation {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// A postal code nobody can set: the service sends it all the same.
    #[serde(default)]
    zip: u32,
    #[serde(default)]
    admin_details: Vec<Administrator>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Administrator {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    first_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
}

/// Unix seconds.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct IssuerAttributes {
    enabled: bool,
    created: i64,
    updated: i64,
}

#[derive(Deserialize)]
struct Request {
    provider: Option<String>,
    credentials: Option<Credentials>,
    org_details: Option<Organisation>,
    #[serde(default)]
    attributes: AttributesPatch,
}

/// A line of the list.
#[derive(Serialize)]
struct Item {
    id: String,
    provider: String,
}

#[derive(Serialize)]
struct View<'a> {
    id: String,
    #[serde(flatten)]
    issuer: &'a Issuer,
}

/// `GET /certificates/issuers`.
pub(in crate::keyvault) fn issuers(call: &Call) -> Result<Response, VaultError> {
    call.require_list(ObjectKind::Certificate, "certificatecas/read")?;
    let objects = call.vault.objects.read();
    let items =
        objects.issuers.iter().map(|(name, issuer)| Item { id: id(call, name), provider: issuer.provider.clone() });
    call.page("certificates/issuers", items.collect())
}

/// `GET /certificates/issuers/{name}`.
pub(in crate::keyvault) fn issuer(call: &Call, name: &str) -> Result<Response, VaultError> {
    call.require_list(ObjectKind::Certificate, "certificatecas/read")?;
    let objects = call.vault.objects.read();
    Ok(view(call, name, objects.issuers.get(name).ok_or_else(none)?))
}

/// `PUT /certificates/issuers/{name}`: sets or replaces.
pub(in crate::keyvault) fn set_issuer(call: &Call, name: &str) -> Result<Response, VaultError> {
    call.require_list(ObjectKind::Certificate, "certificatecas/write")?;
    check_name(name)?;
    let request: Request = call.json()?;
    let provider =
        request.provider.ok_or_else(|| VaultError::bad_parameter("The provider of the issuer is required."))?;
    if is_built_in(name) {
        return Err(VaultError::bad_parameter(format!("The issuer name '{name}' is reserved.")));
    }
    let issuer = Issuer {
        provider,
        credentials: request.credentials,
        org_details: request.org_details,
        attributes: IssuerAttributes {
            enabled: request.attributes.enabled.unwrap_or(true),
            created: call.now,
            updated: call.now,
        },
    };
    let answer = view(call, name, &issuer);
    call.vault.objects.write().issuers.insert(name.to_owned(), issuer);
    Ok(answer)
}

/// `PATCH /certificates/issuers/{name}`: what is not named stays.
pub(in crate::keyvault) fn update_issuer(call: &Call, name: &str) -> Result<Response, VaultError> {
    call.require_list(ObjectKind::Certificate, "certificatecas/write")?;
    let request: Request = call.json()?;
    let mut objects = call.vault.objects.write();
    let issuer = objects.issuers.get_mut(name).ok_or_else(none)?;
    if let Some(provider) = request.provider {
        issuer.provider = provider;
    }
    issuer.credentials = request.credentials.or(issuer.credentials.take());
    issuer.org_details = request.org_details.or(issuer.org_details.take());
    issuer.attributes.enabled = request.attributes.enabled.unwrap_or(issuer.attributes.enabled);
    issuer.attributes.updated = call.now;
    Ok(view(call, name, issuer))
}

/// `DELETE /certificates/issuers/{name}`: answers with the one that was there.
pub(in crate::keyvault) fn delete_issuer(call: &Call, name: &str) -> Result<Response, VaultError> {
    call.require_list(ObjectKind::Certificate, "certificatecas/delete")?;
    let issuer = call.vault.objects.write().issuers.remove(name).ok_or_else(none)?;
    Ok(view(call, name, &issuer))
}

impl Objects {
    /// Refuses a policy whose issuer is neither built in nor set up. Not documented: the service's words.
    pub(super) fn check_issuer(&self, name: Option<&str>) -> Result<(), VaultError> {
        match name {
            Some(name) if !is_built_in(name) && !self.issuers.contains_key(name) => {
                Err(VaultError::bad_parameter(format!("The issuer '{name}' is not set up in this key vault.")))
            }
            _ => Ok(()),
        }
    }
}

fn is_built_in(name: &str) -> bool {
    name == SELF_ISSUER || name == UNKNOWN_ISSUER
}

fn view(call: &Call, name: &str, issuer: &Issuer) -> Response {
    ok(View { id: id(call, name), issuer })
}

fn id(call: &Call, name: &str) -> String {
    format!("https://{}/certificates/issuers/{name}", call.vault.host)
}

fn none() -> VaultError {
    VaultError::missing("CertificateIssuerNotFound", "Issuer not found")
}
