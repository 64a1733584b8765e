//! `POST /{tenant}/oauth2/v2.0/token`.

use axum::{
    Extension, Json,
    body::Bytes,
    extract::{Path, RawQuery, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    Entra,
    authority::Authority,
    client, password,
    refusal::{Refusal, correlation, stamp},
    request::Fields,
};
use crate::{ids::passing_id, journal::Attribution, network::Cloud, request_host::RequestHost};

/// Answers a token request.
pub(super) async fn handle(
    State(entra): State<Entra>,
    Extension(RequestHost(host)): Extension<RequestHost>,
    Path(tenant): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let form = Fields::parse(&body);
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let correlation = correlation(&headers, &query);
    let cloud = Cloud::of(&host).unwrap_or(Cloud::Public);
    // A signature takes a quarter of a millisecond: sooner done here than handed to another thread.
    let mut answer = match decide(&entra, &tenant, cloud, &form) {
        Ok(body) => success(&body),
        Err(refusal) => refusal.answer(correlation, entra.clock.now().into()),
    };
    if headers.contains_key("return-client-request-id")
        && let Ok(id) = correlation.to_string().parse()
    {
        answer.headers_mut().insert("client-request-id", id);
    }
    let tenant = entra.directory.read().find_tenant(&tenant).map(|tenant| tenant.id);
    let client_app = form.get("client_id").and_then(|id| Uuid::try_parse(id).ok());
    answer.extensions_mut().insert(Attribution { tenant, client_app });
    answer
}

fn decide(entra: &Entra, tenant: &str, cloud: Cloud, form: &Fields) -> Result<Value, Refusal> {
    let at = Authority::parse(tenant);
    let grant = match form.require("grant_type")? {
        "client_credentials" => client::grant(entra, at, cloud, form)?,
        "password" => password::grant(entra, at, cloud, form)?,
        other => return Err(Refusal::unsupported_grant(other)),
    };
    let issued = entra.issue(&grant).map_err(|_| Refusal::broken())?;
    let mut body = json!({
        "token_type": "Bearer",
        "expires_in": issued.lifetime_secs,
        "ext_expires_in": issued.lifetime_secs,
        "access_token": issued.token,
    });
    if let Some(secs) = issued.refresh_in_secs() {
        body["refresh_in"] = secs.into();
    }
    let asks_for_openid = form.get("scope").is_some_and(|scope| scope.split_whitespace().any(|one| one == "openid"));
    if asks_for_openid && let Some(proof) = entra.issue_id_token(&grant).map_err(|_| Refusal::broken())? {
        body["id_token"] = proof.id_token.into();
        body["client_info"] = proof.client_info.into();
    }
    Ok(body)
}

fn success(body: &Value) -> Response {
    let mut answer = Json(body).into_response();
    stamp(answer.headers_mut(), passing_id());
    answer
}
