//! `POST /keys/{name}/{version}/sign` and `/verify`.

use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::usable::{Usable, bytes};
use crate::keyvault::{
    crypto::Algorithm,
    objects::ObjectKind,
    wire::{Call, VaultError, ok},
};

#[derive(Deserialize)]
struct SignRequest {
    alg: String,
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

/// Signs a finished digest.
pub(super) fn sign(call: &Call, name: &str, version: &str) -> Result<Response, VaultError> {
    call.require(ObjectKind::Key, name, "keys/sign/action")?;
    let request: SignRequest = call.json()?;
    let algorithm = Algorithm::parse(&request.alg)?;
    let usable = Usable::find(call, name, version, "sign")?;
    let digest = algorithm.digest("value", &bytes("value", &request.value)?)?;
    let signature = usable.key.sign(algorithm, &digest).ok_or_else(|| incompatible(&usable, algorithm))??;
    Ok(ok(usable.outcome(&signature)))
}

/// Checks a signature; works outside the key's window of time, unlike signing.
pub(super) fn verify(call: &Call, name: &str, version: &str) -> Result<Response, VaultError> {
    call.require(ObjectKind::Key, name, "keys/verify/action")?;
    let request: VerifyRequest = call.json()?;
    let algorithm = Algorithm::parse(&request.alg)?;
    let usable = Usable::find(call, name, version, "verify")?;
    let digest = algorithm.digest("digest", &bytes("digest", &request.digest)?)?;
    let signature = bytes("value", &request.value)?;
    let value = usable.key.verify(algorithm, &digest, &signature).ok_or_else(|| incompatible(&usable, algorithm))?;
    Ok(ok(VerifyAnswer { value }))
}

fn incompatible(usable: &Usable, algorithm: Algorithm) -> VaultError {
    let suitable = algorithm.curve().map_or_else(
        || "of type 'RSA' or 'RSA-HSM'".to_owned(),
        |curve| format!("of type 'EC' or 'EC-HSM' on the curve '{}'", curve.name()),
    );
    usable.incompatible("signing", algorithm.name(), &suitable)
}
