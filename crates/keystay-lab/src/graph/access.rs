//! Who calls Graph and what the token allows.

use axum::http::{HeaderMap, header};
use uuid::Uuid;

use super::error::GraphError;
use crate::{
    bearer::{Caller, TokenFault},
    directory::{AdminRole, Application, World},
    entra::Entra,
};

const AUDIENCE: [&str; 3] =
    ["https://graph.microsoft.com", "https://graph.microsoft.com/", "00000003-0000-0000-c000-000000000000"];

/// The bearer of a valid token.
#[derive(Debug)]
pub(super) struct Access {
    pub(super) caller: Caller,
    is_user: bool,
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
    /// Whether the token carries one of these permissions.
    pub(super) fn has_any(&self, permissions: &[&str]) -> bool {
        self.permissions.iter().any(|held| permissions.contains(&held.as_str()))
    }

    /// Whether the bearer may read applications and service principals of the tenant.
    pub(super) fn may_read_applications(&self) -> bool {
        self.has_any(&[
            "Application.Read.All",
            "Application.ReadWrite.All",
            "Directory.Read.All",
            "Directory.AccessAsUser.All",
        ]) || (!self.is_user && self.has_any(&["Application.ReadWrite.OwnedBy"]))
    }

    /// Whether the bearer may register an application.
    pub(super) fn may_create(&self, world: &World) -> bool {
        if !self.is_user {
            return self.has_any(&["Application.ReadWrite.All", "Application.ReadWrite.OwnedBy"]);
        }
        let policy = world.tenants.get(&self.caller.tenant_id).is_some_and(|tenant| tenant.allowed_to_create_apps);
        self.may_write_as_user() && (policy || self.is_application_admin(world))
    }

    /// Whether the bearer may change this application.
    pub(super) fn may_change(&self, world: &World, application: &Application) -> bool {
        let owner = application.owners.contains(&self.caller.object_id);
        if self.is_user {
            return self.may_write_as_user() && (owner || self.is_application_admin(world));
        }
        self.has_any(&["Application.ReadWrite.All"]) || (owner && self.has_any(&["Application.ReadWrite.OwnedBy"]))
    }

    /// Whether the bearer may change service principals of the tenant.
    pub(super) fn may_change_principals(&self, world: &World) -> bool {
        if self.is_user {
            self.may_write_as_user() && self.is_application_admin(world)
        } else {
            self.has_any(&["Application.ReadWrite.All"])
        }
    }

    /// Whether the bearer is this application itself.
    pub(super) fn is_app(&self, app: Uuid) -> bool {
        !self.is_user && self.caller.app_id == Some(app)
    }

    fn may_write_as_user(&self) -> bool {
        self.has_any(&["Application.ReadWrite.All", "Directory.AccessAsUser.All"])
    }

    fn is_application_admin(&self, world: &World) -> bool {
        let tenant = world.tenants.get(&self.caller.tenant_id);
        let user = tenant.and_then(|tenant| tenant.user(self.caller.object_id));
        user.is_some_and(|user| user.has_any(&AdminRole::MANAGE_APPLICATIONS))
    }
}
