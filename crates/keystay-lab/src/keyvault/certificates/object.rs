//! A certificate as the vault keeps it, and the operation that makes its next version.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::policy::CertificatePolicy;
use crate::keyvault::{
    crypto::{KeyMaterial, key_material},
    objects::{Attributes, KeyVersion, ObjectKind, Objects, SecretVersion, Tags, Version, Versions, id},
    vault::Vault,
    wire::VaultError,
};

/// A named certificate: its policy, its finished versions, and the operation that makes the next one.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::keyvault) struct CertificateObject {
    pub(super) policy: CertificatePolicy,
    pub(in crate::keyvault) versions: Versions<CertificateVersion>,
    pub(super) pending: Option<Pending>,
    /// What is shown before the first version is finished: an id and the attributes the version was to have, disabled.
    #[serde(default)]
    pub(super) unfinished: Option<Version<Attributes>>,
}

/// One finished version.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::keyvault) struct CertificateVersion {
    /// The certificate in standard base64 DER, as `cer` travels.
    pub(super) cer: String,
    /// SHA-1 of the DER, base64url.
    pub(super) x5t: String,
    pub(in crate::keyvault) attributes: Attributes,
    pub(super) tags: Option<Tags>,
    /// Whether the secret has the chain in the order it was imported in.
    #[serde(default)]
    pub(super) preserves_order: bool,
}

/// The three objects of one version, which appear together or not at all.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Issued {
    pub(super) version: String,
    pub(super) certificate: CertificateVersion,
    pub(super) key: KeyVersion,
    pub(super) secret: SecretVersion,
}

/// The operation that makes a version.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::keyvault) struct Pending {
    pub(super) request_id: String,
    pub(super) issuer: String,
    /// The signing request, standard base64 DER.
    pub(super) csr: String,
    pub(super) cancellation_requested: bool,
    pub(super) stage: Stage,
}

/// How far an operation has come.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Stage {
    /// The certificate is made; it appears at this moment, in Unix seconds.
    Issuing {
        ready_at: i64,
        issued: Box<Issued>,
    },
    /// Somebody has to bring the signed certificate.
    AwaitingMerge {
        #[serde(with = "key_material::shared")]
        key: Arc<KeyMaterial>,
        enabled: bool,
        tags: Option<Tags>,
    },
    Completed,
    Cancelled,
    /// It did not work, for this reason.
    Failed {
        code: String,
        message: String,
    },
}

impl Pending {
    /// An operation for a policy, with a fresh id and no signing request yet.
    pub(super) fn new(vault: &Vault, policy: &CertificatePolicy, stage: Stage) -> Self {
        Self {
            request_id: vault.fresh_id(),
            issuer: policy.issuer.name.clone().unwrap_or_default(),
            csr: String::new(),
            cancellation_requested: false,
            stage,
        }
    }
}

impl Stage {
    pub(super) fn in_progress(&self) -> bool {
        matches!(self, Self::Issuing { .. } | Self::AwaitingMerge { .. })
    }
}

impl CertificateObject {
    pub(super) fn new(policy: CertificatePolicy) -> Self {
        Self { policy, versions: Versions::default(), pending: None, unfinished: None }
    }

    /// A finished version; an empty id means the newest.
    pub(super) fn version(&self, name: &str, version: &str) -> Result<&Version<CertificateVersion>, VaultError> {
        self.versions.find(version).ok_or_else(|| VaultError::not_found(ObjectKind::Certificate, &id(name, version)))
    }

    pub(in crate::keyvault) fn is_due(&self, now: i64) -> bool {
        matches!(&self.pending, Some(Pending { stage: Stage::Issuing { ready_at, .. }, .. }) if *ready_at <= now)
    }
}

impl Objects {
    /// Lets the certificates appear that were waiting for this moment.
    pub(in crate::keyvault) fn publish_due(&mut self, now: i64) {
        let due: Vec<String> =
            self.certificates.iter().filter(|(_, object)| object.is_due(now)).map(|(name, _)| name.clone()).collect();
        for name in due {
            let stage = self
                .certificates
                .get_mut(&name)
                .and_then(|object| object.pending.as_mut())
                .map(|pending| std::mem::replace(&mut pending.stage, Stage::Completed));
            if let Some(Stage::Issuing { issued, .. }) = stage {
                self.publish(&name, *issued);
            }
        }
    }

    /// Adds one version to the certificate, its key and its secret.
    pub(super) fn publish(&mut self, name: &str, issued: Issued) {
        if let Some(object) = self.certificates.get_mut(name) {
            object.unfinished = None;
            object.versions.push(issued.version.clone(), issued.certificate);
            self.keys.entry(name.to_owned()).or_default().push(issued.version.clone(), issued.key);
            self.secrets.entry(name.to_owned()).or_default().push(issued.version, issued.secret);
        }
    }
}
