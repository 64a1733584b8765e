//! What the lab itself wants to know of a certificate.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use x509_parser::parse_x509_certificate;

use super::object::CertificateVersion;
use crate::keyvault::{objects::Version, wire::VaultError};

/// A certificate's finished version.
#[derive(Clone, Debug)]
pub(crate) struct CertificateVersionInfo {
    /// The version id, which its key and its secret share.
    pub version: String,
    /// The certificate, DER.
    pub der: Vec<u8>,
}

impl CertificateVersionInfo {
    pub(super) fn new(version: &Version<CertificateVersion>) -> Result<Self, VaultError> {
        let der = STANDARD
            .decode(&version.item.cer)
            .map_err(|_| VaultError::internal("a stored certificate is not base64"))?;
        Ok(Self { version: version.id.clone(), der })
    }
}

impl super::CertificateObject {
    /// The newest finished version.
    pub(in crate::keyvault) fn newest(&self, name: &str) -> Result<CertificateVersionInfo, VaultError> {
        CertificateVersionInfo::new(self.version(name, "")?)
    }
}

/// The content of the public key's BIT STRING, which tells whether a certificate and a key belong together.
pub(super) fn public_key_bytes(der: &[u8]) -> Result<Vec<u8>, VaultError> {
    let (_, certificate) = parse_x509_certificate(der)
        .map_err(|_| VaultError::bad_parameter("The certificate is not a valid X.509 certificate."))?;
    Ok(certificate.public_key().subject_public_key.data.to_vec())
}
