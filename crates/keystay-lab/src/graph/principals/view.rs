//! A service principal as Graph shows it.

use serde_json::{Map, Value, json};
use uuid::{Uuid, uuid};

use crate::{
    directory::{Permission, Resource, ServicePrincipal, World},
    graph::{
        applications,
        credentials::{keys, passwords},
        view::{moment, object},
    },
};

/// The tenant that Microsoft's own services belong to.
const MICROSOFT: Uuid = uuid!("f8cdef31-a31e-4b4a-93e4-5f571e91255a");

/// The service principal of an application, or of a managed identity.
pub(in crate::graph) fn view(world: &World, principal: &ServicePrincipal) -> Map<String, Value> {
    let app = world.applications.get(&principal.app_id);
    let identity = world.managed_identities.iter().find(|one| one.client_id == principal.app_id);
    let kind = if identity.is_some() { "ManagedIdentity" } else { "Application" };
    let publisher = app.and_then(|app| app.verified_publisher.as_ref());
    let names = app.map(|app| app.identifier_uris.as_slice()).unwrap_or_default();
    let names = names.iter().cloned().chain([principal.app_id.to_string()]);
    object(json!({
        "id": principal.id,
        "deletedDateTime": null,
        "accountEnabled": principal.account_enabled,
        "alternativeNames": identity.map(|one| vec!["isExplicit=False".to_owned(), one.resource_id.clone()])
            .unwrap_or_default(),
        "appDescription": app.and_then(|app| app.description.as_deref()),
        "appDisplayName": app.map_or(principal.display_name.as_str(), |app| app.display_name.as_str()),
        "appId": principal.app_id,
        "appOwnerOrganizationId": app.map(|app| app.home_tenant),
        "appRoleAssignmentRequired": principal.assignment_required,
        "appRoles": app.map(|app| app.app_roles.iter().map(applications::app_role).collect::<Vec<_>>())
            .unwrap_or_default(),
        "description": null,
        "disabledByMicrosoftStatus": null,
        "displayName": principal.display_name,
        "homepage": null,
        "keyCredentials": principal.key_credentials.iter().map(|one| keys::view(one, false)).collect::<Vec<_>>(),
        "loginUrl": null,
        "notes": principal.notes,
        "oauth2PermissionScopes": [],
        "passwordCredentials": principal.password_credentials.iter().map(passwords::view).collect::<Vec<_>>(),
        "preferredSingleSignOnMode": null,
        "replyUrls": app.map(|app| app.redirect_uris.as_slice()).unwrap_or_default(),
        "servicePrincipalNames": names.collect::<Vec<_>>(),
        "servicePrincipalType": kind,
        "signInAudience": app.map(applications::audience),
        "tags": principal.tags,
        "tokenEncryptionKeyId": null,
        "verifiedPublisher": {
            "displayName": publisher.map(|one| one.display_name.as_str()),
            "verifiedPublisherId": publisher.map(|one| one.id.as_str()),
            "addedDateTime": publisher.map(|one| moment(one.added)),
        },
    }))
}

/// The service principal of a service of Microsoft.
pub(super) fn service(resource: &Resource, tenant: Uuid) -> Map<String, Value> {
    object(json!({
        "id": resource.principal_id(tenant),
        "deletedDateTime": null,
        "accountEnabled": true,
        "alternativeNames": [],
        "appDescription": null,
        "appDisplayName": resource.display_name,
        "appId": resource.app_id,
        "appOwnerOrganizationId": MICROSOFT,
        "appRoleAssignmentRequired": false,
        "appRoles": resource.roles.iter().map(role).collect::<Vec<_>>(),
        "description": null,
        "disabledByMicrosoftStatus": null,
        "displayName": resource.display_name,
        "homepage": null,
        "keyCredentials": [],
        "loginUrl": null,
        "notes": null,
        "oauth2PermissionScopes": resource.scopes.iter().map(scope).collect::<Vec<_>>(),
        "passwordCredentials": [],
        "preferredSingleSignOnMode": null,
        "replyUrls": [],
        "servicePrincipalNames": resource.identifiers,
        "servicePrincipalType": "Application",
        "signInAudience": "AzureADMultipleOrgs",
        "tags": [],
        "tokenEncryptionKeyId": null,
        "verifiedPublisher": { "displayName": null, "verifiedPublisherId": null, "addedDateTime": null },
    }))
}

fn role(role: &Permission) -> Value {
    json!({
        "allowedMemberTypes": ["Application"],
        "description": role.description,
        "displayName": role.title,
        "id": role.id,
        "isEnabled": true,
        "origin": "Application",
        "value": role.value,
    })
}

fn scope(scope: &Permission) -> Value {
    json!({
        "adminConsentDescription": scope.description,
        "adminConsentDisplayName": scope.title,
        "id": scope.id,
        "isEnabled": true,
        "type": "Admin",
        "userConsentDescription": scope.description,
        "userConsentDisplayName": scope.title,
        "value": scope.value,
    })
}
