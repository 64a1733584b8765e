//! The services of Microsoft that exist in every tenant and can be asked for tokens.

use uuid::{Uuid, uuid};

use super::{
    derived_id,
    graph_permissions::{ROLES, SCOPES},
};

/// Microsoft Graph.
pub(crate) const GRAPH_APP_ID: Uuid = uuid!("00000003-0000-0000-c000-000000000000");

/// Azure Key Vault.
pub(crate) const VAULT_APP_ID: Uuid = uuid!("cfa8b339-82a2-471a-a3c9-0fc0be7a4093");

/// A service of Microsoft.
#[derive(Debug)]
pub(crate) struct Resource {
    pub(crate) app_id: Uuid,
    pub(crate) display_name: &'static str,
    /// The names it is asked for by; the first is canonical. A token's `aud` is the name used, slash included.
    pub(crate) identifiers: &'static [&'static str],
    /// Its tokens have the older shape: `appid` and `sts.windows.net`, rather than `azp` and the v2.0 issuer.
    pub(crate) v1_tokens: bool,
    pub(crate) roles: &'static [Permission],
    /// Delegated permissions.
    pub(crate) scopes: &'static [Permission],
    /// What a signed-in user's token may do, when one of Microsoft's own command lines asks.
    pub(crate) user_scopes: &'static str,
}

/// A permission of a service: for applications on their own behalf, or delegated by people.
#[derive(Debug)]
pub(crate) struct Permission {
    pub(crate) id: Uuid,
    pub(crate) value: &'static str,
    /// In words, as on the consent page.
    pub(crate) title: &'static str,
    pub(crate) description: &'static str,
}

impl Resource {
    /// The service of this client id.
    pub(crate) fn by_app_id(app_id: Uuid) -> Option<&'static Self> {
        RESOURCES.iter().find(|resource| resource.app_id == app_id)
    }

    /// The service that is asked for by this name. Names are compared without case and without a final slash.
    pub(crate) fn by_identifier(name: &str) -> Option<&'static Self> {
        let name = name.strip_suffix('/').unwrap_or(name);
        RESOURCES.iter().find(|resource| {
            resource.identifiers.iter().any(|identifier| identifier.eq_ignore_ascii_case(name))
                || Uuid::try_parse(name) == Ok(resource.app_id)
        })
    }

    pub(crate) fn role(&self, id: Uuid) -> Option<&'static Permission> {
        self.roles.iter().find(|role| role.id == id)
    }

    pub(crate) fn scope(&self, id: Uuid) -> Option<&'static Permission> {
        self.scopes.iter().find(|scope| scope.id == id)
    }

    /// The service whose principal has this object id in a tenant.
    pub(crate) fn by_principal(id: Uuid, tenant: Uuid) -> Option<&'static Self> {
        RESOURCES.iter().find(|resource| resource.principal_id(tenant) == id)
    }

    /// The services of Microsoft that every tenant has.
    pub(crate) fn all() -> impl Iterator<Item = &'static Self> {
        RESOURCES.iter()
    }

    /// The object id of its service principal in a tenant.
    pub(crate) fn principal_id(&self, tenant: Uuid) -> Uuid {
        derived_id(&[b"service principal", tenant.as_bytes(), self.app_id.as_bytes()])
    }
}

const RESOURCES: &[Resource] = &[
    Resource {
        app_id: GRAPH_APP_ID,
        display_name: "Microsoft Graph",
        identifiers: &["https://graph.microsoft.com"],
        v1_tokens: true,
        roles: ROLES,
        scopes: SCOPES,
        user_scopes: "Application.ReadWrite.All AppRoleAssignment.ReadWrite.All AuditLog.Read.All \
            DelegatedPermissionGrant.ReadWrite.All Directory.AccessAsUser.All email Group.ReadWrite.All openid \
            Policy.Read.All Policy.ReadWrite.ApplicationConfiguration Policy.ReadWrite.Authorization profile \
            RoleManagement.Read.Directory User.ReadWrite.All",
    },
    Resource {
        app_id: VAULT_APP_ID,
        display_name: "Azure Key Vault",
        identifiers: &["https://vault.azure.net"],
        v1_tokens: true,
        roles: &[],
        scopes: &[],
        user_scopes: "user_impersonation",
    },
    Resource {
        app_id: uuid!("589d5083-6f11-4d30-a62a-a4b316a14abf"),
        display_name: "Azure Key Vault Managed HSM",
        identifiers: &["https://managedhsm.azure.net"],
        v1_tokens: true,
        roles: &[],
        scopes: &[],
        user_scopes: "user_impersonation",
    },
    Resource {
        app_id: uuid!("797f4846-ba00-4fd7-ba43-dac1f8f63013"),
        display_name: "Windows Azure Service Management API",
        identifiers: &["https://management.azure.com", "https://management.core.windows.net"],
        v1_tokens: true,
        roles: &[],
        scopes: &[],
        user_scopes: "user_impersonation",
    },
    Resource {
        app_id: uuid!("fb60f99c-7a34-4190-8149-302f77469936"),
        display_name: "AAD Token Exchange Endpoint",
        identifiers: &["api://AzureADTokenExchange"],
        v1_tokens: false,
        roles: &[],
        scopes: &[],
        user_scopes: "",
    },
];
