//! The managed identity endpoint of the host, in the form App Service has it (2019-08-01).

use aws_lc_rs::constant_time::verify_slices_are_equal;
use axum::{
    Json, Router,
    extract::{RawQuery, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::json;
use uuid::Uuid;

use crate::{
    directory::{ManagedIdentity, ManagedIdentityKind},
    entra::{Audience, Entra, Fields, Grant, Proof, Subject},
    ids::passing_id,
    journal::Attribution,
};

const API_VERSION: &str = "2019-08-01";
/// Tokens of managed identities live for a day.
const LIFETIME_SECS: u64 = 24 * 3600;

/// The endpoint and the secret that programs of the host know from their environment.
#[derive(Clone)]
pub(crate) struct ManagedIdentityEndpoint {
    entra: Entra,
    secret: String,
}

/// A refusal that every SDK can show: each reads another field.
struct Refusal {
    status: StatusCode,
    error: &'static str,
    words: String,
}

impl ManagedIdentityEndpoint {
    pub(crate) fn new(entra: Entra, secret: String) -> Self {
        Self { entra, secret }
    }

    pub(crate) fn router(self) -> Router {
        Router::new().route("/msi/token", get(handle)).route("/msi/token/", get(handle)).with_state(self)
    }

    fn decide(&self, headers: &HeaderMap, query: &Fields) -> Result<Response, Refusal> {
        let secret = headers.get("x-identity-header").map(HeaderValue::as_bytes).unwrap_or_default();
        if verify_slices_are_equal(secret, self.secret.as_bytes()).is_err() {
            return Err(refusal(
                StatusCode::UNAUTHORIZED,
                "unauthorized",
                "the X-IDENTITY-HEADER header is not the secret in IDENTITY_HEADER",
            ));
        }
        if query.get("api-version") != Some(API_VERSION) {
            return Err(refusal(StatusCode::BAD_REQUEST, "invalid_request", "the api-version must be 2019-08-01"));
        }
        let Some(resource) = query.get("resource") else {
            return Err(refusal(StatusCode::BAD_REQUEST, "invalid_request", "the resource parameter is missing"));
        };
        let world = self.entra.directory.read();
        let identity = select(&world.managed_identities, query).ok_or_else(|| {
            refusal(StatusCode::FORBIDDEN, "invalid_request", "no such managed identity is assigned to this host")
        })?;
        let tenant = world.home;
        let principal = world.tenants.get(&tenant).and_then(|home| home.principals.get(&identity.client_id));
        let principal = principal
            .filter(|principal| principal.account_enabled)
            .ok_or_else(|| refusal(StatusCode::FORBIDDEN, "access_denied", "the managed identity is disabled"))?;
        let audience = Audience::find(&world, tenant, resource).ok_or_else(|| {
            let words = format!("AADSTS500011: The resource principal named {resource} was not found in the tenant.");
            refusal(StatusCode::BAD_REQUEST, "invalid_resource", words)
        })?;
        let subject = Subject::app(&world, principal, &audience, Proof::Key);
        let client_id = identity.client_id;
        drop(world);
        let grant = Grant::new(tenant, audience, subject, Some(LIFETIME_SECS));
        let issued = self.entra.issue(&grant).map_err(|_| {
            refusal(StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable", "the lab could not sign the token")
        })?;
        // Numbers as texts: the Rust SDK refuses a number in expires_on.
        let mut answer = Json(json!({
            "access_token": issued.token,
            "token_type": "Bearer",
            "resource": resource,
            "expires_on": issued.expires_on().to_string(),
            "expires_in": issued.lifetime_secs.to_string(),
            "not_before": issued.from.to_string(),
            "client_id": client_id,
        }))
        .into_response();
        answer.extensions_mut().insert(Attribution { tenant: Some(tenant), client_app: Some(client_id) });
        Ok(answer)
    }
}

/// The identity a request names; the host's own when it names none.
fn select<'a>(identities: &'a [ManagedIdentity], query: &Fields) -> Option<&'a ManagedIdentity> {
    let wanted = |id: Uuid, text: &str| Uuid::try_parse(text) == Ok(id);
    let resource_id = query.get("mi_res_id").or_else(|| query.get("msi_res_id"));
    identities.iter().find(|identity| {
        if let Some(text) = query.get("client_id") {
            wanted(identity.client_id, text)
        } else if let Some(text) = query.get("object_id").or_else(|| query.get("principal_id")) {
            wanted(identity.object_id, text)
        } else if let Some(text) = resource_id {
            identity.resource_id.eq_ignore_ascii_case(text)
        } else {
            identity.kind == ManagedIdentityKind::SystemAssigned
        }
    })
}

async fn handle(
    State(endpoint): State<ManagedIdentityEndpoint>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let mut answer = endpoint.decide(&headers, &query).unwrap_or_else(IntoResponse::into_response);
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

fn refusal(status: StatusCode, error: &'static str, words: impl Into<String>) -> Refusal {
    Refusal { status, error, words: words.into() }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = json!({
            "statusCode": self.status.as_u16(),
            "message": self.words,
            "error": self.error,
            "error_description": self.words,
            "correlationId": passing_id(),
        });
        (self.status, Json(body)).into_response()
    }
}
