//! `grant_type=client_credentials`: an application on its own behalf.

use aws_lc_rs::{
    constant_time::verify_slices_are_equal,
    digest::{SHA256, digest},
};
use jsonwebtoken::dangerous::insecure_decode_claims;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    Audience, Entra, Grant, Subject, assertion,
    authority::{self, Authority, Endpoint},
    claims::Claims,
    claims_request::ClaimsRequest,
    delegated::Decision,
    federated,
    issue::Proof,
    mtls,
    refusal::Refusal,
    request::TokenRequest,
    scope::resource_of_default,
};
use crate::directory::World;

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Decides whether the application gets its token, and which.
pub(super) fn grant(entra: &Entra, request: &TokenRequest<'_>) -> Result<Decision, Refusal> {
    let form = request.form;
    let Authority::Tenant(tenant_name) = request.at else {
        return Err(Refusal::bad_request(
            9_001_023,
            "The grant type is not supported over the /common, /organizations or /consumers endpoints. \
                Please use a tenant-specific endpoint.",
        ));
    };
    let client_id = form.require("client_id")?;
    let resource = resource_of_default(form.require("scope")?)?;
    let now = OffsetDateTime::from(entra.clock.now());
    let (tenant, app) = {
        let world = entra.directory.read();
        let tenant = authority::find(&world, tenant_name, request.cloud)?;
        (tenant, admit(&world, client_id, tenant, now)?)
    };
    let claims = ClaimsRequest::read(form)?;
    let (proof, bound_to) = match (mtls::Use::of(request)?, request.certificate) {
        (mtls::Use::Bound, Some(der)) => (Proof::Key, Some(mtls::verify(entra, app, der)?)),
        _ => (authenticate(entra, app, &Endpoint::of(request, tenant), request)?, None),
    };

    let world = entra.directory.read();
    let holder = world.tenants.get(&tenant).ok_or_else(|| Refusal::tenant_not_found(tenant_name))?;
    let principal = world.propagated_principal(app, tenant, now);
    let principal = principal.ok_or_else(|| Refusal::app_not_in_tenant(client_id, holder.default_domain()))?;
    let audience =
        Audience::find(&world, tenant, resource).ok_or_else(|| Refusal::resource(resource, holder.default_domain()))?;
    if bound_to.is_some() {
        mtls::check_audience(&audience)?;
    }
    let subject = Subject::app(&world, principal, &audience, proof);
    let lifetime_secs = world.access_token_secs(tenant, audience.app_id);
    let grant = Grant { claims, bound_to, ..Grant::new(tenant, audience, subject, lifetime_secs) };
    Ok(Decision { grant, sign_in: None })
}

/// Finds the application and makes sure that it may have tokens in this tenant.
fn admit(world: &World, client_id: &str, tenant: Uuid, now: OffsetDateTime) -> Result<Uuid, Refusal> {
    let name = world.tenants.get(&tenant).map_or("", |tenant| tenant.display_name.as_str());
    let known = Uuid::try_parse(client_id).ok().and_then(|app| world.applications.get(&app));
    let application = known.ok_or_else(|| Refusal::app_not_in_tenant(client_id, name))?;
    let app = application.app_id;
    if tenant != application.home_tenant && !application.multi_tenant {
        return Err(Refusal::single_tenant(application));
    }
    let principal = world.propagated_principal(app, tenant, now).ok_or_else(|| {
        if tenant == application.home_tenant {
            Refusal::bad_client(
                7_000_229,
                format!(
                    "The client application {app} is missing service principal in the tenant \
                    {tenant}. See instructions here: https://go.microsoft.com/fwlink/?linkid=2225119"
                ),
            )
        } else {
            Refusal::app_not_in_tenant(client_id, name)
        }
    })?;
    if world.propagated_credentials(app, now).disabled || !principal.account_enabled {
        return Err(Refusal::app_disabled(app, &application.display_name));
    }
    Ok(app)
}

/// Makes sure that the client is the application it names.
pub(super) fn authenticate(
    entra: &Entra,
    app: Uuid,
    endpoint: &Endpoint<'_>,
    request: &TokenRequest<'_>,
) -> Result<Proof, Refusal> {
    let form = request.form;
    if let (mtls::Use::Bearer, Some(der)) = (mtls::Use::of(request)?, request.certificate) {
        return mtls::verify(entra, app, der).map(|_| Proof::Key);
    }
    if let Some(assertion) = form.get("client_assertion") {
        let kind = form.require("client_assertion_type")?;
        if kind != JWT_BEARER {
            let text = format!("The required field 'client_assertion_type' must be '{JWT_BEARER}'.");
            return Err(Refusal::bad_request(90_014, text));
        }
        // What it says decides only who is to check it: nothing is believed yet.
        let claims = insecure_decode_claims::<Claims>(assertion)
            .map_err(|_| Refusal::malformed_assertion("The claims cannot be read."))?;
        if federated::is_foreign(&claims) {
            federated::verify(entra, app, assertion, &claims)?;
        } else {
            assertion::verify(entra, app, endpoint, assertion)?;
        }
        return Ok(Proof::Key);
    }
    let Some(secret) = form.get("client_secret") else {
        return Err(Refusal::bad_client(
            7_000_218,
            "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
        ));
    };
    check_secret(entra, app, endpoint.tenant, secret).map(|()| Proof::Secret)
}

fn check_secret(entra: &Entra, app: Uuid, tenant: Uuid, secret: &str) -> Result<(), Refusal> {
    let hash = digest(&SHA256, secret.as_bytes());
    let world = entra.directory.read();
    let now = OffsetDateTime::from(entra.clock.now());
    let mut registered = world.password_credentials(app, tenant, now);
    let found = registered.find(|one| verify_slices_are_equal(&one.sha256, hash.as_ref()).is_ok());
    match found {
        Some(one) if now <= one.end => Ok(()),
        Some(_) => Err(Refusal::bad_client(
            7_000_222,
            format!(
                "The provided client secret keys for app '{app}' are expired. Visit the Azure portal to \
                    create new keys for your app: https://aka.ms/NewClientSecret, or consider using \
                    certificate credentials for added security: https://aka.ms/certCreds."
            ),
        )),
        None => Err(Refusal::bad_client(
            7_000_215,
            format!(
                "Invalid client secret provided. Ensure the secret being sent in the request is the \
                    client secret value, not the client secret ID, for a secret added to app '{app}'."
            ),
        )),
    }
}
