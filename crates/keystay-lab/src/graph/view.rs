//! Directory objects as Graph shows them.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Map, Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::directory::{
    Application, KeyCredential, ManagedIdentity, PasswordCredential, Resource, ServicePrincipal, User,
};

/// An object with `@odata.context` in front.
pub(super) fn with_context(context: &str, mut object: Map<String, Value>) -> Value {
    object.insert("@odata.context".to_owned(), format!("https://graph.microsoft.com/v1.0/$metadata#{context}").into());
    Value::Object(object)
}

/// A page of a collection.
pub(super) fn collection(context: &str, values: Vec<Map<String, Value>>, next_link: Option<String>) -> Value {
    let mut page = Map::new();
    if let Some(link) = next_link {
        page.insert("@odata.nextLink".to_owned(), link.into());
    }
    page.insert("value".to_owned(), values.into_iter().map(Value::Object).collect());
    with_context(context, page)
}

/// The default properties of a user. With `basic`, only what `User.ReadBasic.All` shows; the others are null.
pub(super) fn user(user: &User, basic: bool) -> Map<String, Value> {
    let job_title = if basic { Value::Null } else { user.job_title.as_str().into() };
    object(json!({
        "businessPhones": [],
        "displayName": user.display_name,
        "givenName": user.given_name,
        "jobTitle": job_title,
        "mail": user.mail,
        "mobilePhone": null,
        "officeLocation": null,
        "preferredLanguage": null,
        "surname": user.surname,
        "userPrincipalName": user.user_principal_name,
        "id": user.id,
    }))
}

/// An application. Certificates themselves are shown only when `keyCredentials` is selected on one object.
pub(super) fn application(app: &Application, with_keys: bool) -> Map<String, Value> {
    let audience = if app.multi_tenant { "AzureADMultipleOrgs" } else { "AzureADMyOrg" };
    let access = app.required_resource_access.iter().map(|access| {
        let typed = |ids: &[uuid::Uuid], kind: &'static str| {
            ids.iter().map(|id| json!({ "id": id, "type": kind })).collect::<Vec<_>>()
        };
        let all = [typed(&access.roles, "Role"), typed(&access.scopes, "Scope")].concat();
        json!({ "resourceAppId": access.resource_app_id, "resourceAccess": all })
    });
    object(json!({
        "id": app.id,
        "appId": app.app_id,
        "createdDateTime": moment(app.created),
        "displayName": app.display_name,
        "identifierUris": app.identifier_uris,
        "isDisabled": app.disabled,
        "signInAudience": audience,
        "requiredResourceAccess": access.collect::<Vec<_>>(),
        "keyCredentials": app.key_credentials.iter().map(|one| key_credential(one, with_keys)).collect::<Vec<_>>(),
        "passwordCredentials": app.password_credentials.iter().map(password_credential).collect::<Vec<_>>(),
        "publicClient": { "redirectUris": app.public_redirect_uris },
        "web": { "redirectUris": app.redirect_uris },
        "servicePrincipalLockConfiguration": { "isEnabled": true, "allProperties": true },
    }))
}

pub(super) fn key_credential(credential: &KeyCredential, with_key: bool) -> Value {
    let key = with_key.then(|| BASE64_STANDARD.encode(credential.certificate.der()));
    json!({
        "customKeyIdentifier": credential.custom_key_identifier,
        "displayName": credential.display_name,
        "endDateTime": moment(credential.end),
        "key": key,
        "keyId": credential.key_id,
        "startDateTime": moment(credential.start),
        "type": "AsymmetricX509Cert",
        "usage": "Verify",
    })
}

fn password_credential(credential: &PasswordCredential) -> Value {
    json!({
        "customKeyIdentifier": null,
        "displayName": credential.display_name,
        "endDateTime": moment(credential.end),
        "hint": credential.hint,
        "keyId": credential.key_id,
        "secretText": null,
        "startDateTime": moment(credential.start),
    })
}

/// A service principal: of a service of Microsoft, of an application, or of a managed identity.
pub(super) fn principal(
    principal: &ServicePrincipal,
    app: Option<&Application>,
    identity: Option<&ManagedIdentity>,
) -> Map<String, Value> {
    let kind = if identity.is_some() { "ManagedIdentity" } else { "Application" };
    object(json!({
        "id": principal.id,
        "accountEnabled": principal.account_enabled,
        "appDisplayName": principal.display_name,
        "appId": principal.app_id,
        "appOwnerOrganizationId": app.map(|app| app.home_tenant),
        "appRoles": [],
        "displayName": principal.display_name,
        "keyCredentials": [],
        "passwordCredentials": [],
        "servicePrincipalNames": [principal.app_id],
        "servicePrincipalType": kind,
        "signInAudience": app.map(|app| if app.multi_tenant { "AzureADMultipleOrgs" } else { "AzureADMyOrg" }),
    }))
}

/// The service principal of a service of Microsoft.
pub(super) fn service(resource: &Resource, tenant: uuid::Uuid) -> Map<String, Value> {
    let roles = resource.roles.iter().map(|role| {
        json!({
            "allowedMemberTypes": ["Application"],
            "description": role.description,
            "displayName": role.title,
            "id": role.id,
            "isEnabled": true,
            "origin": "Application",
            "value": role.value,
        })
    });
    object(json!({
        "id": resource.principal_id(tenant),
        "accountEnabled": true,
        "appDisplayName": resource.display_name,
        "appId": resource.app_id,
        "appOwnerOrganizationId": "f8cdef31-a31e-4b4a-93e4-5f571e91255a",
        "appRoles": roles.collect::<Vec<_>>(),
        "displayName": resource.display_name,
        "keyCredentials": [],
        "passwordCredentials": [],
        "servicePrincipalNames": resource.identifiers,
        "servicePrincipalType": "Application",
        "signInAudience": "AzureADMultipleOrgs",
    }))
}

pub(super) fn moment(at: OffsetDateTime) -> String {
    at.replace_nanosecond(0).unwrap_or(at).format(&Rfc3339).unwrap_or_default()
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}
