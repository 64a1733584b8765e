//! `POST /{tenant}/oauth2/v2.0/token`, and the older endpoint without `v2.0`.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::request::Parts,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    Entra, Grant,
    authority::Authority,
    client, code,
    delegated::{Decision, SignIn},
    issue::Issued,
    mtls, password, refresh,
    refusal::{Refusal, correlation, stamp},
    request::{Fields, TokenRequest},
};
use crate::{
    directory::TokenKeyError,
    ids::passing_id,
    journal::Attribution,
    network::{ClientCertificate, Cloud},
    request_host::RequestHost,
};

/// Answers a token request.
pub(super) async fn handle(
    State(entra): State<Entra>,
    Path(tenant): Path<String>,
    parts: Parts,
    body: Bytes,
) -> Response {
    let form = Fields::parse(&body);
    let query = Fields::parse(parts.uri.query().unwrap_or_default().as_bytes());
    let correlation = correlation(&parts.headers, &query);
    let client_app = form.get("client_id").and_then(|id| Uuid::try_parse(id).ok());
    let (host, certificate) = (parts.extensions.get::<RequestHost>(), parts.extensions.get::<ClientCertificate>());
    let request = TokenRequest {
        at: Authority::parse(&tenant),
        cloud: host.and_then(|RequestHost(host)| Cloud::of(host)).unwrap_or(Cloud::Public),
        form: &form,
        certificate: certificate.map(|ClientCertificate(der)| der.as_ref()),
    };
    // A signature takes a quarter of a millisecond: sooner done here than handed to another thread.
    let answer = if parts.uri.path().ends_with("/v2.0/token") {
        decide(&entra, &request).and_then(|decision| answer(&entra, &decision))
    } else {
        older(&entra, &request)
    };
    let mut answer = match answer {
        Ok(body) => success(&body),
        Err(refusal) => refusal.answer(correlation, entra.clock.now().into()),
    };
    if parts.headers.contains_key("return-client-request-id")
        && let Ok(id) = correlation.to_string().parse()
    {
        answer.headers_mut().insert("client-request-id", id);
    }
    let tenant = entra.directory.read().find_tenant(&tenant).map(|tenant| tenant.id);
    answer.extensions_mut().insert(Attribution { tenant, client_app });
    answer
}

fn decide(entra: &Entra, request: &TokenRequest<'_>) -> Result<Decision, Refusal> {
    match request.form.require("grant_type")? {
        "client_credentials" => client::grant(entra, request),
        "password" => password::grant(entra, request),
        "authorization_code" => code::grant(entra, request),
        "refresh_token" => refresh::grant(entra, request),
        other => Err(Refusal::unsupported_grant(other)),
    }
}

/// The older endpoint: it is asked for a resource instead of scopes, and answers with numbers as texts.
fn older(entra: &Entra, request: &TokenRequest<'_>) -> Result<Value, Refusal> {
    let form = request.form;
    let resource = form.require("resource")?.to_owned();
    let default = format!("{resource}/.default");
    let openid = form.get("scope").is_some_and(|scope| scope.split_whitespace().any(|one| one == "openid"));
    let scope = if openid { format!("openid {default}") } else { default };
    let form = form.clone().with("scope", scope);
    let decision = decide(entra, &TokenRequest { form: &form, ..*request })?;
    let issued = issue(entra, &decision.grant)?;
    let mut body = body(entra, &decision, &issued)?;
    body["expires_in"] = issued.lifetime_secs.to_string().into();
    body["ext_expires_in"] = issued.lifetime_secs.to_string().into();
    body["expires_on"] = issued.expires_on().to_string().into();
    body["not_before"] = issued.from.to_string().into();
    body["resource"] = resource.into();
    Ok(body)
}

fn answer(entra: &Entra, decision: &Decision) -> Result<Value, Refusal> {
    body(entra, decision, &issue(entra, &decision.grant)?)
}

fn issue(entra: &Entra, grant: &Grant) -> Result<Issued, Refusal> {
    entra.issue(grant).map_err(|TokenKeyError| Refusal::broken())
}

fn body(entra: &Entra, decision: &Decision, issued: &Issued) -> Result<Value, Refusal> {
    let mut body = json!({
        "token_type": if decision.grant.bound_to.is_some() { mtls::BOUND } else { "Bearer" },
        "expires_in": issued.lifetime_secs,
        "ext_expires_in": issued.lifetime_secs,
        "access_token": issued.token,
    });
    if let Some(secs) = issued.refresh_in_secs() {
        body["refresh_in"] = secs.into();
    }
    if let Some(sign_in) = &decision.sign_in {
        add_person(entra, &decision.grant, sign_in, &mut body).map_err(|TokenKeyError| Refusal::broken())?;
    }
    Ok(body)
}

/// What a client learns of the person who signed in.
fn add_person(entra: &Entra, grant: &Grant, sign_in: &SignIn, body: &mut Value) -> Result<(), TokenKeyError> {
    body["scope"] = sign_in.granted.as_str().into();
    if sign_in.asks_for("openid")
        && let Some(proof) = entra.issue_id_token(grant, sign_in.nonce.as_deref())?
    {
        body["id_token"] = proof.id_token.into();
        body["client_info"] = proof.client_info.into();
    }
    if sign_in.asks_for("offline_access") {
        body["refresh_token"] = entra.issue_ticket(sign_in.refresh.clone())?.into();
    }
    Ok(())
}

fn success(body: &Value) -> Response {
    let mut answer = Json(body).into_response();
    stamp(answer.headers_mut(), passing_id());
    answer
}
