//! The certificate of a client, after rustls has verified it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustls::pki_types::CertificateDer;
use x509_parser::{
    error::X509Error,
    extensions::GeneralName,
    nom,
    prelude::{FromDer, X509Certificate},
};

use crate::caller::CertificateHash;

/// What callers are recognised by.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct ClientCertificate {
    pub(crate) sha256: CertificateHash,
    /// The one URI it is for, as workloads of SPIFFE have it (X509-SVID, section 2). None where there are several.
    pub(crate) uri: Option<String>,
    /// A connection can outlive its certificate.
    pub(crate) ends: SystemTime,
}

impl ClientCertificate {
    pub(crate) fn read(der: &CertificateDer<'_>) -> Result<Self, nom::Err<X509Error>> {
        let (_, certificate) = X509Certificate::from_der(der)?;
        let names = certificate.subject_alternative_name()?;
        let mut uris = names.iter().flat_map(|names| &names.value.general_names).filter_map(|name| match name {
            GeneralName::URI(uri) => Some((*uri).to_owned()),
            _ => None,
        });
        let uri = uris.next().filter(|_| uris.next().is_none());
        let ends = u64::try_from(certificate.validity().not_after.timestamp()).unwrap_or_default();
        Ok(Self { sha256: CertificateHash::of(der), uri, ends: UNIX_EPOCH + Duration::from_secs(ends) })
    }
}
