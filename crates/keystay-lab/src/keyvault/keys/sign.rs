//! `POST /keys/{name}/{version}/sign` and `/verify`.

use std::sync::Arc;

use axum::response::Response;
use base64::Engine as _;
use serde::{Deserialize, Serialize};

use crate::keyvault::{
    algorithm::Algorithm,
    call::{BASE64URL, Call, ok},
    error::VaultError,
    key_material::KeyMaterial,
    key_spec::KeyType,
    object_name::ObjectKind,
};

#[derive(Deserialize)]
struct SignRequest {
    alg: String,
    value: String,
}

/// `kid` names the version that signed, also when the request named none.
#[derive(Serialize)]
struct SignAnswer {
    kid: String,
    value: String,
}

#[derive(Deserialize)]
struct VerifyRequest {
    alg: String,
    digest: String,
    value: String,
}

#[derive(Serialize)]
struct VerifyAnswer {
    value: bool,
}

/// Signs a finished digest. Refused for a disabled key, outside its window of time and without `sign` among its operations.
pub(in super::super) fn sign(call: &Call, name: &str, version: &str) -> Result<Response, VaultError> {
    call.require(ObjectKind::Key, name, "keys/sign/action")?;
    let request: SignRequest = call.json()?;
    let algorithm = Algorithm::parse(&request.alg)?;
    let usable = usable_key(call, name, version, "sign")?;
    let digest = algorithm.digest("value", &request.value)?;
    let signature = usable.key.sign(algorithm, &digest).ok_or_else(|| usable.incompatible(algorithm))??;
    Ok(ok(SignAnswer { kid: usable.kid, value: BASE64URL.encode(signature) }))
}

/// Checks a signature; works outside the key's window of time, unlike signing.
pub(in super::super) fn verify(call: &Call, name: &str, version: &str) -> Result<Response, VaultError> {
    call.require(ObjectKind::Key, name, "keys/verify/action")?;
    let request: VerifyRequest = call.json()?;
    let algorithm = Algorithm::parse(&request.alg)?;
    let usable = usable_key(call, name, version, "verify")?;
    let digest = algorithm.digest("digest", &request.digest)?;
    let signature = BASE64URL
        .decode(&request.value)
        .map_err(|_| VaultError::bad_parameter("Property value has invalid value\r\n: it is not base64url encoded."))?;
    let value = usable.key.verify(algorithm, &digest, &signature).ok_or_else(|| usable.incompatible(algorithm))?;
    Ok(ok(VerifyAnswer { value }))
}

/// A key that may do what is asked now, out of the lock: signing must not hold up other requests.
struct Usable {
    kid: String,
    kty: KeyType,
    key: Arc<KeyMaterial>,
}

impl Usable {
    fn incompatible(&self, algorithm: Algorithm) -> VaultError {
        let suitable = algorithm.curve().map_or_else(
            || "of type 'RSA' or 'RSA-HSM'".to_owned(),
            |curve| format!("of type 'EC' or 'EC-HSM' on the curve '{}'", curve.name()),
        );
        VaultError::bad_parameter(format!(
            "Key and signing algorithm are incompatible. Key {} is of type '{}', and algorithm '{}' can only be used with a key {suitable}.",
            self.kid,
            self.kty.name(),
            algorithm.name(),
        ))
    }
}

fn usable_key(call: &Call, name: &str, version: &str, operation: &str) -> Result<Usable, VaultError> {
    let objects = call.vault.objects.read();
    let found = objects.key(name, version)?;
    let (item, attributes) = (&found.item, &found.item.attributes);
    if !attributes.enabled {
        return Err(VaultError::forbidden(
            "KeyDisabled",
            format!("Operation {operation} is not allowed on a disabled key."),
        ));
    }
    if operation == "sign" {
        if attributes.nbf.is_some_and(|start| call.now < start) {
            return Err(VaultError::forbidden(
                "KeyNotYetValid",
                "Operation sign is not allowed on a key that is not yet valid.",
            ));
        }
        if attributes.exp.is_some_and(|end| call.now >= end) {
            return Err(VaultError::forbidden("KeyExpired", "Operation sign is not allowed on an expired key."));
        }
    }
    if !item.key_ops.iter().any(|allowed| allowed == operation) {
        return Err(VaultError::forbidden(
            "KeyOperationForbidden",
            format!("Operation {operation} is not permitted on this key."),
        ));
    }
    Ok(Usable { kid: call.address(ObjectKind::Key, name, &found.id), kty: item.kty, key: Arc::clone(&item.key) })
}
