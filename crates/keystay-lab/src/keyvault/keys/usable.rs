//! A key that may do what a request asks of it, now.

use std::sync::Arc;

use base64::Engine as _;
use serde::Serialize;

use crate::keyvault::{
    crypto::{KeyMaterial, KeyType},
    objects::ObjectKind,
    wire::{BASE64URL, Call, VaultError},
};

/// A key out of the lock: signing and decrypting must not hold up other requests.
pub(super) struct Usable {
    pub(super) kid: String,
    pub(super) kty: KeyType,
    pub(super) key: Arc<KeyMaterial>,
}

/// `kid` names the version that did it, also when the request named none.
#[derive(Serialize)]
pub(super) struct Outcome {
    pub(super) kid: String,
    pub(super) value: String,
}

impl Usable {
    /// Refused for a disabled key and without `operation` among its `key_ops`. Outside the key's window of time only what
    /// undoes or checks earlier work goes on: `decrypt`, `unwrapKey` and `verify`.
    pub(super) fn find(call: &Call, name: &str, version: &str, operation: &str) -> Result<Self, VaultError> {
        let refused = |inner, state| {
            Err(VaultError::forbidden(inner, format!("Operation {operation} is not allowed on {state}.")))
        };
        let objects = call.vault.objects.read();
        let found = objects.key(name, version)?;
        let (item, attributes) = (&found.item, &found.item.attributes);
        if !attributes.enabled {
            return refused("KeyDisabled", "a disabled key");
        }
        if matches!(operation, "sign" | "encrypt" | "wrapKey") {
            if attributes.nbf.is_some_and(|start| call.now < start) {
                return refused("KeyNotYetValid", "a key that is not yet valid");
            }
            if attributes.exp.is_some_and(|end| call.now >= end) {
                return refused("KeyExpired", "an expired key");
            }
        }
        if !item.key_ops.iter().any(|allowed| allowed == operation) {
            return Err(VaultError::forbidden(
                "KeyOperationForbidden",
                format!("Operation {operation} is not permitted on this key."),
            ));
        }
        Ok(Self { kid: call.address(ObjectKind::Key, name, &found.id), kty: item.kty, key: Arc::clone(&item.key) })
    }

    /// What the key made of the request, base64url.
    pub(super) fn outcome(self, value: &[u8]) -> Outcome {
        Outcome { kid: self.kid, value: BASE64URL.encode(value) }
    }

    /// 400: the algorithm is not for this kind of key. `purpose` is what it is for, `suitable` what it needs.
    pub(super) fn incompatible(&self, purpose: &str, algorithm: &str, suitable: &str) -> VaultError {
        VaultError::bad_parameter(format!(
            "Key and {purpose} algorithm are incompatible. Key {} is of type '{}', and algorithm '{algorithm}' can only be used \
             with a key {suitable}.",
            self.kid,
            self.kty.name(),
        ))
    }
}

/// A base64url member of a request.
pub(super) fn bytes(field: &str, text: &str) -> Result<Vec<u8>, VaultError> {
    BASE64URL.decode(text).map_err(|_| VaultError::bad_parameter(format!("Content of '{field}' is not base64url.\r\n")))
}
