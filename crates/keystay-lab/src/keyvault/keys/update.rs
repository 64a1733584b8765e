//! `PATCH /keys/{name}/{version}`.

use axum::response::Response;
use serde::Deserialize;

use super::{create::allowed_operations, wire::KeyBundle};
use crate::keyvault::{
    objects::{AttributesPatch, ObjectKind, Tags},
    wire::{Call, VaultError, ok},
};

#[derive(Deserialize)]
struct Request {
    key_ops: Option<Vec<String>>,
    #[serde(default)]
    attributes: AttributesPatch,
    tags: Option<Tags>,
}

/// Changes attributes, operations and tags. The key itself never changes.
pub(in crate::keyvault) fn update(call: &Call, name: &str, version: &str) -> Result<Response, VaultError> {
    call.require(ObjectKind::Key, name, "keys/update/action")?;
    let request: Request = call.json()?;
    let mut objects = call.vault.objects.write();
    let found = objects.key_mut(name, version)?;
    let item = &mut found.item;
    if request.key_ops.is_some() {
        item.key_ops = allowed_operations(item.kty, request.key_ops)?;
    }
    item.tags = request.tags.or(item.tags.take());
    item.attributes.apply(&request.attributes, call.now);
    Ok(ok(KeyBundle::new(call, name, found)))
}
