//! What an issuer publishes (OpenID Connect Discovery 1.0, sections 3 and 4).

use axum::{
    Extension, Json, Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::json;

use super::{OidcIssuer, OidcIssuers};
use crate::request_host::RequestHost;

/// The routes of all issuers: which of them is asked, the host name says.
pub(crate) fn router(issuers: OidcIssuers) -> Router {
    let mut router = Router::new().route("/.well-known/openid-configuration", get(discovery));
    for issuer in OidcIssuer::ALL {
        router = router.route(issuer.jwks_path(), get(keys));
    }
    router.with_state(issuers)
}

async fn discovery(Extension(RequestHost(host)): Extension<RequestHost>) -> Response {
    let Some(issuer) = OidcIssuer::at(&host) else { return StatusCode::NOT_FOUND.into_response() };
    let url = issuer.url();
    Json(json!({
        "issuer": url,
        "jwks_uri": format!("{url}{}", issuer.jwks_path()),
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "claims_supported": ["aud", "exp", "iat", "iss", "jti", "nbf", "sub"],
        "scopes_supported": ["openid"],
    }))
    .into_response()
}

async fn keys(State(issuers): State<OidcIssuers>, Extension(RequestHost(host)): Extension<RequestHost>) -> Response {
    let Some(issuer) = OidcIssuer::at(&host) else { return StatusCode::NOT_FOUND.into_response() };
    match tokio::task::spawn_blocking(move || issuers.key(issuer)).await {
        Ok(Ok(key)) => Json(json!({ "keys": [key.jwk()] })).into_response(),
        _ => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
