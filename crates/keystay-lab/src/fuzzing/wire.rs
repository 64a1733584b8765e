//! Raw bytes on the listener, before and behind TLS.

use std::{sync::Arc, time::Duration};

use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::TlsConnector;

use super::VAULT;
use crate::Lab;

/// A lab that has not answered by then hangs.
const PATIENCE: Duration = Duration::from_secs(20);

/// The way to the lab's listener.
pub(super) struct Wire {
    port: u16,
    connector: TlsConnector,
}

#[allow(clippy::expect_used, reason = "a panic is what fuzzing looks for")]
impl Wire {
    pub(super) fn to(lab: &Lab) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(lab.ca_pem().as_bytes()).expect("PEM")).expect("a certificate");
        let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()));
        let config = config.with_safe_default_protocol_versions().expect("versions");
        let config = config.with_root_certificates(roots).with_no_client_auth();
        Self { port: lab.port, connector: TlsConnector::from(Arc::new(config)) }
    }

    /// On the listener itself.
    pub(super) async fn plain(&self, data: &[u8]) {
        let Ok(stream) = TcpStream::connect(("127.0.0.1", self.port)).await else { return };
        exchange(stream, data).await;
    }

    /// Inside a tunnel to a vault.
    pub(super) async fn tunnel(&self, data: &[u8]) {
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)).await else { return };
        let head = format!("CONNECT {VAULT}:443 HTTP/1.1\r\nHost: {VAULT}:443\r\n\r\n");
        stream.write_all(head.as_bytes()).await.expect("the lab reads");
        let mut answer = [0; 512];
        let length = timeout(PATIENCE, stream.read(&mut answer)).await.expect("an answer in time").expect("an answer");
        assert!(answer[..length].starts_with(b"HTTP/1.1 200 "), "{}", String::from_utf8_lossy(&answer[..length]));
        let name = ServerName::try_from(VAULT).expect("a name");
        let stream = timeout(PATIENCE, self.connector.connect(name, stream)).await.expect("a handshake in time");
        exchange(stream.expect("a handshake"), data).await;
    }
}

/// Sends all there is and reads until the lab closes.
#[allow(clippy::expect_used, reason = "a panic is what fuzzing looks for")]
async fn exchange(mut stream: impl AsyncRead + AsyncWrite + Unpin, data: &[u8]) {
    let _ = stream.write_all(data).await;
    let _ = stream.shutdown().await;
    let _ = timeout(PATIENCE, stream.read_to_end(&mut Vec::new())).await.expect("the lab answers or closes");
}
