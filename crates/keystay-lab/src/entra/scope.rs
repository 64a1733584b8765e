//! What a token is asked for: scopes, and the resource they belong to.

use uuid::Uuid;

use super::refusal::Refusal;
use crate::directory::{Resource, World};

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
    const OPENID: [&str; 4] = ["openid", "profile", "email", "offline_access"];
    let mut resource = None;
    for one in scope.split_ascii_whitespace().filter(|one| !OPENID.contains(one)) {
        let named = match one.rsplit_once('/') {
            Some((resource, permission)) if !permission.is_empty() => resource,
            Some(_) => return Err(Refusal::scope(scope)),
            None => "https://graph.microsoft.com",
        };
        if resource.is_some_and(|other| other != named) {
            let text = "Provided value for the input parameter scope can't be empty when requesting an \
                access token, or names more than one resource.";
            return Err(Refusal { code: 28_002, text: text.to_owned(), ..Refusal::scope(scope) });
        }
        resource = Some(named);
    }
    Ok(resource.unwrap_or("https://graph.microsoft.com"))
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
