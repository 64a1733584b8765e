//! Connections, how long they may take, and how they end.

use std::{future::Future, sync::Arc, time::Duration};

use hyper::{body::Incoming, server::conn::http1};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use tokio::{net::TcpListener, sync::Semaphore};
use tower::ServiceExt;

use super::Onboarding;

/// Connections at once. A reverse proxy keeps some tens.
const CONNECTIONS: usize = 512;
/// For the head of a request: whoever sends a byte now and then is cut off.
const HEAD: Duration = Duration::from_secs(10);
/// The largest head, with a cookie for each attempt of a day.
const HEAD_ROOM: usize = 32 * 1024;
/// For a whole request. None needs more than the database does.
const REQUEST: Duration = Duration::from_secs(30);
/// For requests under way when the server is told to stop.
const DRAIN: Duration = Duration::from_secs(10);

impl Onboarding {
    /// Serves browsers until `stop` completes, then takes no more connections and gives requests under way 10 seconds.
    ///
    /// The listener is on this computer, or behind a reverse proxy that speaks TLS with browsers and passes `Host` on.
    pub async fn serve(&self, listener: TcpListener, stop: impl Future<Output = ()> + Send) {
        let router = self.router();
        let places = Arc::new(Semaphore::new(CONNECTIONS));
        let graceful = GracefulShutdown::new();
        let mut stop = std::pin::pin!(stop);
        loop {
            let next = async {
                let place = places.clone().acquire_owned().await;
                (place, listener.accept().await)
            };
            let (place, accepted) = tokio::select! {
                () = &mut stop => break,
                next = next => next,
            };
            let stream = match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be taken");
                    // too many open files, most likely: others have to end first
                    self.clock().sleep(Duration::from_millis(100)).await;
                    continue;
                }
            };
            let router = router.clone();
            let clock = self.clock().clone();
            let service = hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
                let answer = router.clone().oneshot(request.map(axum::body::Body::new));
                let clock = clock.clone();
                async move {
                    tokio::select! {
                        answer = answer => answer,
                        () = clock.sleep(REQUEST) => Ok(super::pages::failed()),
                    }
                }
            });
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD)
                .max_buf_size(HEAD_ROOM)
                .serve_connection(TokioIo::new(stream), service);
            let connection = graceful.watch(connection);
            tokio::spawn(async move {
                let _place = place;
                if let Err(error) = connection.await {
                    tracing::debug!(%error, "a connection ended early");
                }
            });
        }
        drop(listener);
        tokio::select! {
            () = graceful.shutdown() => {}
            () = self.clock().sleep(DRAIN) => tracing::warn!("requests under way were cut off"),
        }
    }
}
