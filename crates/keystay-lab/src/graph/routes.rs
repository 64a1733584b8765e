//! Which call does what.

use axum::{http::Method, response::Response};

use super::{
    Call, Graph, address, app_roles, applications, audit,
    credentials::{self, Holder},
    directory_objects,
    error::GraphError,
    grants, groups, membership, organization, owners,
    policies::{self, Assignable},
    principals, roles, users,
};
use crate::directory::{AppManagementPolicy, TokenLifetimePolicy};

impl Graph {
    /// Answers a call by its path after `/v1.0/`.
    pub(super) fn answer(&self, method: &Method, rest: &str, call: &Call) -> Result<Response, GraphError> {
        let segments = address::segments(rest)?;
        let path: Vec<&str> = segments.iter().map(String::as_str).collect();
        match path.as_slice() {
            ["applications", rest @ ..] => self.applications(method, rest, call),
            ["servicePrincipals", rest @ ..] => self.principals(method, rest, call),
            ["groups", rest @ ..] => self.groups(method, rest, call),
            ["policies", rest @ ..] => self.policies(method, rest, call),
            ["me", rest @ ..] => {
                let id = users::me(self, call)?.to_string();
                self.users(method, &[&[id.as_str()], rest].concat(), call)
            }
            ["users", rest @ ..] => self.users(method, rest, call),
            _ => self.others(method, &path, call),
        }
    }

    fn applications(&self, method: &Method, path: &[&str], call: &Call) -> Result<Response, GraphError> {
        match (method.as_str(), path) {
            ("GET", []) => applications::list(self, call),
            ("POST", []) => applications::create(self, call),
            ("GET", [key]) => applications::read(self, call, key),
            ("PATCH", [key]) => applications::update(self, call, key),
            ("DELETE", [key]) => applications::delete(self, call, key),
            ("GET", [key, "owners"]) => owners::list(self, call, Holder::Application, key),
            ("POST", [key, "owners", "$ref"]) => owners::add(self, call, Holder::Application, key),
            ("DELETE", [key, "owners", id, "$ref"]) => owners::remove(self, call, Holder::Application, key, id),
            ("GET", [key, "federatedIdentityCredentials"]) => credentials::federated::list(self, call, key),
            ("POST", [key, "federatedIdentityCredentials"]) => credentials::federated::create(self, call, key),
            ("GET", [key, "federatedIdentityCredentials", id]) => credentials::federated::read(self, call, key, id),
            ("PATCH", [key, "federatedIdentityCredentials", id]) => credentials::federated::update(self, call, key, id),
            ("DELETE", [key, "federatedIdentityCredentials", id]) => {
                credentials::federated::delete(self, call, key, id)
            }
            ("POST", [key, "setVerifiedPublisher"]) => applications::set_verified_publisher(self, call, key),
            ("POST", [key, "unsetVerifiedPublisher"]) => applications::unset_verified_publisher(self, call, key),
            (_, [key, rest @ ..]) => self.of_both(method, Holder::Application, key, rest, call),
            _ => Err(GraphError::no_such_segment("applications")),
        }
    }

    fn principals(&self, method: &Method, path: &[&str], call: &Call) -> Result<Response, GraphError> {
        match (method.as_str(), path) {
            ("GET", []) => principals::list(self, call),
            ("POST", []) => principals::create(self, call),
            ("GET", [key]) => principals::read(self, call, key),
            ("PATCH", [key]) => principals::update(self, call, key),
            ("DELETE", [key]) => principals::delete(self, call, key),
            ("GET", [key, "appRoleAssignments"]) => app_roles::held(self, call, key),
            ("GET", [key, "appRoleAssignedTo"]) => app_roles::given(self, call, key),
            ("POST", [key, "appRoleAssignments" | "appRoleAssignedTo"]) => app_roles::grant(self, call, key),
            ("GET", [key, "appRoleAssignments" | "appRoleAssignedTo", id]) => app_roles::read(self, call, key, id),
            ("DELETE", [key, "appRoleAssignments" | "appRoleAssignedTo", id]) => app_roles::revoke(self, call, key, id),
            ("GET", [key, "oauth2PermissionGrants"]) => grants::of_client(self, call, key),
            ("GET", [key, "memberOf"]) => membership::of_principal(self, call, key, false),
            ("GET", [key, "transitiveMemberOf"]) => membership::of_principal(self, call, key, true),
            ("GET", [key, "ownedObjects"]) => owners::owned_by_principal(self, call, key),
            ("GET", [key, "owners"]) => owners::list(self, call, Holder::Principal, key),
            ("POST", [key, "owners", "$ref"]) => owners::add(self, call, Holder::Principal, key),
            ("DELETE", [key, "owners", id, "$ref"]) => owners::remove(self, call, Holder::Principal, key, id),
            (_, [key, rest @ ..]) => self.of_both(method, Holder::Principal, key, rest, call),
            _ => Err(GraphError::no_such_segment("servicePrincipals")),
        }
    }

    /// What applications and service principals have in common.
    fn of_both(
        &self,
        method: &Method,
        holder: Holder,
        key: &str,
        path: &[&str],
        call: &Call,
    ) -> Result<Response, GraphError> {
        match (method.as_str(), path) {
            ("POST", ["addPassword"]) => credentials::passwords::add(self, call, holder, key),
            ("POST", ["removePassword"]) => credentials::passwords::remove(self, call, holder, key),
            ("POST", ["addKey"]) => credentials::proof::add_key(self, call, holder, key),
            ("POST", ["removeKey"]) => credentials::proof::remove_key(self, call, holder, key),
            (_, [name @ ("tokenLifetimePolicies" | "appManagementPolicies"), rest @ ..]) => {
                let kind = if *name == "tokenLifetimePolicies" {
                    Assignable::TokenLifetime
                } else {
                    Assignable::AppManagement
                };
                match (method.as_str(), rest) {
                    ("GET", []) => policies::assigned::list(self, call, holder, key, kind),
                    ("POST", ["$ref"]) => policies::assigned::add(self, call, holder, key, kind),
                    ("DELETE", [id, "$ref"]) => policies::assigned::remove(self, call, holder, key, kind, id),
                    _ => Err(GraphError::no_such_segment(name)),
                }
            }
            (_, [name, ..]) => Err(GraphError::no_such_segment(name)),
            (_, []) => Err(GraphError::no_such_segment(key)),
        }
    }

    fn groups(&self, method: &Method, path: &[&str], call: &Call) -> Result<Response, GraphError> {
        match (method.as_str(), path) {
            ("GET", []) => groups::list(self, call),
            ("POST", []) => groups::create(self, call),
            ("GET", [id]) => groups::read(self, call, id),
            ("PATCH", [id]) => groups::update(self, call, id),
            ("DELETE", [id]) => groups::delete(self, call, id),
            ("GET", [id, "members"]) => membership::members(self, call, id, false),
            ("GET", [id, "transitiveMembers"]) => membership::members(self, call, id, true),
            ("POST", [id, "members", "$ref"]) => membership::add(self, call, id),
            ("DELETE", [id, "members", member, "$ref"]) => membership::remove(self, call, id, member),
            ("GET", [id, "memberOf"]) => membership::of_object(self, call, id, false),
            ("GET", [id, "transitiveMemberOf"]) => membership::of_object(self, call, id, true),
            ("GET", [id, "owners"]) => groups::owners(self, call, id),
            (_, path) => Err(GraphError::no_such_segment(path.get(1).unwrap_or(&"groups"))),
        }
    }

    fn users(&self, method: &Method, path: &[&str], call: &Call) -> Result<Response, GraphError> {
        match (method.as_str(), path) {
            ("GET", []) => users::list(self, call),
            ("POST", []) => users::create(self, call),
            ("GET", [key]) => users::read(self, call, key),
            ("PATCH", [key]) => users::update(self, call, key),
            ("GET", [key, "memberOf"]) => membership::of_user(self, call, key, false),
            ("GET", [key, "transitiveMemberOf"]) => membership::of_user(self, call, key, true),
            ("GET", [key, "ownedObjects"]) => owners::owned_by_user(self, call, key),
            (_, path) => Err(GraphError::no_such_segment(path.get(1).unwrap_or(&"users"))),
        }
    }

    fn policies(&self, method: &Method, path: &[&str], call: &Call) -> Result<Response, GraphError> {
        use policies::{app_management, authorization, own};
        match (method.as_str(), path) {
            ("GET", ["authorizationPolicy"]) => authorization::read(self, call),
            ("PATCH", ["authorizationPolicy"]) => authorization::update(self, call),
            ("GET", ["defaultAppManagementPolicy"]) => app_management::read_default(self, call),
            ("PATCH", ["defaultAppManagementPolicy"]) => app_management::update_default(self, call),
            ("GET", ["appManagementPolicies"]) => own::list::<AppManagementPolicy>(self, call),
            ("POST", ["appManagementPolicies"]) => own::create::<AppManagementPolicy>(self, call),
            ("GET", ["appManagementPolicies", id]) => own::read::<AppManagementPolicy>(self, call, id),
            ("PATCH", ["appManagementPolicies", id]) => own::update::<AppManagementPolicy>(self, call, id),
            ("DELETE", ["appManagementPolicies", id]) => own::delete::<AppManagementPolicy>(self, call, id),
            ("GET", ["tokenLifetimePolicies"]) => own::list::<TokenLifetimePolicy>(self, call),
            ("POST", ["tokenLifetimePolicies"]) => own::create::<TokenLifetimePolicy>(self, call),
            ("GET", ["tokenLifetimePolicies", id]) => own::read::<TokenLifetimePolicy>(self, call, id),
            ("PATCH", ["tokenLifetimePolicies", id]) => own::update::<TokenLifetimePolicy>(self, call, id),
            ("DELETE", ["tokenLifetimePolicies", id]) => own::delete::<TokenLifetimePolicy>(self, call, id),
            ("GET", ["tokenLifetimePolicies" | "appManagementPolicies", id, "appliesTo"]) => {
                policies::assigned::applies_to(self, call, id)
            }
            (_, path) => Err(GraphError::no_such_segment(path.first().unwrap_or(&"policies"))),
        }
    }

    fn others(&self, method: &Method, path: &[&str], call: &Call) -> Result<Response, GraphError> {
        match (method.as_str(), path) {
            ("GET", ["oauth2PermissionGrants"]) => grants::list(self, call),
            ("POST", ["oauth2PermissionGrants"]) => grants::create(self, call),
            ("GET", ["oauth2PermissionGrants", id]) => grants::read(self, call, id),
            ("PATCH", ["oauth2PermissionGrants", id]) => grants::update(self, call, id),
            ("DELETE", ["oauth2PermissionGrants", id]) => grants::delete(self, call, id),
            ("GET", ["directoryObjects", id]) => directory_objects::read(self, call, id),
            ("POST", ["directoryObjects", "getByIds"]) => directory_objects::by_ids(self, call),
            ("GET", ["directory", "deletedItems"]) if call.cast.as_deref() == Some("application") => {
                applications::deleted::list(self, call)
            }
            ("GET", ["directory", "deletedItems", id]) => applications::deleted::read(self, call, id),
            ("POST", ["directory", "deletedItems", id, "restore"]) => applications::deleted::restore(self, call, id),
            ("DELETE", ["directory", "deletedItems", id]) => applications::deleted::purge(self, call, id),
            ("GET", ["organization"]) => organization::list(self, call),
            ("GET", ["organization", id]) => organization::read(self, call, id),
            ("GET", ["domains"]) => organization::domains(self, call),
            ("GET", ["domains", name]) => organization::domain(self, call, name),
            ("GET", ["directoryRoles"]) => roles::list(self, call),
            ("GET", ["directoryRoles", id, "members"]) => roles::members(self, call, id),
            ("GET", ["roleManagement", "directory", "roleAssignments"]) => roles::assignments(self, call),
            ("GET", ["roleManagement", "directory", "roleDefinitions"]) => roles::definitions(self, call),
            ("GET", ["auditLogs", name]) if name.eq_ignore_ascii_case("directoryAudits") => audit::list(self, call),
            ("GET", ["auditLogs", name, id]) if name.eq_ignore_ascii_case("directoryAudits") => {
                audit::read(self, call, id)
            }
            (_, path) => Err(GraphError::no_such_segment(path.first().unwrap_or(&""))),
        }
    }
}
