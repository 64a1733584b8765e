//! `POST /rng`: random bytes.

use aws_lc_rs::rand;
use axum::response::Response;
use base64::Engine as _;
use serde::Deserialize;
use serde_json::json;

use crate::keyvault::{
    objects::ObjectKind,
    wire::{BASE64URL, Call, VaultError, ok},
};

#[derive(Deserialize)]
struct Request {
    count: i64,
}

/// Up to 128 bytes, from a managed HSM only.
pub(in crate::keyvault) fn random_bytes(call: &Call) -> Result<Response, VaultError> {
    call.require_list(ObjectKind::Key, "rng/action")?;
    if !call.vault.is_managed_hsm() {
        // not documented: the words. That a vault answers 400 is known from the authors of the clients
        return Err(VaultError::bad_parameter("Random bytes are available from a managed HSM only."));
    }
    let request: Request = call.json()?;
    let length = usize::try_from(request.count).ok().filter(|count| (1..=128).contains(count)).ok_or_else(|| {
        VaultError::bad_parameter("GetRandomBytesRequest: count cannot be greater than 128 or less than 1")
    })?;
    let mut bytes = vec![0; length];
    rand::fill(&mut bytes).map_err(|_| VaultError::internal("there were no random bytes"))?;
    Ok(ok(json!({ "value": BASE64URL.encode(bytes) })))
}
