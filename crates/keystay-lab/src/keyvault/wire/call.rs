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

use super::{api_version::ApiVersion, error::VaultError};
use crate::{
    authorization::Authorization,
    bearer::Caller,
    keyvault::{
        access::{self, Operation, Target},
        objects::{ObjectKind, check_name},
        vault::{Vault, VaultResource},
    },
    query::Query,
};

/// What a request asks of which vault, on whose behalf.
pub(in crate::keyvault) struct Call {
    pub(in crate::keyvault) vault: Arc<Vault>,
    /// How the vault was set up when the request came in.
    pub(in crate::keyvault) resource: Arc<VaultResource>,
    pub(in crate::keyvault) authorization: Authorization,
    pub(in crate::keyvault) caller: Caller,
    /// `None` for one the service does not have.
    pub(in crate::keyvault) operation: Option<Operation>,
    pub(in crate::keyvault) api_version: ApiVersion,
    pub(in crate::keyvault) query: Query,
    pub(in crate::keyvault) body: Bytes,
    /// The lab's time when the request came in, Unix seconds.
    pub(in crate::keyvault) now: i64,
}

impl Call {
    /// Checks the name and the caller's right to a data action on the object of that name.
    pub(in crate::keyvault) fn require(&self, kind: ObjectKind, name: &str, action: &str) -> Result<(), VaultError> {
        check_name(name)?;
        self.authorize(Target { kind, name: Some(name) }, action)
    }

    /// Checks the caller's right to list.
    pub(in crate::keyvault) fn require_list(&self, kind: ObjectKind, action: &str) -> Result<(), VaultError> {
        self.authorize(Target { kind, name: None }, action)
    }

    fn authorize(&self, target: Target<'_>, action: &str) -> Result<(), VaultError> {
        access::authorize(self, action, target)
    }

    /// The body, read as JSON.
    pub(in crate::keyvault) fn json<T: DeserializeOwned>(&self) -> Result<T, VaultError> {
        if self.body.is_empty() {
            return Err(VaultError::bad_parameter("Request body not specified"));
        }
        serde_json::from_slice(&self.body).map_err(|error| VaultError::unreadable("request body", &error))
    }

    /// The address of an object: `https://{host}/{collection}/{name}` and `/{version}` when there is one.
    pub(in crate::keyvault) fn address(&self, kind: ObjectKind, name: &str, version: &str) -> String {
        address(&self.vault, kind, name, version)
    }
}

/// See [`Call::address`].
pub(in crate::keyvault) fn address(vault: &Vault, kind: ObjectKind, name: &str, version: &str) -> String {
    let base = format!("https://{}/{}/{name}", vault.host, kind.collection());
    if version.is_empty() { base } else { format!("{base}/{version}") }
}

/// 200 with a JSON body.
pub(in crate::keyvault) fn ok(body: impl Serialize) -> Response {
    (StatusCode::OK, Json(body)).into_response()
}

/// Base64url as the service writes it, without padding; it reads both.
pub(in crate::keyvault) const BASE64URL: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_encode_padding(false).with_decode_padding_mode(DecodePaddingMode::Indifferent),
);
