//! One authenticated request, as the operations see it.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use base64::{
    alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    access::{self, Target},
    api_version::ApiVersion,
    error::VaultError,
    object_name::{ObjectKind, check_name},
    operation::Operation,
    resource::VaultResource,
    vaults::Vault,
};
use crate::{authorization::Authorization, bearer::Caller, query::Query};

/// What a request asks of which vault, on whose behalf.
pub(super) struct Call {
    pub(super) vault: Arc<Vault>,
    /// How the vault was set up when the request came in.
    pub(super) resource: Arc<VaultResource>,
    pub(super) authorization: Authorization,
    pub(super) caller: Caller,
    /// `None` for one the service does not have.
    pub(super) operation: Option<Operation>,
    pub(super) api_version: ApiVersion,
    pub(super) query: Query,
    pub(super) body: Bytes,
    /// The lab's time when the request came in, Unix seconds.
    pub(super) now: i64,
}

impl Call {
    /// Checks the name and the caller's right to a data action on the object of that name.
    pub(super) fn require(&self, kind: ObjectKind, name: &str, action: &str) -> Result<(), VaultError> {
        check_name(name)?;
        self.authorize(Target { kind, name: Some(name) }, action)
    }

    /// Checks the caller's right to list.
    pub(super) fn require_list(&self, kind: ObjectKind, action: &str) -> Result<(), VaultError> {
        self.authorize(Target { kind, name: None }, action)
    }

    fn authorize(&self, target: Target<'_>, action: &str) -> Result<(), VaultError> {
        access::authorize(self, action, target)
    }

    /// The body, read as JSON.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, VaultError> {
        if self.body.is_empty() {
            return Err(VaultError::bad_parameter("Request body not specified"));
        }
        serde_json::from_slice(&self.body).map_err(|error| VaultError::unreadable("request body", &error))
    }

    /// The address of an object: `https://{host}/{collection}/{name}` and `/{version}` when there is one.
    pub(super) fn address(&self, kind: ObjectKind, name: &str, version: &str) -> String {
        address(&self.vault, kind, name, version)
    }
}

/// See [`Call::address`].
pub(super) fn address(vault: &Vault, kind: ObjectKind, name: &str, version: &str) -> String {
    let base = format!("https://{}/{}/{name}", vault.host, kind.collection());
    if version.is_empty() { base } else { format!("{base}/{version}") }
}

/// 200 with a JSON body.
pub(super) fn ok(body: impl Serialize) -> Response {
    (StatusCode::OK, Json(body)).into_response()
}

/// Base64url as the service writes it, without padding; it reads both.
pub(super) const BASE64URL: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_encode_padding(false).with_decode_padding_mode(DecodePaddingMode::Indifferent),
);
