//! Connections: where they come from, and how long they may take.

mod slow;
mod tcp;
mod tls;
mod unix;

use std::{
    fmt,
    net::SocketAddr,
    sync::{Arc, OnceLock},
    time::Duration,
};

use axum::Router;
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
};
use tower::ServiceExt;

pub(crate) use tcp::{LoopbackListener, user_of};
pub(crate) use tls::{Certificates, ClientCertificate, TlsListener};
pub use tls::{ServerCertificate, TlsError, TlsSettings};
pub(crate) use unix::SocketListener;

use crate::{caller::Peer, limits::Strangers, telemetry::Traceparent};

/// What is known about a connection; every request on it carries this.
#[derive(Clone, Debug)]
pub(crate) struct Connection {
    pub(crate) origin: Origin,
    /// The trace the request under way says it belongs to; followed once its caller is recognised.
    pub(crate) trace: Option<Traceparent>,
    // reading the kernel's table of connections takes milliseconds, and the answer never changes
    user: Arc<OnceLock<Option<u32>>>,
}

/// Where a connection comes from.
#[derive(Clone, Debug)]
pub(crate) enum Origin {
    /// The unix socket, with what the kernel says about the other end.
    Unix(Peer),
    /// TCP on this computer.
    Tcp {
        /// The other end.
        peer: SocketAddr,
        /// This end.
        local: SocketAddr,
    },
    /// TLS.
    Tls {
        /// The other end.
        peer: SocketAddr,
        /// This end.
        local: SocketAddr,
        /// What the other end showed, verified.
        certificate: Option<Arc<ClientCertificate>>,
    },
}

impl Connection {
    /// Whether nobody reads along.
    pub(crate) fn is_private(&self) -> bool {
        matches!(self.origin, Origin::Unix(_) | Origin::Tls { .. })
    }

    /// Whether it comes from this computer.
    pub(crate) fn is_local(&self) -> bool {
        match &self.origin {
            Origin::Unix(_) => true,
            Origin::Tcp { local, .. } | Origin::Tls { local, .. } => local.ip().is_loopback(),
        }
    }

    pub(crate) fn unix(peer: Peer) -> Self {
        Self { origin: Origin::Unix(peer), trace: None, user: Arc::default() }
    }

    pub(crate) fn tcp(peer: SocketAddr, local: SocketAddr) -> Self {
        Self { origin: Origin::Tcp { peer, local }, trace: None, user: Arc::default() }
    }

    pub(crate) fn tls(peer: SocketAddr, local: SocketAddr, certificate: Option<Arc<ClientCertificate>>) -> Self {
        Self { origin: Origin::Tls { peer, local, certificate }, trace: None, user: Arc::default() }
    }

    /// The user at the other end, if that can be found out. It is looked for once: a connection belongs to whoever
    /// opened it, also when another process goes on with it.
    pub(crate) fn uid(&self) -> Option<u32> {
        match &self.origin {
            Origin::Unix(peer) => Some(peer.uid),
            Origin::Tcp { peer, local } | Origin::Tls { peer, local, .. } => {
                *self.user.get_or_init(|| user_of(*peer, *local))
            }
        }
    }
}

impl fmt::Display for Connection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.origin {
            Origin::Unix(peer) => match peer.pid {
                Some(pid) => write!(formatter, "uid {} pid {pid}", peer.uid),
                None => write!(formatter, "uid {}", peer.uid),
            },
            Origin::Tcp { peer, .. } | Origin::Tls { peer, .. } => peer.fmt(formatter),
        }
    }
}

/// Head of a request: the largest that a door needs is a token of a Kubernetes service account.
const HEAD_ROOM: usize = 16 * 1024;
/// Connections at once, per listener.
const CONNECTIONS: usize = 4096;

/// What all listeners share: the routes, and when to stop.
#[derive(Clone, Debug)]
pub(crate) struct Serving {
    router: Router,
    strangers: Arc<Strangers>,
    // from a connection's beginning, or the last answer's end, to the whole head of the next request; and from there to
    // the whole of its body
    patience: Duration,
    places: Arc<Semaphore>,
    stop: watch::Receiver<bool>,
}

impl Serving {
    pub(crate) fn new(
        router: Router,
        strangers: Arc<Strangers>,
        patience: Duration,
        stop: watch::Receiver<bool>,
    ) -> Self {
        Self { router, strangers, patience, places: Arc::new(Semaphore::new(CONNECTIONS)), stop }
    }

    /// How long the other end may take for anything.
    pub(crate) fn patience(&self) -> Duration {
        self.patience
    }

    /// Notes that a connection was closed at once.
    pub(crate) fn turned_away(&self, connection: &Connection, reason: &'static str) {
        self.strangers.turned_away("listen", connection, reason);
    }

    /// Resolves when no more connections are to be taken.
    pub(crate) async fn stopped(&self) {
        let mut stop = self.stop.clone();
        // a sender that has gone means stop, too
        let _ = stop.wait_for(|stop| *stop).await;
    }

    /// A place for one more connection, waiting until there is one.
    pub(crate) async fn place(&self) -> Option<OwnedSemaphorePermit> {
        self.places.clone().acquire_owned().await.ok()
    }

    /// Serves one connection in a task of its own.
    ///
    /// `place` is what it takes of the listener's room, given back at its end.
    pub(crate) fn serve<S, P>(&self, stream: S, connection: Connection, place: P)
    where
        P: Send + 'static,
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let (router, known, strangers) = (self.router.clone(), connection.clone(), self.strangers.clone());
        let patience = self.patience;
        let service = hyper::service::service_fn(move |mut request: hyper::Request<Incoming>| {
            request.extensions_mut().insert(known.clone());
            router.clone().oneshot(request.map(|body| slow::within(body, patience, &known, &strangers)))
        });
        let served = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(patience)
            .max_buf_size(HEAD_ROOM)
            .serve_connection(TokioIo::new(stream), service);
        let serving = self.clone();
        tokio::spawn(async move {
            let mut served = std::pin::pin!(served);
            let outcome = tokio::select! {
                outcome = served.as_mut() => outcome,
                () = serving.stopped() => {
                    // the request under way is answered, and the connection closed after it
                    served.as_mut().graceful_shutdown();
                    served.await
                }
            };
            // a client that goes away or writes nonsense ends its own connection only
            if let Err(error) = outcome {
                tracing::debug!(%error, "a connection ended early");
                if error.is_parse() {
                    serving.strangers.turned_away("listen", &connection, "no-http");
                }
            }
            drop(place);
        });
    }

    /// Waits until all connections have ended, or the time is over.
    pub(crate) async fn drain(&self, limit: Duration) {
        let all = u32::try_from(CONNECTIONS).unwrap_or(u32::MAX);
        let _ = tokio::time::timeout(limit, self.places.acquire_many(all)).await;
    }
}

/// The system has no more descriptors, or a connection was gone before it was taken: the next try comes soon.
async fn pause_after(error: &std::io::Error) {
    tracing::warn!(%error, "a connection could not be taken");
    tokio::time::sleep(Duration::from_millis(50)).await;
}
