//! `POST /keys/{name}/create`.

use std::sync::Arc;

use axum::response::Response;
use serde::Deserialize;

use super::wire::KeyBundle;
use crate::keyvault::{
    crypto::{Curve, KeyMaterial, KeySpec, KeyType},
    objects::{Attributes, AttributesPatch, KeyVersion, ObjectKind, Tags},
    wire::{Call, VaultError, ok},
};

#[derive(Deserialize)]
struct Request {
    kty: String,
    key_size: Option<u32>,
    crv: Option<Curve>,
    key_ops: Option<Vec<String>>,
    public_exponent: Option<u64>,
    release_policy: Option<serde_json::Value>,
    #[serde(default)]
    attributes: AttributesPatch,
    tags: Option<Tags>,
}

/// Makes a key, or a new version of one.
pub(in crate::keyvault) fn create(call: &Call, name: &str) -> Result<Response, VaultError> {
    call.require(ObjectKind::Key, name, "keys/create/action")?;
    let request: Request = call.json()?;
    let kty = KeyType::parse(&request.kty)?;
    call.vault.check_holds(kty)?;
    refuse_release(request.release_policy.as_ref(), &request.attributes)?;
    if request.public_exponent.is_some_and(|exponent| exponent != 65_537) {
        return Err(VaultError::bad_parameter("The lab makes RSA keys with the public exponent 65537 only."));
    }
    let spec = KeySpec::new(kty, request.key_size, request.crv)?;
    let key_ops = allowed_operations(kty, request.key_ops)?;
    call.vault.objects.read().check_free(ObjectKind::Key, name)?;

    let key = Arc::new(KeyMaterial::generate(spec)?);
    store(call, name, Made { kty, key, key_ops, attributes: request.attributes, tags: request.tags })
}

/// Secure key release is not in the lab: a key that was asked to be exportable would not be.
pub(super) fn refuse_release(
    policy: Option<&serde_json::Value>,
    attributes: &AttributesPatch,
) -> Result<(), VaultError> {
    match (policy, attributes.exportable) {
        (None, None | Some(false)) => Ok(()),
        (Some(_), None | Some(false)) => {
            Err(VaultError::bad_parameter("AKV.SKR.1005: Non-exportable keys must not have release policy."))
        }
        (_, Some(true)) => {
            Err(VaultError::bad_parameter("The lab has no secure key release, hence no exportable keys."))
        }
    }
}

/// A new key on its way into the vault.
pub(super) struct Made {
    pub(super) kty: KeyType,
    pub(super) key: Arc<KeyMaterial>,
    pub(super) key_ops: Vec<String>,
    pub(super) attributes: AttributesPatch,
    pub(super) tags: Option<Tags>,
}

/// Adds the key as the newest version and answers with it.
pub(super) fn store(call: &Call, name: &str, made: Made) -> Result<Response, VaultError> {
    let mut attributes = Attributes::new(call.now);
    attributes.apply(&made.attributes, call.now);
    let item = KeyVersion {
        kty: made.kty,
        key: made.key,
        key_ops: made.key_ops,
        attributes,
        exportable: false,
        tags: made.tags,
        managed: false,
    };
    let mut objects = call.vault.objects.write();
    // again, now that the lock is held: a certificate may have taken the name while the key was made
    objects.check_free(ObjectKind::Key, name)?;
    objects.keys.entry(name.to_owned()).or_default().push(call.vault.fresh_id(), item);
    Ok(ok(KeyBundle::new(call, name, objects.key(name, "")?)))
}

/// The operations asked for, or all the key type can do.
pub(super) fn allowed_operations(kty: KeyType, asked: Option<Vec<String>>) -> Result<Vec<String>, VaultError> {
    let possible = kty.operations();
    let Some(asked) = asked else {
        return Ok(possible.iter().map(ToString::to_string).collect());
    };
    match asked.iter().find(|operation| !possible.contains(&operation.as_str()) && operation.as_str() != "import") {
        None => Ok(asked),
        Some(wrong) => Err(VaultError::bad_parameter(format!(
            "The key operation '{wrong}' is not valid for a key of type {}.",
            kty.name()
        ))),
    }
}
