//! Admin consent: the page on which a customer's administrator lets an application in.

mod page;
mod request;

use axum::{
    body::Bytes,
    extract::{OriginalUri, Path, RawQuery, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use time::OffsetDateTime;
use url::Url;
use uuid::Uuid;

use self::request::Consent;
use super::{
    Entra,
    page::{failure as page_of_failure, foreign_form, html, own_address, sent_by_own_page},
    person,
    refusal::Refusal,
    request::Fields,
};
use crate::{
    directory::{AdminRole, AuditChange, AuditRecord, AuditTarget, Initiator, World},
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
    match Consent::read(&entra.directory.read(), &tenant, uri.path(), &query) {
        Ok(consent) => html(StatusCode::OK, page::ask(&consent, &own_address(&uri), None), Some(&consent.redirect_uri)),
        Err(refusal) => failure(&entra, &refusal),
    }
}

/// Does what the administrator decided and sends the browser back to the application.
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
    let mut world = entra.directory.write();
    let consent = match Consent::read(&world, &tenant, uri.path(), &query) {
        Ok(consent) => consent,
        Err(refusal) => {
            drop(world);
            return failure(&entra, &refusal);
        }
    };
    if form.get("decision") != Some("accept") {
        return redirect(&consent, consent.tenant, Outcome::Declined);
    }
    match sign_in(&world, &consent, &form) {
        Ok((tenant, administrator)) => {
            if world.consent(consent.app, tenant, entra.directory.ids()).is_err() {
                return redirect(&consent, Some(tenant), Outcome::Failed);
            }
            audit(&entra, &mut world, consent.app, tenant, administrator);
            let mut answer = redirect(&consent, Some(tenant), Outcome::Accepted);
            let attribution = Attribution { tenant: Some(tenant), client_app: Some(consent.app) };
            answer.extensions_mut().insert(attribution);
            answer
        }
        Err((status, words)) => {
            html(status, page::ask(&consent, &own_address(&uri), Some(&words)), Some(&consent.redirect_uri))
        }
    }
}

/// The administrator who signed in, with the tenant, or what to tell the person.
fn sign_in(world: &World, consent: &Consent, form: &Fields) -> Result<(Uuid, Initiator), (StatusCode, String)> {
    let wrong = || {
        let words = "AADSTS50126: The user name or password is not right. Check both and try again.";
        (StatusCode::UNAUTHORIZED, words.to_owned())
    };
    let username = form.get("username").unwrap_or_default();
    let (tenant, user) =
        person::find(world, username, form.get("password").unwrap_or_default()).map_err(|_| wrong())?;
    if consent.tenant.is_some_and(|wanted| wanted != tenant.id) {
        let words = format!(
            "AADSTS50020: {username} does not belong to the tenant this link is for. Sign in with an \
                account of that organisation."
        );
        return Err((StatusCode::FORBIDDEN, words));
    }
    if !user.has_any(&AdminRole::CONSENT_TO_ALL) {
        let words = format!(
            "AADSTS90094: {username} may not consent for the organisation. Ask a Global Administrator of \
                {} to open this page.",
            tenant.display_name
        );
        return Err((StatusCode::FORBIDDEN, words));
    }
    let user_principal_name = user.user_principal_name.clone();
    Ok((tenant.id, Initiator::Person { id: user.id, user_principal_name }))
}

/// Puts the consent into the audit log of the tenant.
fn audit(entra: &Entra, world: &mut World, app: Uuid, tenant: Uuid, initiator: Initiator) {
    let change =
        |property: &str| AuditChange { property: property.to_owned(), old: None, new: Some("\"True\"".to_owned()) };
    let Ok(holder) = world.tenant_mut(tenant) else { return };
    let Some(principal) = holder.principals.get(&app) else { return };
    let target = AuditTarget {
        id: principal.id,
        display_name: principal.display_name.clone(),
        kind: "ServicePrincipal".to_owned(),
        changes: vec![change("ConsentContext.IsAdminConsent"), change("ConsentContext.OnBehalfOfAll")],
    };
    holder.audit.add(AuditRecord {
        id: entra.directory.ids().fresh(),
        at: entra.clock.now().into(),
        activity: "Consent to application".to_owned(),
        category: "ApplicationManagement".to_owned(),
        operation: "Assign".to_owned(),
        initiator,
        targets: vec![target],
        correlation_id: passing_id(),
    });
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Accepted,
    Declined,
    Failed,
}

/// Back to the application. Errors carry `admin_consent=True` as well; the service does that too.
fn redirect(consent: &Consent, tenant: Option<Uuid>, outcome: Outcome) -> Response {
    let Ok(mut location) = Url::parse(&consent.redirect_uri) else {
        return (StatusCode::BAD_REQUEST, "the redirect address is not a URL\n").into_response();
    };
    {
        let mut query = location.query_pairs_mut();
        match outcome {
            Outcome::Accepted => {}
            Outcome::Declined => {
                query
                    .append_pair("error", "access_denied")
                    .append_pair("error_subcode", "cancel")
                    .append_pair("error_description", "AADSTS65004: User declined to consent to access the app.");
            }
            Outcome::Failed => {
                query.append_pair("error", "server_error").append_pair(
                    "error_description",
                    "AADSTS90033: The application cannot be installed in this tenant.",
                );
            }
        }
        query.append_pair("admin_consent", "True");
        if let Some(tenant) = tenant {
            query.append_pair("tenant", &tenant.to_string());
        }
        if let Some(scope) = &consent.scope
            && outcome == Outcome::Accepted
        {
            query.append_pair("scope", scope);
        }
        if let Some(state) = &consent.state {
            query.append_pair("state", state);
        }
    }
    (StatusCode::FOUND, [(header::LOCATION, location.to_string()), (header::CACHE_CONTROL, "no-store".to_owned())])
        .into_response()
}

fn failure(entra: &Entra, refusal: &Refusal) -> Response {
    let now = OffsetDateTime::from(entra.clock.now());
    let words = refusal.description(passing_id(), passing_id(), now);
    html(refusal.status, page_of_failure("This consent link does not work", &words), None)
}
