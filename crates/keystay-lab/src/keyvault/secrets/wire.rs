//! Secrets as they travel.

use serde::Serialize;

use crate::keyvault::{
    objects::{AttributesView, ObjectKind, SecretVersion, Tags, Version},
    wire::Call,
};

/// A secret with or without its value.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::keyvault) struct SecretBundle {
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_type: Option<String>,
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    managed: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<String>,
    attributes: AttributesView,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<Tags>,
}

impl SecretBundle {
    /// Without the value, as after a change.
    pub(super) fn new(call: &Call, name: &str, version: &Version<SecretVersion>) -> Self {
        let kid = version.item.managed.then(|| call.address(ObjectKind::Key, name, &version.id));
        Self { kid, ..Self::item(call, name, &version.id, &version.item) }
    }

    /// A line of a list. `version` is empty in a list of secrets, and an id in a list of versions.
    pub(super) fn item(call: &Call, name: &str, version: &str, item: &SecretVersion) -> Self {
        Self {
            value: None,
            content_type: item.content_type.clone(),
            id: call.address(ObjectKind::Secret, name, version),
            managed: item.managed.then_some(true),
            kid: None,
            attributes: item.attributes.view(call.vault.retention()),
            tags: item.tags.clone(),
        }
    }

    /// With its value and the type the value has.
    pub(super) fn with_value(self, value: String, content_type: Option<String>) -> Self {
        Self { value: Some(value), content_type, ..self }
    }
}
