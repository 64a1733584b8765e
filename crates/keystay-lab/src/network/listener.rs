//! The listener: an HTTP CONNECT proxy that ends TLS itself, and plain HTTP for the lab's own doors.

use std::{error::Error, sync::Arc, time::Duration};

use axum::{
    body::Body,
    http::{Method, Request, Response, StatusCode},
    response::IntoResponse,
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
};
use tokio_rustls::TlsAcceptor;

use super::{
    CertificateAuthority, ClientCertificate, Limits, Pipeline, Site,
    pipeline::{Closed, named_host},
    prompt::PromptStream,
    site,
};
use crate::control::guard;

const MOST_HEADER_BYTES: usize = 64 * 1024;

/// What stands behind the listener.
pub(crate) struct Front {
    pub(crate) authority: CertificateAuthority,
    pub(crate) pipeline: Pipeline,
    pub(crate) port: u16,
    pub(crate) limits: Limits,
}

/// A connection's place among those the lab has open at once; free again when the last clone goes.
type Place = Arc<OwnedSemaphorePermit>;

impl Front {
    /// A host the lab does not play.
    fn refuse(&self, host: &str, method: &Method) -> Response<Body> {
        let words = format!("the lab does not play {host}; nothing is forwarded to the internet\n");
        self.pipeline.refuse(host, method, StatusCode::FORBIDDEN, words)
    }
}

/// Accepts connections until `stop` closes, and drops those still open then.
pub(crate) async fn serve(listener: TcpListener, front: Arc<Front>, mut stop: watch::Receiver<()>) {
    let places = Arc::new(Semaphore::new(front.limits.connections));
    loop {
        if places.available_permits() == 0 {
            tracing::warn!(
                open = front.limits.connections,
                "as many connections are open as the lab takes; the next one waits"
            );
        }
        let free = tokio::select! {
            _ = stop.changed() => return,
            free = Arc::clone(&places).acquire_owned() => free,
        };
        let Ok(place) = free.map(Place::new) else { return };
        tokio::select! {
            _ = stop.changed() => return,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    tokio::spawn(connection(stream, Arc::clone(&front), place, stop.clone()));
                }
                // Out of file descriptors, most likely: breathe rather than spin.
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            },
        }
    }
}

async fn connection(stream: TcpStream, front: Arc<Front>, place: Place, mut stop: watch::Receiver<()>) {
    let Ok(stream) = PromptStream::new(stream, front.limits.unread) else { return };
    let inner = stop.clone();
    let http = http(front.limits.head);
    let service = service_fn(move |request| front_door(Arc::clone(&front), request, Arc::clone(&place), inner.clone()));
    let served = http.serve_connection(TokioIo::new(stream), service).with_upgrades();
    tokio::select! {
        _ = stop.changed() => {}
        ended = served => note(ended),
    }
}

/// A request outside any tunnel: a CONNECT, or one to the lab itself.
async fn front_door(
    front: Arc<Front>,
    request: Request<Incoming>,
    place: Place,
    stop: watch::Receiver<()>,
) -> Result<Response<Body>, Closed> {
    if request.method() == Method::CONNECT {
        return Ok(connect(front, request, place, stop));
    }
    // A program that sends plain HTTP through the proxy names another host in full.
    if let Some(host) = request.uri().host()
        && !guard::is_loopback_name(host)
    {
        return match site::plain(host) {
            Some(site) => {
                let host = host.to_owned();
                front.pipeline.answer(site, &host, request.map(Body::new)).await
            }
            None => Ok(front.refuse(host, request.method())),
        };
    }
    if let Err(refusal) = guard::check(request.headers(), front.port) {
        return Ok(front.pipeline.dated(refusal.into_response()));
    }
    front.pipeline.answer(Site::Loopback, "127.0.0.1", request.map(Body::new)).await
}

fn connect(front: Arc<Front>, request: Request<Incoming>, place: Place, stop: watch::Receiver<()>) -> Response<Body> {
    // `http://HOST:PORT/` is no target for CONNECT (RFC 9112, section 3.2.3)
    let Some(target) = request.uri().authority().filter(|_| request.uri().scheme().is_none()) else {
        return front.pipeline.dated((StatusCode::BAD_REQUEST, "CONNECT needs HOST:PORT\n").into_response());
    };
    let host = target.host().trim_end_matches('.').to_ascii_lowercase();
    let Some(site) = Site::of(&host) else { return front.refuse(&host, request.method()) };
    if target.port_u16() != Some(443) {
        let words = format!("the lab plays {host} on port 443 only\n");
        return front.pipeline.refuse(&host, request.method(), StatusCode::FORBIDDEN, words);
    }
    tokio::spawn(async move {
        tunnel(front, site, host, request, stop).await;
        drop(place);
    });
    Response::new(Body::empty())
}

async fn tunnel(
    front: Arc<Front>,
    site: Site,
    host: String,
    request: Request<Incoming>,
    mut stop: watch::Receiver<()>,
) {
    tokio::select! {
        _ = stop.changed() => {}
        () = play(front, site, host, request) => {}
    }
}

/// Ends TLS as `host` and answers the requests inside.
async fn play(front: Arc<Front>, site: Site, host: String, request: Request<Incoming>) {
    let Ok(upgraded) = hyper::upgrade::on(request).await else { return };
    let config = match front.authority.server_config(&host) {
        Ok(config) => config,
        Err(error) => {
            tracing::error!(%host, error = &error as &dyn Error, "no certificate");
            return;
        }
    };
    let handshake = TlsAcceptor::from(config).accept(TokioIo::new(upgraded));
    let stream = match tokio::time::timeout(front.limits.handshake, handshake).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => {
            tracing::debug!(%host, error = &error as &dyn Error, "TLS handshake failed: does the client trust the CA of the lab?");
            return;
        }
        Err(_elapsed) => return,
    };
    let shown = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
    let certificate = shown.map(|certificate| ClientCertificate(certificate.as_ref().into()));
    let host = Arc::<str>::from(host);
    let http = http(front.limits.head);
    let service = service_fn(move |mut request: Request<Incoming>| {
        let (front, host) = (Arc::clone(&front), Arc::clone(&host));
        if let Some(certificate) = certificate.clone() {
            request.extensions_mut().insert(certificate);
        }
        async move {
            match named_host(request.uri(), request.headers()) {
                Some((named, None | Some(443))) if *named == *host => {
                    front.pipeline.answer(site, &host, request.map(Body::new)).await
                }
                _ => {
                    let words = format!("this tunnel leads to {host}\n");
                    Ok(front.pipeline.refuse(&host, request.method(), StatusCode::MISDIRECTED_REQUEST, words))
                }
            }
        }
    });
    note(http.serve_connection(TokioIo::new(stream), service).await);
}

fn http(head: Duration) -> http1::Builder {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(head)
        .max_buf_size(MOST_HEADER_BYTES)
        // The lab's clock, not the computer's, is in the Date header.
        .auto_date_header(false)
        .keep_alive(true);
    http
}

fn note(ended: Result<(), hyper::Error>) {
    if let Err(error) = ended {
        tracing::debug!(error = &error as &dyn Error, "a connection ended early");
    }
}
