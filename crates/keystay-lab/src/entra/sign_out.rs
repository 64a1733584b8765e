//! `/{tenant}/oauth2/v2.0/logout`: where an application sends a person who signs out (OpenID Connect RP-Initiated Logout 1.0,
//! and the service's page on the protocol).
//!
//! The lab remembers no browser, so there is no session to end and no other application to tell. Tokens that were issued keep
//! working, as they do in the service.

use axum::{
    extract::{Path, RawForm, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use jsonwebtoken::decode;
use time::OffsetDateTime;
use url::Url;
use uuid::Uuid;

use super::{
    Entra,
    authority::{self, Authority},
    claims::{self, Claims},
    client_app::ClientApp,
    page::{document, failure, html, problem},
    refusal::Refusal,
    request::Fields,
    verify::SIGNATURE_ONLY,
};
use crate::{ids::passing_id, journal::Attribution, network::Cloud};

/// Signs the person out, and sends the browser to `post_logout_redirect_uri` when that is an application's own address.
pub(super) async fn handle(State(entra): State<Entra>, Path(tenant): Path<String>, RawForm(form): RawForm) -> Response {
    let fields = Fields::parse(&form);
    let tenant = match Authority::parse(&tenant) {
        Authority::Tenant(name) => authority::find(&entra.directory.read(), name, Cloud::Public).map(Some),
        Authority::Common | Authority::Organizations | Authority::Consumers => Ok(None),
    };
    let mut answer = match &tenant {
        Ok(tenant) => leave(&entra, *tenant, &fields),
        Err(refusal) => refuse(&entra, refusal),
    };
    answer.extensions_mut().insert(Attribution { tenant: tenant.ok().flatten(), client_app: None });
    answer
}

fn leave(entra: &Entra, tenant: Option<Uuid>, fields: &Fields) -> Response {
    let Some(wanted) = fields.get("post_logout_redirect_uri") else { return goodbye(None) };
    let back = Url::parse(wanted).ok().filter(|_| is_registered(entra, tenant, fields, wanted));
    let Some(mut back) = back else {
        let words = format!(
            "The application wanted to go on to {wanted}. That is not a redirect address registered for it, so the way ends \
             here."
        );
        return goodbye(Some(&words));
    };
    if let Some(state) = fields.get("state") {
        back.query_pairs_mut().append_pair("state", state);
    }
    let headers = [(header::LOCATION, back.to_string()), (header::CACHE_CONTROL, "no-store".to_owned())];
    (StatusCode::FOUND, headers).into_response()
}

/// Whether an address is registered on the application that sends the person: the one the request names, or, as requests
/// rarely do, any one of the tenant. The service takes it from the session.
fn is_registered(entra: &Entra, tenant: Option<Uuid>, fields: &Fields, address: &str) -> bool {
    let named = fields.get("client_id").map(str::to_owned).or_else(|| hinted(entra, fields.get("id_token_hint")?));
    let world = entra.directory.read();
    if let Some(client_id) = named {
        return ClientApp::find(&world, &client_id).is_some_and(|app| app.check_redirect(address).is_ok());
    }
    let tenant = tenant.and_then(|id| world.tenants.get(&id));
    world
        .applications
        .values()
        .filter(|app| {
            tenant.is_none_or(|tenant| app.home_tenant == tenant.id || tenant.principals.contains_key(&app.app_id))
        })
        .any(|app| ClientApp::of(app).check_redirect(address).is_ok())
}

/// The application an id token of the lab was issued to, however long ago.
fn hinted(entra: &Entra, id_token: &str) -> Option<String> {
    let token = decode::<Claims>(id_token, entra.key.get().ok()?.public(), &SIGNATURE_ONLY).ok()?;
    claims::text(&token.claims, "aud").map(str::to_owned)
}

fn goodbye(trouble: Option<&str>) -> Response {
    let body = format!("<h1>You are signed out</h1>{}<p>You can close this window.</p>", problem(trouble));
    html(StatusCode::OK, document("Signed out", &body), None)
}

fn refuse(entra: &Entra, refusal: &Refusal) -> Response {
    let words = refusal.description(passing_id(), passing_id(), OffsetDateTime::from(entra.clock.now()));
    html(refusal.status, failure("Sign out does not work", &words), None)
}
