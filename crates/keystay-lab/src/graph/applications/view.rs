//! An application as Graph shows it.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::{
    directory::{AppRole, Application, Tenant, World},
    graph::{
        credentials::{keys, passwords},
        view::{moment, object},
    },
};

/// All its properties. Certificates themselves only `with_keys`.
pub(in crate::graph) fn view(world: &World, app: &Application, with_keys: bool) -> Map<String, Value> {
    let access = app.required_resource_access.iter().map(|access| {
        let typed = |ids: &[Uuid], kind: &'static str| {
            ids.iter().map(|id| json!({ "id": id, "type": kind })).collect::<Vec<_>>()
        };
        let all = [typed(&access.roles, "Role"), typed(&access.scopes, "Scope")].concat();
        json!({ "resourceAppId": access.resource_app_id, "resourceAccess": all })
    });
    let publisher = app.verified_publisher.as_ref();
    let lock = &app.instance_lock;
    object(json!({
        "id": app.id,
        "deletedDateTime": null,
        "appId": app.app_id,
        "applicationTemplateId": null,
        "disabledByMicrosoftStatus": null,
        "createdDateTime": moment(app.created),
        "displayName": app.display_name,
        "description": app.description,
        "groupMembershipClaims": null,
        "identifierUris": app.identifier_uris,
        "isDisabled": app.disabled,
        "isFallbackPublicClient": null,
        "notes": app.notes,
        "publisherDomain": world.tenants.get(&app.home_tenant).map(Tenant::default_domain),
        "serviceManagementReference": null,
        "signInAudience": audience(app),
        "tags": app.tags,
        "tokenEncryptionKeyId": null,
        "verifiedPublisher": {
            "displayName": publisher.map(|one| one.display_name.as_str()),
            "verifiedPublisherId": publisher.map(|one| one.id.as_str()),
            "addedDateTime": publisher.map(|one| moment(one.added)),
        },
        "api": {
            "acceptMappedClaims": null,
            "knownClientApplications": [],
            "requestedAccessTokenVersion": null,
            "oauth2PermissionScopes": [],
            "preAuthorizedApplications": [],
        },
        "appRoles": app.app_roles.iter().map(app_role).collect::<Vec<_>>(),
        "info": { "logoUrl": null, "marketingUrl": null, "privacyStatementUrl": null, "supportUrl": null,
            "termsOfServiceUrl": null },
        "keyCredentials": app.key_credentials.iter().map(|one| keys::view(one, with_keys)).collect::<Vec<_>>(),
        "optionalClaims": null,
        "passwordCredentials": app.password_credentials.iter().map(passwords::view).collect::<Vec<_>>(),
        "publicClient": { "redirectUris": app.public_redirect_uris },
        "requiredResourceAccess": access.collect::<Vec<_>>(),
        "servicePrincipalLockConfiguration": {
            "isEnabled": lock.enabled,
            "allProperties": lock.all_properties,
            "credentialsWithUsageVerify": lock.credentials_with_usage_verify,
            "credentialsWithUsageSign": lock.credentials_with_usage_sign,
            "tokenEncryptionKeyId": lock.token_encryption_key_id,
        },
        "spa": { "redirectUris": [] },
        "web": {
            "homePageUrl": null,
            "logoutUrl": null,
            "redirectUris": app.redirect_uris,
            "implicitGrantSettings": { "enableAccessTokenIssuance": false, "enableIdTokenIssuance": false },
        },
    }))
}

/// Who may use it.
pub(in crate::graph) fn audience(app: &Application) -> &'static str {
    match (app.multi_tenant, app.personal_accounts) {
        (false, _) => "AzureADMyOrg",
        (true, false) => "AzureADMultipleOrgs",
        (true, true) => "AzureADandPersonalMicrosoftAccount",
    }
}

/// An application permission that an application offers.
pub(in crate::graph) fn app_role(role: &AppRole) -> Value {
    json!({
        "allowedMemberTypes": role.allowed_member_types,
        "description": role.description,
        "displayName": role.display_name,
        "id": role.id,
        "isEnabled": role.enabled,
        "origin": "Application",
        "value": role.value,
    })
}
