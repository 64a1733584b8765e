//! Who calls Graph and what the token allows.

use axum::http::{HeaderMap, header};
use uuid::Uuid;

use super::error::GraphError;
use crate::{
    bearer::{Caller, TokenFault},
    directory::{AdminRole, Tenant, User, World},
    entra::Entra,
};

const AUDIENCE: [&str; 3] =
    ["https://graph.microsoft.com", "https://graph.microsoft.com/", "00000003-0000-0000-c000-000000000000"];

/// The bearer of a valid token.
#[derive(Debug)]
pub(super) struct Access {
    pub(super) caller: Caller,
    pub(super) is_user: bool,
    /// Roles of an application, scopes of a person.
    permissions: Vec<String>,
}

/// Reads and checks the bearer token.
pub(super) fn authenticate(entra: &Entra, headers: &HeaderMap) -> Result<Access, GraphError> {
    let header = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let bearer = header.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let Some((_, token)) = bearer else {
        return Err(GraphError::invalid_token("Access token is empty."));
    };
    let token = entra.verify(token.trim(), &AUDIENCE).map_err(|fault| {
        GraphError::invalid_token(match fault {
            TokenFault::Malformed => "CompactToken parsing failed with error code: 80049217",
            TokenFault::BadSignature => "Access token validation failure. Invalid signature.",
            TokenFault::WrongAudience => "Access token validation failure. Invalid audience.",
            TokenFault::WrongIssuer => "Access token validation failure. Invalid issuer.",
            TokenFault::Expired => "Lifetime validation failed, the token is expired.",
        })
    })?;
    let is_user = token.is_user();
    let permissions = if is_user { token.scopes } else { token.roles };
    Ok(Access { caller: token.caller, is_user, permissions })
}

impl Access {
    /// Refuses a bearer that has not what a call needs.
    pub(super) fn require(&self, world: &World, need: Need) -> Result<(), GraphError> {
        if self.has(world, need) { Ok(()) } else { Err(GraphError::denied()) }
    }

    /// Whether the bearer has what a call needs.
    pub(super) fn has(&self, world: &World, need: Need) -> bool {
        self.has_any(need.permissions) && (!self.is_user || need.roles.is_empty() || self.is_admin(world, need.roles))
    }

    /// Whether the token carries one of these permissions.
    pub(super) fn has_any(&self, permissions: &[&str]) -> bool {
        self.permissions.iter().any(|held| permissions.contains(&held.as_str()))
    }

    /// The tenant that the bearer speaks in, and that everything is about.
    pub(super) fn tenant<'a>(&self, world: &'a World) -> Result<&'a Tenant, GraphError> {
        world.tenants.get(&self.caller.tenant_id).ok_or_else(GraphError::denied)
    }

    /// The same, to be changed.
    pub(super) fn tenant_mut<'a>(&self, world: &'a mut World) -> Result<&'a mut Tenant, GraphError> {
        world.tenant_mut(self.caller.tenant_id).map_err(|_| GraphError::denied())
    }

    /// The person behind the token; `None` for an application on its own behalf.
    pub(super) fn person<'a>(&self, world: &'a World) -> Option<&'a User> {
        world.tenants.get(&self.caller.tenant_id)?.user(self.caller.object_id).filter(|_| self.is_user)
    }

    /// Whether the bearer may register an application.
    pub(super) fn may_create(&self, world: &World) -> bool {
        if !self.is_user {
            return self.has_any(&["Application.ReadWrite.All", "Application.ReadWrite.OwnedBy"]);
        }
        let policy = world.tenants.get(&self.caller.tenant_id).is_some_and(|tenant| tenant.allowed_to_create_apps);
        self.has_any(MANAGE_APPLICATIONS.permissions) && (policy || self.has(world, MANAGE_APPLICATIONS))
    }

    /// Whether the bearer may change an application or a service principal that has these owners.
    pub(super) fn may_change(&self, world: &World, owners: &[Uuid]) -> bool {
        let owner = owners.contains(&self.caller.object_id);
        let as_owner = if self.is_user {
            self.has_any(MANAGE_APPLICATIONS.permissions)
        } else {
            self.has_any(&["Application.ReadWrite.OwnedBy"])
        };
        (owner && as_owner) || self.has(world, MANAGE_APPLICATIONS)
    }

    /// Whether the bearer may change a group that has these owners. People may change the groups they own.
    pub(super) fn may_change_group(&self, world: &World, owners: &[Uuid], need: Need) -> bool {
        let owns = self.is_user && owners.contains(&self.caller.object_id);
        self.has(world, need) || (owns && self.has_any(need.permissions))
    }

    /// Whether the bearer is this application itself.
    pub(super) fn is_app(&self, app: Uuid) -> bool {
        !self.is_user && self.caller.app_id == Some(app)
    }

    /// Whether a person has one of these roles.
    pub(super) fn is_admin(&self, world: &World, roles: &[AdminRole]) -> bool {
        self.person(world).is_some_and(|person| person.has_any(roles))
    }
}

/// What a call needs of its bearer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Need {
    /// One of these permissions: granted to an application, or delegated to it by a person.
    permissions: &'static [&'static str],
    /// Of a person also one of these roles, if there are any.
    roles: &'static [AdminRole],
}

const fn need(permissions: &'static [&'static str], roles: &'static [AdminRole]) -> Need {
    Need { permissions, roles }
}

const ANY_ADMIN: &[AdminRole] =
    &[AdminRole::GlobalAdministrator, AdminRole::PrivilegedRoleAdministrator, AdminRole::ApplicationAdministrator];

pub(super) const READ_APPLICATIONS: Need = need(
    &[
        "Application.Read.All",
        "Application.ReadWrite.All",
        "Application.ReadWrite.OwnedBy",
        "Directory.Read.All",
        "Directory.ReadWrite.All",
        "Directory.AccessAsUser.All",
    ],
    &[],
);
pub(super) const MANAGE_APPLICATIONS: Need =
    need(&["Application.ReadWrite.All", "Directory.AccessAsUser.All"], &AdminRole::MANAGE_APPLICATIONS);
pub(super) const READ_APP_ROLES: Need = need(
    &[
        "Application.Read.All",
        "Application.ReadWrite.All",
        "AppRoleAssignment.ReadWrite.All",
        "Directory.Read.All",
        "Directory.ReadWrite.All",
        "Directory.AccessAsUser.All",
    ],
    &[],
);
pub(super) const GRANT_APP_ROLES: Need = need(&["AppRoleAssignment.ReadWrite.All"], ANY_ADMIN);
/// Permissions of Microsoft Graph can be given by few only: they could make anybody anything.
pub(super) const GRANT_GRAPH_ROLES: Need = need(&["AppRoleAssignment.ReadWrite.All"], &AdminRole::CONSENT_TO_ALL);
pub(super) const READ_GRANTS: Need = need(
    &[
        "DelegatedPermissionGrant.Read.All",
        "DelegatedPermissionGrant.ReadWrite.All",
        "Directory.Read.All",
        "Directory.ReadWrite.All",
        "Directory.AccessAsUser.All",
    ],
    &[],
);
pub(super) const WRITE_GRANTS: Need =
    need(&["DelegatedPermissionGrant.ReadWrite.All", "Directory.ReadWrite.All"], ANY_ADMIN);
pub(super) const READ_GROUPS: Need = need(
    &[
        "GroupMember.Read.All",
        "GroupMember.ReadWrite.All",
        "Group.Read.All",
        "Group.ReadWrite.All",
        "Directory.Read.All",
        "Directory.ReadWrite.All",
        "Directory.AccessAsUser.All",
    ],
    &[],
);
/// Every person may make security groups.
pub(super) const CREATE_GROUPS: Need =
    need(&["Group.ReadWrite.All", "Directory.ReadWrite.All", "Directory.AccessAsUser.All"], &[]);
pub(super) const WRITE_GROUPS: Need = need(CREATE_GROUPS.permissions, &[AdminRole::GlobalAdministrator]);
pub(super) const WRITE_MEMBERS: Need = need(
    &["GroupMember.ReadWrite.All", "Group.ReadWrite.All", "Directory.ReadWrite.All", "Directory.AccessAsUser.All"],
    &[AdminRole::GlobalAdministrator],
);
pub(super) const READ_MEMBERSHIP: Need = need(
    &[
        "User.Read.All",
        "User.ReadWrite.All",
        "Application.Read.All",
        "Application.ReadWrite.All",
        "GroupMember.Read.All",
        "Group.Read.All",
        "Group.ReadWrite.All",
        "Directory.Read.All",
        "Directory.ReadWrite.All",
        "Directory.AccessAsUser.All",
    ],
    &[],
);
pub(super) const READ_USERS: Need = need(
    &[
        "User.Read.All",
        "User.ReadWrite.All",
        "Directory.Read.All",
        "Directory.ReadWrite.All",
        "Directory.AccessAsUser.All",
    ],
    &[],
);
pub(super) const READ_BASIC_USERS: Need = need(&["User.ReadBasic.All"], &[]);
pub(super) const READ_ME: Need = need(&["User.Read", "User.ReadWrite"], &[]);
pub(super) const WRITE_USERS: Need = need(
    &["User.ReadWrite.All", "Directory.ReadWrite.All", "Directory.AccessAsUser.All"],
    &[AdminRole::GlobalAdministrator],
);
pub(super) const READ_OBJECTS: Need =
    need(&["Directory.Read.All", "Directory.ReadWrite.All", "Directory.AccessAsUser.All"], &[]);
pub(super) const READ_ORGANIZATION: Need = need(
    &[
        "Organization.Read.All",
        "User.Read",
        "Directory.Read.All",
        "Directory.ReadWrite.All",
        "Directory.AccessAsUser.All",
    ],
    &[],
);
pub(super) const READ_DOMAINS: Need =
    need(&["Domain.Read.All", "Directory.Read.All", "Directory.ReadWrite.All", "Directory.AccessAsUser.All"], &[]);
pub(super) const READ_ROLES: Need = need(
    &[
        "RoleManagement.Read.Directory",
        "RoleManagement.ReadWrite.Directory",
        "Directory.Read.All",
        "Directory.ReadWrite.All",
        "Directory.AccessAsUser.All",
    ],
    &[],
);
pub(super) const READ_AUTHORIZATION: Need = need(&["Policy.Read.All", "Policy.ReadWrite.Authorization"], &[]);
pub(super) const WRITE_AUTHORIZATION: Need = need(&["Policy.ReadWrite.Authorization"], &AdminRole::CONSENT_TO_ALL);
pub(super) const READ_APP_POLICIES: Need =
    need(&["Policy.Read.All", "Policy.ReadWrite.ApplicationConfiguration"], ANY_ADMIN);
pub(super) const WRITE_APP_POLICIES: Need =
    need(&["Policy.ReadWrite.ApplicationConfiguration"], &AdminRole::MANAGE_APPLICATIONS);
pub(super) const READ_AUDIT: Need = need(&["AuditLog.Read.All"], ANY_ADMIN);
