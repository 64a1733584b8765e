//! Changing a certificate's attributes, tags and policy.

use axum::response::Response;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{policy::CertificatePolicy, wire::CertificateBundle};
use crate::keyvault::{
    objects::{AttributesPatch, ObjectKind, Tags},
    wire::{Call, VaultError, ok},
};

#[derive(Deserialize)]
struct Request {
    #[serde(default)]
    attributes: AttributesPatch,
    tags: Option<Tags>,
}

/// `PATCH /certificates/{name}/{version}`. The attributes of the version's key and secret mirror the certificate's.
pub(in crate::keyvault) fn update(call: &Call, name: &str, version: &str) -> Result<Response, VaultError> {
    call.require(ObjectKind::Certificate, name, "certificates/update/action")?;
    let request: Request = call.json()?;
    let mut objects = call.vault.objects.write();
    let object = objects.certificate_mut(name)?;
    let id = object.version(name, version)?.id.clone();
    if let Some(found) = object.versions.find_mut(&id) {
        found.item.attributes.apply(&request.attributes, call.now);
        found.item.tags = request.tags.or(found.item.tags.take());
    }
    objects.key_mut(name, &id)?.item.attributes.apply(&request.attributes, call.now);
    objects.secret_mut(name, &id)?.item.attributes.apply(&request.attributes, call.now);
    Ok(ok(CertificateBundle::new(call, name, objects.certificate(name)?, &id)?))
}

/// `PATCH /certificates/{name}/policy`: each part that is named replaces the part of that name. It counts from the next version.
pub(in crate::keyvault) fn update_policy(call: &Call, name: &str) -> Result<Response, VaultError> {
    call.require(ObjectKind::Certificate, name, "certificates/update/action")?;
    let patch: Map<String, Value> = call.json()?;
    let mut objects = call.vault.objects.write();
    let object = objects.certificate(name)?;
    let mut merged = serde_json::to_value(&object.policy).map_err(|error| VaultError::internal(error.to_string()))?;
    for (part, value) in
        patch.into_iter().filter(|(part, value)| CHANGEABLE.contains(&part.as_str()) && !value.is_null())
    {
        merged[part] = value;
    }
    let policy: CertificatePolicy =
        serde_json::from_value(merged).map_err(|error| VaultError::unreadable("policy", &error))?;
    let id = object.policy.id.clone().unwrap_or_default();
    let policy = policy.completed(id, call.now)?;
    objects.check_issuer(policy.issuer.name.as_deref())?;
    call.vault.check_holds(policy.kty())?;
    let object = objects.certificate_mut(name)?;
    object.policy = policy;
    Ok(ok(&object.policy))
}

const CHANGEABLE: [&str; 5] = ["key_props", "secret_props", "x509_props", "lifetime_actions", "issuer"];
