//! TLS: for programs whose SDK insists on https, and the only way in from other computers.

mod client;
mod own;
mod server;
mod settings;

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use keystay::Clock;
use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

pub(crate) use client::ClientCertificate;
pub use server::TlsError;
pub use settings::{ServerCertificate, TlsSettings};

use self::{own::OwnCertificate, server::server_config};
use super::{Connection, Serving};

/// A port that speaks TLS.
#[derive(Debug)]
pub(crate) struct TlsListener {
    listener: TcpListener,
    certificates: Arc<Certificates>,
}

/// What the listener shows and whom it believes; exchanged while it runs.
#[derive(Debug)]
pub(crate) struct Certificates {
    // made once: programs have read its authority
    own: Option<OwnCertificate>,
    clock: Arc<dyn Clock>,
    current: ArcSwap<ServerConfig>,
}

/// From a connection's beginning to the end of its handshake.
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(5);

impl Certificates {
    /// Reads the files, or makes a certificate and writes its authority into a file.
    pub(crate) fn new(settings: &TlsSettings, clock: Arc<dyn Clock>) -> Result<Arc<Self>, TlsError> {
        let own = match &settings.certificate {
            ServerCertificate::Own { ca_file } => Some(OwnCertificate::make(ca_file)?),
            ServerCertificate::Files { .. } => None,
        };
        let current = ArcSwap::new(server_config(settings, own.as_ref(), clock.clone())?);
        Ok(Arc::new(Self { own, clock, current }))
    }

    /// Reads the files again, for connections from now on. What cannot work changes nothing.
    pub(crate) fn reload(&self, settings: &TlsSettings) -> Result<(), TlsError> {
        self.current.store(server_config(settings, self.own.as_ref(), self.clock.clone())?);
        Ok(())
    }
}

impl TlsListener {
    /// Takes the port; any free one when it is 0.
    pub(crate) async fn bind(address: SocketAddr, certificates: Arc<Certificates>) -> io::Result<Self> {
        Ok(Self { listener: TcpListener::bind(address).await?, certificates })
    }

    /// What it shows and whom it believes.
    pub(crate) fn certificates(&self) -> Arc<Certificates> {
        self.certificates.clone()
    }

    /// The address with its port.
    pub(crate) fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Takes connections until it is told to stop.
    pub(crate) async fn run(self, serving: Serving) {
        loop {
            let Some(place) = serving.place().await else { return };
            let accepted = tokio::select! {
                () = serving.stopped() => return,
                accepted = self.listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, peer)) => {
                    let acceptor = TlsAcceptor::from(self.certificates.current.load_full());
                    let serving = serving.clone();
                    // a handshake makes nobody else wait
                    tokio::spawn(async move {
                        let greeted = tokio::select! {
                            () = serving.stopped() => return,
                            greeted = tokio::time::timeout(HANDSHAKE_LIMIT, greet(stream, peer, acceptor)) => greeted,
                        };
                        match greeted {
                            Ok(Ok((stream, connection))) => serving.serve(stream, connection, place),
                            Ok(Err(error)) => tracing::debug!(%error, %peer, "a TLS handshake failed"),
                            Err(_) => tracing::debug!(%peer, "a TLS handshake took too long"),
                        }
                    });
                }
                Err(error) => super::pause_after(&error).await,
            }
        }
    }
}

async fn greet(
    stream: TcpStream,
    peer: SocketAddr,
    acceptor: TlsAcceptor,
) -> io::Result<(tokio_rustls::server::TlsStream<TcpStream>, Connection)> {
    // answers are small and written at once: nothing is gained by waiting for more
    stream.set_nodelay(true)?;
    let local = stream.local_addr()?;
    let stream = acceptor.accept(stream).await?;
    let shown = stream.get_ref().1.peer_certificates().and_then(|chain| chain.first());
    let certificate = match shown {
        Some(certificate) => Some(Arc::new(ClientCertificate::read(certificate).map_err(io::Error::other)?)),
        None => None,
    };
    Ok((stream, Connection::tls(peer, local, certificate)))
}
