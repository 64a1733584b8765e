//! From files to what rustls needs.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::UNIX_EPOCH,
};

use keystay::Clock;
use rustls::{
    RootCertStore, ServerConfig,
    pki_types::{
        CertificateDer, PrivateKeyDer, UnixTime,
        pem::{self, PemObject},
    },
    server::{NoClientAuth, VerifierBuilderError, WebPkiClientVerifier, danger::ClientCertVerifier},
    time_provider::TimeProvider,
};

use super::{OwnCertificate, ServerCertificate, TlsSettings};

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A file holds no certificate or key, or cannot be read.
    #[error("`{}` cannot be used as {what}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What it should hold.
        what: &'static str,
        /// What is wrong with it.
        source: pem::Error,
    },
    /// The certificate of the own authority cannot be written for programs to read.
    #[error("`{}` cannot be written", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// No certificate could be made.
    #[error("no certificate could be made")]
    Make(#[from] rcgen::Error),
    /// Certificate and key do not fit, or are of a kind that cannot be used.
    #[error("the certificate and its key cannot be used: {0}")]
    Certificate(#[from] rustls::Error),
    /// Nobody could be believed by it.
    #[error("the certificates of the client authority cannot be used: {0}")]
    ClientAuthority(#[from] VerifierBuilderError),
}

/// The time by which certificates of clients are judged is the broker's.
#[derive(Debug)]
struct BrokerTime(Arc<dyn Clock>);

impl TimeProvider for BrokerTime {
    fn current_time(&self) -> Option<UnixTime> {
        self.0.now().duration_since(UNIX_EPOCH).ok().map(UnixTime::since_unix_epoch)
    }
}

pub(super) fn server_config(
    settings: &TlsSettings,
    own: Option<&OwnCertificate>,
    clock: Arc<dyn Clock>,
) -> Result<Arc<ServerConfig>, TlsError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let (chain, key) = match (&settings.certificate, own) {
        (ServerCertificate::Files { certificate, key }, _) => (certificates(certificate)?, private_key(key)?),
        (ServerCertificate::Own { .. }, Some(own)) => (own.chain(), own.key()),
        // the settings had files when the broker started: those are told again at the next start
        (ServerCertificate::Own { ca_file }, None) => {
            let own = OwnCertificate::make(ca_file)?;
            (own.chain(), own.key())
        }
    };
    let clients: Arc<dyn ClientCertVerifier> = match &settings.client_ca {
        None => Arc::new(NoClientAuth),
        Some(path) => {
            let mut roots = RootCertStore::empty();
            for certificate in certificates(path)? {
                roots.add(certificate)?;
            }
            // who shows none has to bring a token: the doors see to it
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone())
                .allow_unauthenticated()
                .build()?
        }
    };
    let mut config = ServerConfig::builder_with_details(provider, Arc::new(BrokerTime(clock)))
        .with_safe_default_protocol_versions()?
        .with_client_cert_verifier(clients)
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let failed = |source| TlsError::File { path: path.to_owned(), what: "certificates in PEM", source };
    let found: Result<Vec<_>, _> = CertificateDer::pem_file_iter(path).map_err(failed)?.collect();
    match found.map_err(failed)? {
        none if none.is_empty() => Err(failed(pem::Error::NoItemsFound)),
        found => Ok(found),
    }
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    PrivateKeyDer::from_pem_file(path).map_err(|source| TlsError::File {
        path: path.to_owned(),
        what: "a private key in PEM",
        source,
    })
}
