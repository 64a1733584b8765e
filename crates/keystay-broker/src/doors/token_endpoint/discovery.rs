//! Where the token endpoint is, for SDKs that ask before they go there (OpenID Connect Discovery 1.0, section 4). They
//! prove nothing with that question, and learn nothing but addresses.

use axum::{
    Json,
    extract::{Extension, Path},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use keystay::Tenant;
use serde::Serialize;

use super::Refusal;
use crate::{
    caller::Unknown,
    listen::{Connection, Origin},
};

/// What MSAL wants to find; it goes to the token endpoint only.
#[derive(Serialize)]
struct Metadata {
    issuer: String,
    token_endpoint: String,
    // MSAL refuses a document without these two, and asks nobody there
    authorization_endpoint: String,
    jwks_uri: String,
    token_endpoint_auth_methods_supported: [&'static str; 2],
    grant_types_supported: [&'static str; 1],
}

pub(super) async fn metadata(
    Extension(connection): Extension<Connection>,
    Path(tenant): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    // over TLS the host is one of the listener's own: the guard has seen to it
    if !matches!(connection.origin, Origin::Tls { .. }) {
        return Err(Unknown::InTheClear.into());
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let tenant: Tenant =
        tenant.parse().map_err(|error: keystay::AuthorityError| Refusal::malformed(error.to_string()))?;
    let authority = format!("https://{host}/{tenant}");
    let metadata = Metadata {
        issuer: format!("{authority}/v2.0"),
        token_endpoint: format!("{authority}/oauth2/v2.0/token"),
        authorization_endpoint: format!("{authority}/oauth2/v2.0/authorize"),
        jwks_uri: format!("{authority}/discovery/v2.0/keys"),
        token_endpoint_auth_methods_supported: ["client_secret_post", "private_key_jwt"],
        grant_types_supported: ["client_credentials"],
    };
    Ok(Json(metadata).into_response())
}
