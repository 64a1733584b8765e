//! What an authorization request asks for.

use uuid::Uuid;

use super::answer::{Back, Mode};
use crate::{
    directory::World,
    entra::{
        authority::{self, Authority},
        client_app::ClientApp,
        pkce::Challenge,
        refusal::Refusal,
        request::Fields,
        scope::resource_of_delegated,
    },
    network::Cloud,
};

/// An authorization request that holds water.
#[derive(Debug)]
pub(super) struct Authorization {
    pub(super) app: Uuid,
    pub(super) app_name: String,
    pub(super) publisher: String,
    /// `None` when the request leaves it to the person's account.
    pub(super) tenant: Option<Uuid>,
    pub(super) scope: String,
    pub(super) nonce: Option<String>,
    pub(super) login_hint: Option<String>,
    pub(super) challenge: Option<Challenge>,
    pub(super) wants_client_info: bool,
    pub(super) back: Back,
}

/// What is wrong with a request, and whom to tell.
#[derive(Debug)]
pub(super) enum Fault {
    /// The person: the address in the request is not known to be the application's.
    Page(Refusal),
    /// The application.
    Redirect(Refusal, Back),
}

impl Authorization {
    pub(super) fn read(world: &World, tenant: &str, query: &Fields) -> Result<Self, Fault> {
        let (app, tenant, redirect_uri) = Self::parties(world, tenant, query).map_err(Fault::Page)?;
        let mut back = Back { redirect_uri, mode: Mode::Query, state: query.get("state").map(str::to_owned) };
        match Mode::read(query) {
            Ok(mode) => back.mode = mode,
            Err(refusal) => return Err(Fault::Redirect(refusal, back)),
        }
        match Self::check_asked(query) {
            Ok((scope, challenge)) => Ok(Self {
                app: app.app_id,
                app_name: app.name.to_owned(),
                publisher: app.publisher(world).to_owned(),
                tenant,
                scope,
                nonce: query.get("nonce").map(str::to_owned),
                login_hint: query.get("login_hint").map(str::to_owned),
                challenge,
                wants_client_info: query.get("client_info").is_some(),
                back,
            }),
            Err(refusal) => Err(Fault::Redirect(refusal, back)),
        }
    }

    /// Application, tenant and return address: only with all three right may a browser be sent anywhere.
    fn parties<'a>(
        world: &'a World,
        tenant: &str,
        query: &Fields,
    ) -> Result<(ClientApp<'a>, Option<Uuid>, String), Refusal> {
        let client_id = query.require("client_id")?;
        let tenant = match Authority::parse(tenant) {
            Authority::Tenant(name) => Some(authority::find(world, name, Cloud::Public)?),
            Authority::Common | Authority::Organizations => None,
            Authority::Consumers => {
                return Err(Refusal::bad_request(
                    9_002_332,
                    format!(
                        "Application '{client_id}' is configured for use by Microsoft Entra users only. Please do not \
                            use the /consumers endpoint to serve this request."
                    ),
                ));
            }
        };
        let app = ClientApp::find(world, client_id).ok_or_else(|| {
            let name = tenant.and_then(|id| world.tenants.get(&id)).map_or("", |tenant| tenant.display_name.as_str());
            Refusal::app_not_in_tenant(client_id, name)
        })?;
        let redirect_uri = query.require("redirect_uri")?;
        app.check_redirect(redirect_uri)?;
        app.check_tenant(tenant)?;
        Ok((app, tenant, redirect_uri.to_owned()))
    }

    fn check_asked(query: &Fields) -> Result<(String, Option<Challenge>), Refusal> {
        match query.require("response_type")? {
            "code" => {}
            other => {
                let text = format!("The response type '{other}' is not supported for the application.");
                return Err(Refusal { error: "unsupported_response_type", ..Refusal::bad_request(70_005, text) });
            }
        }
        let scope = query.require("scope")?;
        resource_of_delegated(scope)?;
        let challenge = Challenge::read(query)?;
        match query.get("prompt") {
            // Nobody is ever signed in already: the lab remembers no browser.
            Some("none") => {
                let text = "Session information is not sufficient for single-sign-on.";
                Err(Refusal { error: "login_required", ..Refusal::bad_request(50_058, text) })
            }
            None | Some("login" | "select_account" | "consent" | "create") => Ok((scope.to_owned(), challenge)),
            Some(other) => Err(Refusal::bad_request(90_023, format!("Unsupported 'prompt' value '{other}'."))),
        }
    }
}
