//! Certificates as they travel.

use serde::Serialize;
use serde_json::{Value, json};

use super::{
    object::{CertificateObject, CertificateVersion},
    policy::CertificatePolicy,
};
use crate::keyvault::{
    objects::{Attributes, AttributesView, ObjectKind, Tags},
    wire::{Call, VaultError},
};

/// A certificate version with its policy.
#[derive(Debug, Serialize)]
pub(in crate::keyvault) struct CertificateBundle {
    id: String,
    #[serde(flatten)]
    finished: Option<Finished>,
    attributes: AttributesView,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<Tags>,
    policy: CertificatePolicy,
    #[serde(skip_serializing_if = "Option::is_none")]
    pending: Option<Value>,
    #[serde(rename = "preserveCertOrder", skip_serializing_if = "Option::is_none")]
    preserve_cert_order: Option<bool>,
}

/// What a version has when it is finished.
#[derive(Debug, Serialize)]
struct Finished {
    kid: String,
    sid: String,
    x5t: String,
    cer: String,
}

/// A line of a list.
#[derive(Debug, Serialize)]
pub(in crate::keyvault) struct CertificateItem {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    x5t: Option<String>,
    attributes: AttributesView,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<Tags>,
    subject: String,
}

impl CertificateBundle {
    /// An empty `version` means the newest, or the one in the making when there is none.
    pub(super) fn new(call: &Call, name: &str, object: &CertificateObject, version: &str) -> Result<Self, VaultError> {
        let bundle = |id: &str, attributes: &Attributes| {
            let pending = format!("{}/pending", call.address(ObjectKind::Certificate, name, ""));
            Self {
                id: call.address(ObjectKind::Certificate, name, id),
                finished: None,
                attributes: attributes.view(call.vault.retention()),
                tags: None,
                policy: object.policy.clone(),
                pending: object.pending.as_ref().map(|_| json!({ "id": pending })),
                preserve_cert_order: None,
            }
        };
        if let Some(unfinished) = object.unfinished.as_ref().filter(|one| version.is_empty() || one.id == version) {
            return Ok(bundle(&unfinished.id, &unfinished.item));
        }
        let found = object.version(name, version)?;
        let finished = Finished {
            kid: call.address(ObjectKind::Key, name, &found.id),
            sid: call.address(ObjectKind::Secret, name, &found.id),
            x5t: found.item.x5t.clone(),
            cer: found.item.cer.clone(),
        };
        let tags = found.item.tags.clone();
        let preserve_cert_order = found.item.preserves_order.then_some(true);
        Ok(Self { finished: Some(finished), tags, preserve_cert_order, ..bundle(&found.id, &found.item.attributes) })
    }
}

impl CertificateItem {
    /// The line of a certificate in a list of certificates; none for an unfinished one unless those are wanted as well.
    pub(super) fn newest(call: &Call, name: &str, object: &CertificateObject, unfinished: bool) -> Option<Self> {
        if let Some(newest) = object.versions.find("") {
            return Some(Self::new(call, name, "", object, &newest.item));
        }
        let attributes = &object.unfinished.as_ref().filter(|_| unfinished)?.item;
        Some(Self {
            id: call.address(ObjectKind::Certificate, name, ""),
            x5t: None,
            attributes: attributes.view(call.vault.retention()),
            tags: None,
            subject: object.policy.x509_props.subject.clone().unwrap_or_default(),
        })
    }

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
            x5t: Some(item.x5t.clone()),
            attributes: item.attributes.view(call.vault.retention()),
            tags: item.tags.clone(),
            subject: object.policy.x509_props.subject.clone().unwrap_or_default(),
        }
    }
}
