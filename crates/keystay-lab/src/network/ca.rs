//! The lab's certificate authority: a certificate for every host name it plays, made when first asked for.

use std::{collections::HashMap, sync::Arc};

use parking_lot::RwLock;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};
use rustls::{
    ServerConfig,
    crypto::CryptoProvider,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    server::{NoClientAuth, ServerSessionMemoryCache, danger::ClientCertVerifier},
};
use time::{Duration, OffsetDateTime};

use super::{client_certificate::AnyCertificate, site::asks_for_certificate};

/// How many host names keep their certificate. A caller that invents vault names for ever must not fill the memory.
const MOST_HOSTS: usize = 1024;
/// How many TLS sessions can be resumed, at all hosts together.
const MOST_SESSIONS: usize = 1024;

/// Signs the TLS certificates of the hosts the lab plays.
///
/// Certificates are judged by clients with the computer's clock, so the lab's movable clock has no say here.
pub(crate) struct CertificateAuthority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    pem: String,
    hosts: RwLock<HashMap<String, Arc<ServerConfig>>>,
    provider: Arc<CryptoProvider>,
    /// One for all hosts: each with its own would take 40 KB. A session is resumed at the host it began at only.
    sessions: Arc<ServerSessionMemoryCache>,
}

/// Why a host got no certificate.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CertificateError {
    #[error("could not issue a certificate")]
    Issue(#[from] rcgen::Error),
    #[error("could not use the issued certificate")]
    Use(#[from] rustls::Error),
}

impl CertificateAuthority {
    pub(crate) fn new() -> Result<Self, rcgen::Error> {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::OrganizationName, "keystay lab");
        params.distinguished_name.push(DnType::CommonName, "keystay lab CA (for this lab only)");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages =
            vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign, KeyUsagePurpose::DigitalSignature];
        (params.not_before, params.not_after) = validity();
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
        let pem = issuer.pem();
        Ok(Self {
            issuer,
            pem,
            hosts: RwLock::default(),
            provider: Arc::new(rustls::crypto::aws_lc_rs::default_provider()),
            sessions: ServerSessionMemoryCache::new(MOST_SESSIONS),
        })
    }

    /// The certificate to trust, as PEM.
    pub(crate) fn pem(&self) -> &str {
        &self.pem
    }

    /// The TLS configuration that plays `host`.
    pub(crate) fn server_config(&self, host: &str) -> Result<Arc<ServerConfig>, CertificateError> {
        if let Some(config) = self.hosts.read().get(host) {
            return Ok(Arc::clone(config));
        }
        let config = Arc::new(self.issue(host)?);
        let mut hosts = self.hosts.write();
        if hosts.len() >= MOST_HOSTS {
            hosts.clear();
        }
        Ok(Arc::clone(hosts.entry(host.to_owned()).or_insert(config)))
    }

    fn issue(&self, host: &str) -> Result<ServerConfig, CertificateError> {
        let mut params = CertificateParams::new([host.to_owned()])?;
        params.distinguished_name = DistinguishedName::new();
        // A common name holds 64 characters at most; the subject alternative name is what clients check.
        params.distinguished_name.push(DnType::CommonName, host.chars().take(64).collect::<String>());
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        // Python 3.13 and later refuse a leaf without it.
        params.use_authority_key_identifier_extension = true;
        (params.not_before, params.not_after) = validity();
        let key = KeyPair::generate()?;
        let leaf = params.signed_by(&key, &self.issuer)?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::clone(&self.provider);
        let client_certificates: Arc<dyn ClientCertVerifier> = if asks_for_certificate(host) {
            Arc::new(AnyCertificate(Arc::clone(&provider)))
        } else {
            Arc::new(NoClientAuth)
        };
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_client_cert_verifier(client_certificates)
            .with_single_cert(vec![leaf.der().clone(), self.issuer.der().clone()], key)?;
        config.session_storage = self.sessions.clone();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(config)
    }
}

/// A day back for clocks that are behind; a year ahead, within what every platform accepts of a leaf.
fn validity() -> (OffsetDateTime, OffsetDateTime) {
    let now = OffsetDateTime::now_utc();
    (now - Duration::days(1), now + Duration::days(365))
}
