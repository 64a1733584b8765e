//! What a consent link asks for.

use uuid::Uuid;

use crate::{
    directory::{Permission, Resource, ResourceAccess, World},
    entra::{
        authority::{self, Authority},
        client_app::ClientApp,
        refusal::Refusal,
        request::Fields,
        scope::OPENID,
    },
    network::Cloud,
};

/// A consent link that holds water.
#[derive(Debug)]
pub(super) struct Consent {
    pub(super) app: Uuid,
    pub(super) app_name: String,
    pub(super) publisher: String,
    /// `None` when the link leaves it to the administrator's account.
    pub(super) tenant: Option<Uuid>,
    pub(super) redirect_uri: String,
    pub(super) state: Option<String>,
    pub(super) scope: Option<String>,
    /// What the app wants, as title and description.
    pub(super) permissions: Vec<(String, String)>,
}

impl Consent {
    /// Reads a link. Only one whose redirect address is registered may ever send a browser anywhere.
    pub(super) fn read(world: &World, tenant: &str, path: &str, query: &Fields) -> Result<Self, Refusal> {
        let v2 = path.ends_with("/v2.0/adminconsent");
        let client_id = query.require("client_id")?;
        let tenant = match Authority::parse(tenant) {
            Authority::Tenant(name) => Some(authority::find(world, name, Cloud::Public)?),
            Authority::Organizations => None,
            // The older page takes it; the newer one wants to know that no personal account will do.
            Authority::Common if !v2 => None,
            Authority::Common | Authority::Consumers => {
                return Err(Refusal::bad_request(
                    90_130,
                    "Application is not supported over the /common or /consumers endpoints. Please use \
                        the /organizations or tenant-specific endpoint.",
                ));
            }
        };
        let app = Uuid::try_parse(client_id).ok().and_then(|id| world.applications.get(&id));
        let app = app.ok_or_else(|| {
            let name = tenant.and_then(|id| world.tenants.get(&id)).map_or("", |tenant| tenant.display_name.as_str());
            Refusal::app_not_in_tenant(client_id, name)
        })?;
        let redirect_uri = match query.get("redirect_uri") {
            Some(uri) => uri.to_owned(),
            // The older page falls back on the first one registered.
            None if !v2 => app.redirect_uris.first().cloned().ok_or_else(|| Refusal::missing("redirect_uri"))?,
            None => return Err(Refusal::missing("redirect_uri")),
        };
        let client = ClientApp::of(app);
        client.check_redirect(&redirect_uri)?;
        if tenant.is_some() {
            client.check_tenant(tenant)?;
        }
        let scope = if v2 { Some(query.require("scope")?.to_owned()) } else { None };
        if let Some(scope) = &scope {
            check_scope(scope)?;
        }
        Ok(Self {
            app: app.app_id,
            app_name: app.display_name.clone(),
            publisher: world.tenants.get(&app.home_tenant).map_or_else(String::new, |home| home.display_name.clone()),
            tenant,
            redirect_uri,
            state: query.get("state").map(str::to_owned),
            scope,
            permissions: app.required_resource_access.iter().flat_map(permissions).collect(),
        })
    }
}

/// What an application asks of one service, as title and description: on its own behalf, and in the name of people.
fn permissions(access: &ResourceAccess) -> Vec<(String, String)> {
    let Some(resource) = Resource::by_app_id(access.resource_app_id) else { return Vec::new() };
    let roles = access.roles.iter().filter_map(|id| resource.role(*id));
    let scopes = access.scopes.iter().filter_map(|id| resource.scope(*id));
    let words = |one: &Permission| (format!("{} ({})", one.title, one.value), one.description.to_owned());
    roles.chain(scopes).map(words).collect()
}

/// Every scope must belong to a service the tenant has.
fn check_scope(scope: &str) -> Result<(), Refusal> {
    let known = |one: &str| match one.rsplit_once('/') {
        Some((resource, permission)) => !permission.is_empty() && Resource::by_identifier(resource).is_some(),
        None => OPENID.contains(&one),
    };
    if scope.split_ascii_whitespace().all(known) { Ok(()) } else { Err(Refusal::scope(scope)) }
}
