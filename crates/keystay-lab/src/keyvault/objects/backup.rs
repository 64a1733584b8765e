//! Backups: one sealed text that holds an object with all its versions, and opens only in the lab and the subscription it came
//! from.

use axum::response::Response;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::json;
use uuid::Uuid;

use super::{kind::ObjectKind, named::NamedObject};
use crate::keyvault::{
    keys::RotationPolicy,
    wire::{Call, VaultError, ok},
};

/// What is inside.
#[derive(Serialize, Deserialize)]
struct Content<T> {
    collection: String,
    subscription: Uuid,
    name: String,
    object: T,
    rotation_policy: Option<RotationPolicy>,
}

#[derive(Deserialize)]
struct Request {
    value: String,
}

/// `POST /{collection}/{name}/backup`.
pub(in crate::keyvault) fn backup<T: NamedObject + Serialize>(call: &Call, name: &str) -> Result<Response, VaultError> {
    call.require(T::KIND, name, &format!("{}/backup/action", T::KIND.collection()))?;
    let content = {
        let objects = call.vault.objects.read();
        Content {
            collection: T::KIND.collection().to_owned(),
            subscription: call.vault.resource().subscription,
            name: name.to_owned(),
            object: T::copy(&objects, name)?,
            rotation_policy: objects.rotation_policies.get(name).filter(|_| T::KIND == ObjectKind::Key).cloned(),
        }
    };
    let text = serde_json::to_vec(&content).map_err(|error| VaultError::internal(error.to_string()))?;
    let value = call.vault.backup_key.seal(text).ok_or_else(|| VaultError::internal("the backup was not sealed"))?;
    Ok(ok(json!({ "value": value })))
}

/// `POST /{collection}/restore`: under its own name, with the versions it had.
pub(in crate::keyvault) fn restore<T: NamedObject + DeserializeOwned>(call: &Call) -> Result<Response, VaultError> {
    call.require_list(T::KIND, &format!("{}/restore/action", T::KIND.collection()))?;
    let request: Request = call.json()?;
    let content: Content<T> = call
        .vault
        .backup_key
        .open(&request.value)
        .and_then(|text| serde_json::from_slice(&text).ok())
        .filter(|content: &Content<T>| content.collection == T::KIND.collection())
        .ok_or_else(unreadable)?;
    if content.subscription != call.vault.resource().subscription {
        // not documented: the service's words
        return Err(VaultError::bad_parameter(
            "The backup comes from another subscription, and can be restored only there.",
        ));
    }
    let Content { name, object, rotation_policy, .. } = content;
    let mut objects = call.vault.objects.write();
    let name = objects.spelling(&name).unwrap_or(name);
    if objects.is_taken(T::KIND, &name) {
        return Err(conflict(T::KIND, &call.address(T::KIND, &name, "")));
    }
    object.moved(call, &name).put_back(&mut objects, &name);
    objects.rotation_policies.extend(rotation_policy.map(|policy| (name.clone(), policy)));
    let restored = T::copy(&objects, &name)?;
    Ok(ok(restored.bundle(call, &name)?))
}

fn unreadable() -> VaultError {
    VaultError::bad_parameter("Backup blob contains invalid or corrupt version.")
}

/// The service's words, which tell every cause but a name that is still recoverable.
fn conflict(kind: ObjectKind, id: &str) -> VaultError {
    let noun = kind.noun();
    VaultError::conflict(
        None,
        format!(
            "There was a conflict restoring the {noun} '{id}'. This can happen if either: a second {noun} with the same name was \
             created after the first {noun} was deleted; thus trying to restore a {noun} whose name is already in use. To fix this, \
             rename the second {noun} to something else so that the restore works. The second probable cause of this exception is \
             when multiple operations are performed in parallel against the {noun}. To avoid this error, perform operations against \
             a {noun} in a sequential manner."
        ),
    )
}
