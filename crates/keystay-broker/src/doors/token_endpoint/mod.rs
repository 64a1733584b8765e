//! Entra's token endpoint, as far as an app needs it for itself: `WorkloadIdentityCredential` of every SDK asks here, by
//! the token proxy of AKS or as another authority, and names a tenant with each request.
//!
//! What the program sends as its proof (RFC 7523 section 2.2, RFC 6749 section 2.3.1) is its proof towards the broker:
//! the token of its issuer, or its secret. It goes no further.

mod discovery;
mod refusal;

use axum::{
    Form, Json,
    extract::{Extension, FromRequest, Path, Request, State},
    http::{HeaderValue, Method, header},
    response::{IntoResponse, Response},
};
use keystay::{Scopes, Tenant};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use self::refusal::Refusal;
use super::{Doors, Shared, managed_identity::identity_of, recognise};
use crate::{
    caller::Unknown,
    desk::{Ask, Granted},
    listen::Connection,
};

const DOOR: &str = "token-endpoint";

/// Adds its routes.
pub(crate) fn add(doors: Doors) -> Doors {
    doors.route(Method::POST, "/{tenant}/oauth2/v2.0/token", token).route(
        Method::GET,
        "/{tenant}/v2.0/.well-known/openid-configuration",
        discovery::metadata,
    )
}

/// What SDKs send beside it (`claims`, `client_info`) changes nothing: the broker never asks for long-lived tokens.
#[derive(Deserialize)]
struct TokenRequest {
    /// The identity's name in the configuration, or its app's id.
    client_id: String,
    grant_type: String,
    #[serde(default)]
    scope: String,
    client_assertion_type: Option<String>,
    client_assertion: Option<String>,
    client_secret: Option<String>,
}

/// RFC 6749 section 5.1, with the one field more that Entra adds.
#[derive(Serialize)]
struct TokenAnswer<'a> {
    token_type: &'static str,
    expires_in: u64,
    ext_expires_in: u64,
    access_token: &'a str,
}

async fn token(
    State(shared): State<Shared>,
    Extension(connection): Extension<Connection>,
    Path(tenant): Path<String>,
    request: Request,
) -> Result<Response, Refusal> {
    if !connection.is_private() {
        shared.desk.turned_away(DOOR, &connection.to_string(), Unknown::InTheClear);
        return Err(Unknown::InTheClear.into());
    }
    let asked = Form::<TokenRequest>::from_request(request, &()).await;
    let Form(asked) = asked.map_err(|rejection| Refusal::malformed(rejection.body_text()))?;
    let caller = recognise(&shared, &connection, asked.proof()?, DOOR).await?;
    if asked.grant_type != "client_credentials" {
        return Err(Refusal::grant_type());
    }
    let tenant: Tenant =
        tenant.parse().map_err(|error: keystay::AuthorityError| Refusal::malformed(error.to_string()))?;
    let scopes: Scopes =
        asked.scope.parse().map_err(|error: keystay::ScopesError| Refusal::scope(error.to_string()))?;
    let identity = identity_of(&shared.desk.setup(), &caller, &asked.client_id, None).map_err(Refusal::ambiguous)?;
    let decision = Uuid::new_v4();
    let granted = shared
        .desk
        .answer(decision, &caller, &Ask { identity, tenant, scopes }, DOOR)
        .await
        .map_err(|refused| Refusal::refused(decision, &refused))?;
    Ok(answer(&granted))
}

fn answer(granted: &Granted) -> Response {
    let expires_in = granted.remaining.as_secs();
    let answer = TokenAnswer {
        token_type: "Bearer",
        expires_in,
        ext_expires_in: expires_in,
        access_token: granted.token.secret(),
    };
    ([(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))], Json(answer)).into_response()
}

impl TokenRequest {
    /// What proves the caller; nothing where a certificate or the unix socket does.
    fn proof(&self) -> Result<Option<&str>, Refusal> {
        const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
        match (&self.client_assertion, &self.client_secret) {
            (Some(_), Some(_)) => Err(Refusal::malformed("both `client_assertion` and `client_secret` are given")),
            (Some(_), None) if self.client_assertion_type.as_deref() != Some(JWT_BEARER) => {
                Err(Refusal::malformed(format!("`client_assertion_type` is not `{JWT_BEARER}`")))
            }
            (proof, None) | (None, proof) => Ok(proof.as_deref()),
        }
    }
}
