//! `POST /{tenant}/oauth2/v2.0/devicecode`: sign-in on another device (RFC 8628), which the lab does not play.

use axum::{body::Bytes, extract::State, http::HeaderMap, response::Response};

use super::{
    Entra,
    refusal::{Refusal, correlation},
    request::Fields,
};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// Refuses as the token endpoint refuses the grant that would follow: no program is left polling for a person.
pub(super) async fn refuse(State(entra): State<Entra>, headers: HeaderMap, body: Bytes) -> Response {
    let form = Fields::parse(&body);
    let refusal = form.require("client_id").err().unwrap_or_else(|| Refusal::unsupported_grant(GRANT));
    refusal.answer(correlation(&headers, &form), entra.clock.now().into())
}
