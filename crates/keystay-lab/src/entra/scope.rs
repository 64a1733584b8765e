//! What a token is asked for: scopes, and the resource they belong to.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::refusal::Refusal;
use crate::directory::{AdminRole, GRAPH_APP_ID, Resource, Tenant, User, World};

/// The resource a token is made for.
#[derive(Clone, Debug)]
pub(crate) struct Audience {
    /// What goes into `aud`.
    pub(crate) name: String,
    pub(crate) app_id: Uuid,
    /// `None` for an application of the lab's own directory.
    pub(crate) service: Option<&'static Resource>,
}

impl Audience {
    /// Whether this is Microsoft Graph.
    pub(super) fn is_graph(&self) -> bool {
        self.app_id == GRAPH_APP_ID
    }

    /// Finds the resource that `name` means in a tenant: a service of Microsoft, or an application there.
    pub(crate) fn find(world: &World, tenant: Uuid, name: &str) -> Option<Self> {
        if let Some(service) = Resource::by_identifier(name) {
            // Older tokens are made out to the name that was asked for, final slash included; newer ones to the
            // client id.
            let audience = if service.v1_tokens { name.to_owned() } else { service.app_id.to_string() };
            return Some(Self { name: audience, app_id: service.app_id, service: Some(service) });
        }
        let principals = &world.tenants.get(&tenant)?.principals;
        let app = world.applications.values().find(|app| {
            app.identifier_uris.iter().any(|uri| uri == name)
                || name.strip_prefix("api://").unwrap_or(name) == app.app_id.to_string()
        })?;
        principals.contains_key(&app.app_id).then(|| Self {
            name: app.app_id.to_string(),
            app_id: app.app_id,
            service: None,
        })
    }
}

/// What a person can give any application without an administrator.
const USER_CONSENT: [&str; 1] = ["User.Read"];
/// OpenID Connect's own scopes, which belong to no resource.
pub(super) const OPENID: [&str; 4] = ["openid", "profile", "email", "offline_access"];
const GRAPH: &str = "https://graph.microsoft.com";

/// What a token for this person allows, of what was asked for. Microsoft's own clients get what they are trusted with; of
/// the others, everybody's get what the tenant granted, and an administrator's any delegated permission the lab plays.
pub(super) fn granted(
    asked: &str,
    tenant: &Tenant,
    user: &User,
    app: Uuid,
    of_microsoft: bool,
) -> Result<String, Refusal> {
    let name = resource_of_delegated(asked)?;
    let service = Resource::by_identifier(name);
    let known = service.map_or("user_impersonation", |service| service.user_scopes);
    if of_microsoft {
        return Ok(known.to_owned());
    }
    let is_graph = service.is_some_and(|service| service.app_id == GRAPH_APP_ID);
    let consented = service.map(|service| tenant.delegated_scopes(app, service.principal_id(tenant.id), user.id));
    let consented = consented.unwrap_or_default();
    let mut granted = Vec::new();
    for one in asked.split_ascii_whitespace() {
        let permission = one.rsplit_once('/').map_or(one, |(_, permission)| permission);
        match permission {
            "openid" | "profile" | "email" if is_graph => granted.push(permission),
            openid if OPENID.contains(&openid) => {}
            ".default" if is_graph => granted.extend(USER_CONSENT.iter().chain(&consented)),
            ".default" => granted.push("user_impersonation"),
            own if USER_CONSENT.contains(&own) && is_graph => granted.push(own),
            own if consented.contains(&own) => granted.push(own),
            // An application of the lab defines no permissions of its own: whatever is asked of it is taken.
            other if service.is_none() => granted.push(other),
            other if !known.split(' ').any(|one| one == other) => {
                let text =
                    format!("The application asked for scope '{other}' that doesn't exist on the resource '{name}'.");
                return Err(Refusal { error: "invalid_scope", ..Refusal::bad_request(650_053, text) });
            }
            other if !is_graph || user.has_any(&AdminRole::CONSENT_TO_ALL) => granted.push(other),
            _ => {
                let text = "The application needs permissions that only an administrator can grant. Ask an administrator to \
                    grant them first.";
                return Err(Refusal::bad_grant(90_094, text));
            }
        }
    }
    let mut seen = BTreeSet::new();
    granted.retain(|one| seen.insert(*one));
    Ok(granted.join(" "))
}

/// What scopes mean, as title and description.
pub(super) fn in_words(scope: &str) -> Vec<(String, &'static str)> {
    let words = |one: &str| match one {
        "openid" => ("Sign you in".to_owned(), "It learns that you are you."),
        "profile" | "User.Read" => ("Read your profile".to_owned(), "Your name and your user name."),
        "email" => ("See your mail address".to_owned(), "The one in your profile."),
        "offline_access" => ("Keep the access you give it".to_owned(), "Also while you are not using it."),
        other => (format!("Use {other}"), "On your behalf, as far as you may yourself."),
    };
    scope.split_ascii_whitespace().map(words).collect()
}

/// The resource of a `{resource}/.default` scope, the only form an application may use on its own.
pub(super) fn resource_of_default(scope: &str) -> Result<&str, Refusal> {
    let mut scopes = scope.split_ascii_whitespace();
    match (scopes.next().and_then(|only| only.strip_suffix("/.default")), scopes.next()) {
        (Some(resource), None) if !resource.is_empty() => Ok(resource),
        _ => Err(Refusal::scope(scope)),
    }
}

/// The resource a signed-in user's scopes belong to. Scopes without a resource are Microsoft Graph's.
pub(super) fn resource_of_delegated(scope: &str) -> Result<&str, Refusal> {
    let mut resource = None;
    for one in scope.split_ascii_whitespace().filter(|one| !OPENID.contains(one)) {
        let named = match one.rsplit_once('/') {
            Some((resource, permission)) if !permission.is_empty() => resource,
            Some(_) => return Err(Refusal::scope(scope)),
            None => GRAPH,
        };
        if resource.is_some_and(|other| other != named) {
            let text = "Provided value for the input parameter scope can't be empty when requesting an \
                access token, or names more than one resource.";
            return Err(Refusal { code: 28_002, text: text.to_owned(), ..Refusal::scope(scope) });
        }
        resource = Some(named);
    }
    Ok(resource.unwrap_or(GRAPH))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_application_asks_for_one_resource_with_default() {
        let resource = |scope| resource_of_default(scope).map_err(|refusal| refusal.code);
        assert_eq!(resource("https://graph.microsoft.com/.default"), Ok("https://graph.microsoft.com"));
        assert_eq!(resource("https://vault.azure.net//.default"), Ok("https://vault.azure.net/"));
        assert_eq!(resource("https://graph.microsoft.com/User.Read"), Err(70_011));
        assert_eq!(resource("https://a.example/.default https://b.example/.default"), Err(70_011));
        assert_eq!(resource("/.default"), Err(70_011));
    }

    #[test]
    fn a_user_asks_for_permissions_of_one_resource() {
        let resource = |scope| resource_of_delegated(scope).map_err(|refusal| refusal.code);
        assert_eq!(resource("openid User.Read"), Ok("https://graph.microsoft.com"));
        assert_eq!(resource("https://vault.azure.net/.default offline_access"), Ok("https://vault.azure.net"));
        assert_eq!(resource("https://vault.azure.net/.default User.Read"), Err(28_002));
    }
}
