//! `/{tenant}/oauth2/v2.0/authorize`: the page on which a person signs in, and the code that follows (RFC 6749, section 4.1).

mod answer;
mod page;
mod request;

use axum::{
    body::Bytes,
    extract::{OriginalUri, Path, RawQuery, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::json;
use time::OffsetDateTime;

use self::request::{Authorization, Fault};
use super::{
    Entra,
    client_app::ClientApp,
    code::Code,
    page::{failure, foreign_form, html, own_address, sent_by_own_page},
    person::{self, WrongPerson},
    refusal::Refusal,
    request::Fields,
    scope,
};
use crate::{
    directory::{Tenant, User, World},
    ids::passing_id,
    journal::Attribution,
};

/// Shows the page.
pub(super) async fn show(
    State(entra): State<Entra>,
    Path(tenant): Path<String>,
    OriginalUri(uri): OriginalUri,
    RawQuery(query): RawQuery,
) -> Response {
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let read = Authorization::read(&entra.directory.read(), &tenant, &query);
    match read {
        Ok(asked) => html(StatusCode::OK, page::ask(&asked, &own_address(&uri), None), Some(&asked.back.redirect_uri)),
        Err(fault) => refuse(&entra, &fault),
    }
}

/// Signs the person in, or sends the browser back without a code.
pub(super) async fn decide(
    State(entra): State<Entra>,
    Path(tenant): Path<String>,
    OriginalUri(uri): OriginalUri,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if !sent_by_own_page(&headers) {
        return foreign_form();
    }
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let form = Fields::parse(&body);
    let read = Authorization::read(&entra.directory.read(), &tenant, &query);
    let asked = match read {
        Ok(asked) => asked,
        Err(fault) => return refuse(&entra, &fault),
    };
    if form.get("decision") != Some("sign-in") {
        let declined = Refusal::access_denied(65_004, "User declined to consent to access the app.");
        return refuse(&entra, &Fault::Redirect(declined, asked.back));
    }
    match admit(&entra, &asked, &form) {
        Ok(code) => {
            let tenant = code.tenant;
            let mut answer = send_code(&entra, asked, code);
            answer.extensions_mut().insert(Attribution { tenant: Some(tenant), client_app: None });
            answer
        }
        Err((status, words)) => {
            let page = page::ask(&asked, &own_address(&uri), Some(&words));
            html(status, page, Some(&asked.back.redirect_uri))
        }
    }
}

/// The code for the person who signed in, or what to tell them.
fn admit(entra: &Entra, asked: &Authorization, form: &Fields) -> Result<Code, (StatusCode, String)> {
    let username = form.get("username").unwrap_or_default();
    let mut world = entra.directory.write();
    let (tenant, user) =
        person::find(&world, username, form.get("password").unwrap_or_default()).map_err(|wrong| match wrong {
            WrongPerson::Unknown => {
                (StatusCode::UNAUTHORIZED, format!("AADSTS50034: There is no account {username}. Check the name."))
            }
            WrongPerson::Password => {
                (StatusCode::UNAUTHORIZED, "AADSTS50126: The password is not right. Try again.".to_owned())
            }
            WrongPerson::Disabled => {
                (StatusCode::FORBIDDEN, format!("AADSTS50057: The account {username} is disabled."))
            }
        })?;
    check_membership(&world, asked, tenant, user)?;
    let (tenant, user) = (tenant.id, user.id);
    // Who signs in at an application of another organisation lets it in.
    if ClientApp::find(&world, &asked.app.to_string()).is_some_and(|app| !app.is_of_microsoft()) {
        world
            .ensure_principal(asked.app, tenant, entra.directory.ids())
            .map_err(|error| (StatusCode::FORBIDDEN, format!("AADSTS50194: {error}.")))?;
    }
    Ok(Code {
        app: asked.app,
        tenant,
        user,
        scope: asked.scope.clone(),
        redirect_uri: asked.back.redirect_uri.clone(),
        nonce: asked.nonce.clone(),
        challenge: asked.challenge.clone(),
    })
}

/// Makes sure that the person belongs here, that the application may be used and that it asks for nothing the person cannot
/// give.
fn check_membership(
    world: &World,
    asked: &Authorization,
    tenant: &Tenant,
    user: &User,
) -> Result<(), (StatusCode, String)> {
    let name = &user.user_principal_name;
    if asked.tenant.is_some_and(|wanted| wanted != tenant.id) {
        let words = format!(
            "AADSTS50020: {name} does not belong to the organisation this application is for. Sign in with an account of \
                that organisation."
        );
        return Err((StatusCode::FORBIDDEN, words));
    }
    let app = ClientApp::find(world, &asked.app.to_string());
    let disabled = app.and_then(|app| app.registration).is_some_and(|app| app.disabled)
        || tenant.principals.get(&asked.app).is_some_and(|principal| !principal.account_enabled);
    if disabled {
        return Err((StatusCode::FORBIDDEN, format!("AADSTS7000112: {} is disabled.", asked.app_name)));
    }
    let of_microsoft = app.is_some_and(|app| app.is_of_microsoft());
    scope::granted(&asked.scope, tenant, user, asked.app, of_microsoft)
        .map(drop)
        .map_err(|refusal| (StatusCode::FORBIDDEN, format!("AADSTS{}: {}", refusal.code, refusal.text)))
}

fn send_code(entra: &Entra, asked: Authorization, code: Code) -> Response {
    let client_info = json!({ "uid": code.user, "utid": code.tenant }).to_string();
    let Ok(code) = entra.issue_ticket(code) else {
        return refuse(entra, &Fault::Redirect(Refusal::broken(), asked.back));
    };
    let mut fields = vec![("code", code)];
    if asked.wants_client_info {
        fields.push(("client_info", BASE64_URL_SAFE_NO_PAD.encode(client_info)));
    }
    fields.push(("session_state", passing_id().to_string()));
    asked.back.send(fields)
}

/// Tells the application what is wrong, when the address to tell it at is known to be its own; else the person.
fn refuse(entra: &Entra, fault: &Fault) -> Response {
    let now = OffsetDateTime::from(entra.clock.now());
    let words = |refusal: &Refusal| refusal.description(passing_id(), passing_id(), now);
    match fault {
        Fault::Page(refusal) => html(refusal.status, failure("Sign in does not work", &words(refusal)), None),
        Fault::Redirect(refusal, back) => {
            back.send(vec![("error", refusal.error.to_owned()), ("error_description", words(refusal))])
        }
    }
}
