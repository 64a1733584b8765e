//! `grant_type=password`: a seeded person signs in at one of Microsoft's own command lines.

use uuid::{Uuid, uuid};

use super::{
    Audience, Entra, Grant, Subject,
    authority::{self, Authority},
    refusal::Refusal,
    request::Fields,
    scope::resource_of_delegated,
};
use crate::{directory::World, network::Cloud};

/// Public clients of Microsoft that exist in every tenant: Graph command line tools, Azure CLI.
const PUBLIC_CLIENTS: [(Uuid, &str); 2] = [
    (uuid!("14d82eec-204b-4c2f-b7e8-296a70dab67e"), "Microsoft Graph Command Line Tools"),
    (uuid!("04b07795-8ddb-461a-bbee-02f9e1bf7b46"), "Microsoft Azure CLI"),
];

/// Decides whether the person gets a token, and which.
pub(super) fn grant(entra: &Entra, at: Authority<'_>, cloud: Cloud, form: &Fields) -> Result<Grant, Refusal> {
    let client_id = form.require("client_id")?;
    let username = form.require("username")?;
    let password = form.require("password")?;
    let resource = resource_of_delegated(form.require("scope")?)?;
    let world = entra.directory.read();
    let tenant = tenant_of(&world, at, cloud, username)?;
    let holder = world.tenants.get(&tenant).ok_or_else(Refusal::broken)?;
    let client = Uuid::try_parse(client_id).ok();
    let Some((app_id, app_name)) = PUBLIC_CLIENTS.into_iter().find(|(id, _)| Some(*id) == client) else {
        return Err(match client.and_then(|app| holder.principals.get(&app)) {
            Some(_) => Refusal::bad_client(
                7_000_218,
                "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
            ),
            None => Refusal::app_not_in_tenant(client_id, &holder.display_name),
        });
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
    let audience =
        Audience::find(&world, tenant, resource).ok_or_else(|| Refusal::resource(resource, holder.default_domain()))?;
    Ok(Grant {
        tenant,
        lifetime_secs: world.access_token_secs(tenant, audience.app_id),
        subject: Subject::user(user, app_id, app_name, &audience),
        audience,
    })
}

fn tenant_of(world: &World, at: Authority<'_>, cloud: Cloud, username: &str) -> Result<Uuid, Refusal> {
    match at {
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
