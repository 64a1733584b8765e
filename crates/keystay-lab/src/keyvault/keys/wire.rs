//! Keys as they travel.

use serde::Serialize;

use crate::keyvault::{
    crypto::PublicJwk,
    objects::{AttributesView, KeyVersion, ObjectKind, Tags, Version},
    wire::Call,
};

/// A key with its public part, attributes and tags.
#[derive(Debug, Serialize)]
pub(in crate::keyvault) struct KeyBundle {
    key: JsonWebKey,
    attributes: AttributesView,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<Tags>,
    #[serde(skip_serializing_if = "Option::is_none")]
    managed: Option<bool>,
}

#[derive(Debug, Serialize)]
struct JsonWebKey {
    kid: String,
    kty: &'static str,
    key_ops: Vec<String>,
    #[serde(flatten)]
    public: PublicJwk,
}

/// A line of a list: no public part.
#[derive(Debug, Serialize)]
pub(in crate::keyvault) struct KeyItem {
    kid: String,
    attributes: AttributesView,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<Tags>,
    #[serde(skip_serializing_if = "Option::is_none")]
    managed: Option<bool>,
}

impl KeyBundle {
    pub(super) fn new(call: &Call, name: &str, version: &Version<KeyVersion>) -> Self {
        let item = &version.item;
        Self {
            key: JsonWebKey {
                kid: call.address(ObjectKind::Key, name, &version.id),
                kty: item.kty.name(),
                key_ops: item.key_ops.clone(),
                public: item.key.public_jwk(),
            },
            attributes: view(call, item),
            tags: item.tags.clone(),
            managed: item.managed.then_some(true),
        }
    }
}

impl KeyItem {
    /// `version` is empty in a list of keys, and an id in a list of versions.
    pub(super) fn new(call: &Call, name: &str, version: &str, item: &KeyVersion) -> Self {
        Self {
            kid: call.address(ObjectKind::Key, name, version),
            attributes: view(call, item),
            tags: item.tags.clone(),
            managed: item.managed.then_some(true),
        }
    }
}

fn view(call: &Call, item: &KeyVersion) -> AttributesView {
    item.attributes.view(call.vault.retention()).of_key(item.exportable, item.kty.is_hsm())
}
