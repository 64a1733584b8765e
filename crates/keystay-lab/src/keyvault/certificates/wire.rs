//! Certificates as they travel.

use serde::Serialize;
use serde_json::{Value, json};

use super::{
    object::{CertificateObject, CertificateVersion},
    policy::CertificatePolicy,
};
use crate::keyvault::{
    attributes::{Attributes, AttributesView},
    call::Call,
    error::VaultError,
    object_name::ObjectKind,
    objects::Tags,
};

/// A certificate version with its policy.
#[derive(Debug, Serialize)]
pub(in super::super) struct CertificateBundle {
    id: String,
    #[serde(flatten)]
    issued: Option<Issued>,
    attributes: AttributesView,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<Tags>,
    policy: CertificatePolicy,
    #[serde(skip_serializing_if = "Option::is_none")]
    pending: Option<Value>,
}

/// What a certificate has once it is there.
#[derive(Debug, Serialize)]
struct Issued {
    kid: String,
    sid: String,
    x5t: String,
    cer: String,
}

/// A line of a list.
#[derive(Debug, Serialize)]
pub(in super::super) struct CertificateItem {
    id: String,
    x5t: String,
    attributes: AttributesView,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<Tags>,
    subject: String,
}

impl CertificateBundle {
    /// An empty `version` means the newest.
    pub(super) fn new(call: &Call, name: &str, object: &CertificateObject, version: &str) -> Result<Self, VaultError> {
        let found = object.version(name, version)?;
        let address = |kind| call.address(kind, name, &found.id);
        Ok(Self {
            id: address(ObjectKind::Certificate),
            issued: Some(Issued {
                kid: address(ObjectKind::Key),
                sid: address(ObjectKind::Secret),
                x5t: found.item.x5t.clone(),
                cer: found.item.cer.clone(),
            }),
            attributes: found.item.attributes.view(call.vault.retention()),
            tags: found.item.tags.clone(),
            policy: object.policy.clone(),
            pending: object.pending.as_ref().map(|_| pending(call, name)),
        })
    }

    /// A certificate whose first version is still being made. JavaScript's SDK reads it before it asks for the operation.
    ///
    /// Not documented: which fields it has.
    pub(super) fn unfinished(call: &Call, name: &str, object: &CertificateObject) -> Self {
        let attributes = Attributes { enabled: false, ..Attributes::new(call.now) };
        Self {
            id: call.address(ObjectKind::Certificate, name, ""),
            issued: None,
            attributes: attributes.view(call.vault.retention()),
            tags: None,
            policy: object.policy.clone(),
            pending: Some(pending(call, name)),
        }
    }
}

impl CertificateItem {
    /// `version` is empty in a list of certificates, and an id in a list of versions.
    pub(super) fn new(
        call: &Call,
        name: &str,
        version: &str,
        object: &CertificateObject,
        item: &CertificateVersion,
    ) -> Self {
        Self {
            id: call.address(ObjectKind::Certificate, name, version),
            x5t: item.x5t.clone(),
            attributes: item.attributes.view(call.vault.retention()),
            tags: item.tags.clone(),
            subject: object.policy.x509_props.subject.clone().unwrap_or_default(),
        }
    }
}

fn pending(call: &Call, name: &str) -> Value {
    json!({ "id": format!("{}/pending", call.address(ObjectKind::Certificate, name, "")) })
}
