//! `grant_type=password`: a seeded person signs in at one of Microsoft's own command lines.

use uuid::Uuid;

use super::{
    Entra, Proof,
    authority::{self, Authority},
    claims_request::ClaimsRequest,
    client_app::ClientApp,
    delegated::{Decision, Recognised},
    refusal::Refusal,
    request::TokenRequest,
};
use crate::directory::World;

/// Decides whether the person gets a token, and which.
pub(super) fn grant(entra: &Entra, request: &TokenRequest<'_>) -> Result<Decision, Refusal> {
    let form = request.form;
    let client_id = form.require("client_id")?;
    let username = form.require("username")?;
    let password = form.require("password")?;
    let scope = form.require("scope")?;
    let claims = ClaimsRequest::read(form)?;
    let world = entra.directory.read();
    let tenant = tenant_of(&world, request, username)?;
    let holder = world.tenants.get(&tenant).ok_or_else(Refusal::broken)?;
    let app = match ClientApp::find(&world, client_id) {
        Some(app) if app.is_of_microsoft() => app,
        Some(app) if holder.principals.contains_key(&app.app_id) => {
            return Err(Refusal::bad_client(
                7_000_218,
                "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
            ));
        }
        _ => return Err(Refusal::app_not_in_tenant(client_id, &holder.display_name)),
    };
    let user = holder.user_by_name(username).ok_or_else(|| {
        Refusal::bad_grant(
            50_034,
            format!(
                "The user account {{EUII Hidden}} does not exist in the {} \
            directory. To sign into this application, the account must be added to the directory.",
                holder.default_domain()
            ),
        )
    })?;
    if user.password != password {
        return Err(Refusal::bad_grant(50_126, "Error validating credentials due to invalid username or password."));
    }
    if user.disabled {
        return Err(Refusal::bad_grant(50_057, "The user account is disabled."));
    }
    let proof = Proof::Nothing;
    Recognised { app, tenant: holder, user, proof, scope, nonce: None, claims }.decide(&world)
}

fn tenant_of(world: &World, request: &TokenRequest<'_>, username: &str) -> Result<Uuid, Refusal> {
    let cloud = request.cloud;
    match request.at {
        Authority::Tenant(name) => authority::find(world, name, cloud),
        Authority::Organizations => {
            let domain = username.rsplit_once('@').map_or("", |(_, domain)| domain);
            authority::find(world, domain, cloud)
        }
        Authority::Common | Authority::Consumers => Err(Refusal::bad_request(
            9_001_023,
            "The grant type is not supported over the /common or /consumers endpoints. Please use the \
                /organizations or tenant-specific endpoint.",
        )),
    }
}
