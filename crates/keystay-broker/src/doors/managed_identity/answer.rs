//! The one answer that suits every SDK.

use std::time::UNIX_EPOCH;

use axum::{
    Json,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use keystay::ClientId;
use serde::{Serialize, Serializer};

use crate::desk::Granted;

/// A token. Numbers are texts: `azure_identity` for Rust takes nothing else, and all others take both.
#[derive(Serialize)]
pub(crate) struct Answer<'a> {
    access_token: &'a str,
    token_type: &'static str,
    resource: &'a str,
    #[serde(serialize_with = "as_text")]
    expires_in: u64,
    /// Seconds since 1970. The last of the two: one SDK believes whichever comes last.
    #[serde(serialize_with = "as_text")]
    expires_on: u64,
    #[serde(serialize_with = "as_text")]
    client_id: ClientId,
}

impl<'a> Answer<'a> {
    pub(crate) fn new(granted: &'a Granted, resource: &'a str) -> Self {
        Self {
            access_token: granted.token.secret(),
            token_type: "Bearer",
            resource,
            expires_in: granted.remaining.as_secs(),
            expires_on: granted.expires_on.duration_since(UNIX_EPOCH).map_or(0, |life| life.as_secs()),
            client_id: granted.identity.settings().client_id,
        }
    }
}

impl IntoResponse for Answer<'_> {
    fn into_response(self) -> Response {
        ([(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))], Json(self)).into_response()
    }
}

fn as_text<T: ToString, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&value.to_string())
}
