//! From a certificate and its key to the three objects of one version.

use std::sync::Arc;

use aws_lc_rs::digest;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use x509_parser::parse_x509_certificate;

use super::{
    object::{CertificateVersion, Issued},
    policy::CertificatePolicy,
    policy_rules::{PEM, PKCS12},
};
use crate::keyvault::{
    crypto::KeyMaterial,
    files::{pem_file, pfx},
    objects::{Attributes, KeyVersion, SecretVersion, Tags},
    wire::{BASE64URL, VaultError},
};

/// What a version is made of.
pub(super) struct Parts {
    /// The id of the new version.
    pub(super) version: String,
    pub(super) key: Arc<KeyMaterial>,
    pub(super) chain: Chain,
    pub(super) enabled: bool,
    pub(super) tags: Option<Tags>,
}

/// A certificate and those above it, DER, in the order the secret has them.
pub(super) struct Chain {
    certificates: Vec<Vec<u8>>,
    /// The place of the certificate itself.
    leaf: usize,
    preserves_order: bool,
}

impl Chain {
    /// The certificate comes first unless the order is to stay as it came.
    pub(super) fn new(mut certificates: Vec<Vec<u8>>, leaf: usize, preserves_order: bool) -> Self {
        if preserves_order {
            return Self { certificates, leaf, preserves_order };
        }
        certificates[..=leaf].rotate_right(1);
        Self { certificates, leaf: 0, preserves_order }
    }

    fn leaf(&self) -> &[u8] {
        self.certificates.get(self.leaf).map(Vec::as_slice).unwrap_or_default()
    }
}

impl From<Vec<Vec<u8>>> for Chain {
    /// The certificate is the first.
    fn from(certificates: Vec<Vec<u8>>) -> Self {
        Self { certificates, leaf: 0, preserves_order: false }
    }
}

/// Makes certificate, key and secret of one version id. The secret holds the private key only if the policy lets it out.
pub(super) fn assemble(policy: &CertificatePolicy, parts: Parts, now: i64) -> Result<Issued, VaultError> {
    let chain = &parts.chain;
    let der = chain.leaf();
    let attributes = attributes(der, parts.enabled, now)?;
    let private = policy.is_exportable().then_some(parts.key.pkcs8());
    let (value, content_type) = if policy.is_pem() {
        (pem_file::write(private, &chain.certificates), PEM)
    } else {
        (STANDARD.encode(pfx::write(private, &chain.certificates, chain.leaf)?), PKCS12)
    };
    Ok(Issued {
        version: parts.version,
        certificate: CertificateVersion {
            cer: STANDARD.encode(der),
            x5t: BASE64URL.encode(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, der)),
            attributes: attributes.clone(),
            tags: parts.tags.clone(),
            preserves_order: chain.preserves_order,
        },
        key: KeyVersion {
            kty: policy.kty(),
            key: parts.key,
            key_ops: policy.key_ops(),
            attributes: attributes.clone(),
            exportable: policy.is_exportable(),
            tags: parts.tags.clone(),
            managed: true,
        },
        secret: SecretVersion {
            value,
            content_type: Some(content_type.to_owned()),
            attributes,
            tags: parts.tags,
            managed: true,
        },
    })
}

/// The certificate's own window of time is also its key's and its secret's.
fn attributes(der: &[u8], enabled: bool, now: i64) -> Result<Attributes, VaultError> {
    let (_, certificate) = parse_x509_certificate(der)
        .map_err(|_| VaultError::bad_parameter("The certificate is not a valid X.509 certificate."))?;
    let validity = certificate.validity();
    Ok(Attributes {
        enabled,
        nbf: Some(validity.not_before.timestamp()),
        exp: Some(validity.not_after.timestamp()),
        ..Attributes::new(now)
    })
}
