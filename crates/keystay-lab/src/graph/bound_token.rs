//! Tokens that are bound to a TLS key: worth something only on a connection that its holder made (RFC 8705, section 3).

use aws_lc_rs::digest::{SHA256, digest};
use axum::{
    extract::{Request, State},
    http::{HeaderValue, header},
    middleware::Next,
    response::Response,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

use super::{Graph, error::GraphError};
use crate::{entra::bound_to, ids::passing_id, network::ClientCertificate};

/// Holds a bound token against the connection it came on. One that belongs there goes on as if it were a bearer token; a
/// bound token that pretends to be one goes nowhere.
pub(super) async fn admit(State(graph): State<Graph>, mut request: Request, next: Next) -> Response {
    let value = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (scheme, token) = value.split_once(' ').unwrap_or_default();
    let (wants_binding, binding) = (scheme.eq_ignore_ascii_case("mtls_pop"), bound_to(token.trim()));
    let belongs = match (&binding, request.extensions().get::<ClientCertificate>()) {
        (Some(thumbprint), Some(ClientCertificate(der))) => {
            wants_binding && *thumbprint == BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, der))
        }
        (Some(_), None) => false,
        (None, _) => !wants_binding,
    };
    if !belongs {
        let error =
            GraphError::invalid_token("Access token validation failure. The token is not bound to this connection.");
        return error.answer(passing_id(), None, graph.entra.clock.now().into());
    }
    if binding.is_some()
        && let Ok(bearer) = HeaderValue::try_from(format!("Bearer {}", token.trim()))
    {
        request.headers_mut().insert(header::AUTHORIZATION, bearer);
    }
    next.run(request).await
}
