//! Setting secrets and changing their attributes.

use axum::response::Response;
use serde::Deserialize;

use super::wire::SecretBundle;
use crate::keyvault::{
    objects::{Attributes, AttributesPatch, ObjectKind, SecretVersion, Tags},
    wire::{Call, VaultError, ok},
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SetRequest {
    value: String,
    content_type: Option<String>,
    #[serde(default)]
    attributes: AttributesPatch,
    tags: Option<Tags>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UpdateRequest {
    content_type: Option<String>,
    #[serde(default)]
    attributes: AttributesPatch,
    tags: Option<Tags>,
}

/// `PUT /secrets/{name}`: a new version.
pub(in crate::keyvault) fn set(call: &Call, name: &str) -> Result<Response, VaultError> {
    call.require(ObjectKind::Secret, name, "secrets/setSecret/action")?;
    let request: SetRequest = call.json()?;
    if request.value.len() > LONGEST_VALUE {
        return Err(VaultError::bad_parameter(format!("The secret's value is longer than {LONGEST_VALUE} bytes.")));
    }
    let mut objects = call.vault.objects.write();
    objects.check_free(ObjectKind::Secret, name)?;
    let mut attributes = Attributes::new(call.now);
    attributes.apply(&request.attributes, call.now);
    let (value, content_type) = (request.value, request.content_type);
    let item = SecretVersion {
        value: value.clone(),
        content_type: content_type.clone(),
        attributes,
        tags: request.tags,
        managed: false,
    };
    objects.secrets.entry(name.to_owned()).or_default().push(call.vault.fresh_id(), item);
    Ok(ok(SecretBundle::new(call, name, objects.secret(name, "")?).with_value(value, content_type)))
}

/// `PATCH /secrets/{name}/{version}`: everything but the value.
pub(in crate::keyvault) fn update(call: &Call, name: &str, version: &str) -> Result<Response, VaultError> {
    call.require(ObjectKind::Secret, name, "secrets/update/action")?;
    let request: UpdateRequest = call.json()?;
    let mut objects = call.vault.objects.write();
    let found = objects.secret_mut(name, version)?;
    let item = &mut found.item;
    item.content_type = request.content_type.or(item.content_type.take());
    item.tags = request.tags.or(item.tags.take());
    item.attributes.apply(&request.attributes, call.now);
    Ok(ok(SecretBundle::new(call, name, found)))
}

/// The service's limit.
const LONGEST_VALUE: usize = 25 * 1024;
