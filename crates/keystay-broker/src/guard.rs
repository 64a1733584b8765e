//! What is refused before anybody asks who it is: requests that a web page or a proxy could have made, and those that
//! two readers could read in two ways.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Extension, MatchedPath, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Uri, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use tracing::{Instrument, Span, field::Empty};

use crate::{
    doors::problem,
    limits::Strangers,
    listen::{Connection, Origin},
    telemetry::Traceparent,
};

/// The hosts a request over TCP may name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hosts(pub(crate) Vec<String>);

/// What the guard goes by, and where it puts on record whom it turned away.
#[derive(Clone, Debug)]
pub(crate) struct Guard {
    pub(crate) hosts: Hosts,
    pub(crate) strangers: Arc<Strangers>,
}

/// Why a request is turned away at once.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Suspicion {
    /// A browser says that another site's page made it.
    CrossSite,
    /// A proxy made it on somebody's behalf.
    Forwarded,
    /// Its body has an end that others might see elsewhere.
    Framing,
    /// It names another host: a name that was bound to this address after the page was loaded (DNS rebinding).
    Host,
    /// Its path is one that others might read as another path.
    Path,
    /// It is worded for a proxy: with a whole URL, or as CONNECT.
    Target,
    /// It holds a header twice that decides something.
    Twice,
}

/// Lets a request pass, or answers 403 and closes the connection: what comes after it is not read. Who collects
/// refusals, here or at a door, gets them slower.
pub(crate) async fn guard(
    State(guard): State<Arc<Guard>>,
    Extension(connection): Extension<Connection>,
    mut request: Request<Body>,
    next: Next,
) -> Response {
    let span = span(&connection, &request);
    if span.is_disabled() {
        return seal(guarded(&guard, &connection, request, next).await);
    }
    let trace = Traceparent::read(request.headers());
    if let Some(known) = request.extensions_mut().get_mut::<Connection>() {
        known.trace = trace;
    }
    let answer = guarded(&guard, &connection, request, next).instrument(span.clone()).await;
    let status = answer.status();
    span.record("http.response.status_code", status.as_u16());
    if status.is_server_error() {
        span.record("error.type", status.as_str());
        span.record("otel.status_code", "ERROR");
    }
    seal(answer)
}

/// A request, as OpenTelemetry's conventions for HTTP servers have it; but for its path and query, which hold secrets and
/// what callers write.
fn span(connection: &Connection, request: &Request<Body>) -> Span {
    const KNOWN: [Method; 7] =
        [Method::GET, Method::POST, Method::PUT, Method::DELETE, Method::HEAD, Method::OPTIONS, Method::PATCH];
    let method = || KNOWN.iter().find(|known| *known == request.method()).map_or("_OTHER", Method::as_str);
    let route = || request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    let name = || route().map_or_else(|| method().to_owned(), |route| format!("{} {route}", method()));
    let (scheme, transport) = match connection.origin {
        Origin::Unix(_) => ("http", "unix"),
        Origin::Tcp { .. } => ("http", "tcp"),
        Origin::Tls { .. } => ("https", "tcp"),
    };
    tracing::debug_span!(
        "request",
        "otel.name" = name(),
        "otel.kind" = "server",
        "otel.status_code" = Empty,
        "http.request.method" = method(),
        "http.route" = route(),
        "http.response.status_code" = Empty,
        "url.scheme" = scheme,
        "network.transport" = transport,
        "error.type" = Empty,
    )
}

async fn guarded(guard: &Guard, connection: &Connection, request: Request<Body>, next: Next) -> Response {
    let Some(suspicion) = guard.suspect(connection, &request) else {
        let answer = next.run(request).await;
        if answer.status() == StatusCode::UNAUTHORIZED {
            guard.strangers.hold(&connection.origin).await;
        }
        return answer;
    };
    guard.strangers.turned_away("guard", connection, suspicion.code());
    guard.strangers.hold(&connection.origin).await;
    let refusal = problem(StatusCode::FORBIDDEN, suspicion.code(), suspicion.words());
    ([(header::CONNECTION, HeaderValue::from_static("close"))], refusal).into_response()
}

/// What every answer carries: nobody keeps it, guesses what it is, shows it inside another page or runs it.
fn seal(mut response: Response) -> Response {
    const SEALS: [(HeaderName, &str); 4] = [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    for (name, value) in SEALS {
        // a page has a policy of its own
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

impl Guard {
    fn suspect(&self, connection: &Connection, request: &Request<Body>) -> Option<Suspicion> {
        let headers = request.headers();
        let named = || headers.get(header::HOST).and_then(|host| host.to_str().ok());
        if request.method() == Method::CONNECT || request.uri().authority().is_some() {
            Some(Suspicion::Target)
        } else if !is_plain(request.uri()) {
            Some(Suspicion::Path)
        } else if is_forwarded(headers) {
            Some(Suspicion::Forwarded)
        } else if is_cross_site(headers) {
            Some(Suspicion::CrossSite)
        } else if has_twice(headers) {
            Some(Suspicion::Twice)
        } else if headers.get(header::TRANSFER_ENCODING).is_some_and(|coding| !is_chunked(coding)) {
            Some(Suspicion::Framing)
        } else if matches!(connection.origin, Origin::Unix(_)) {
            // a page cannot reach a unix socket, and clients write anything as its host
            None
        } else if named().is_some_and(|host| self.hosts.0.iter().any(|allowed| host.eq_ignore_ascii_case(allowed))) {
            None
        } else {
            Some(Suspicion::Host)
        }
    }
}

/// Whether the path says the same to everybody: nothing escaped (`%2f`, `%00`), no dot segments, ASCII only. No route
/// needs more.
fn is_plain(uri: &Uri) -> bool {
    let path = uri.path();
    path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte))
        && !path.split('/').any(|segment| segment == "." || segment == "..")
}

fn is_forwarded(headers: &HeaderMap) -> bool {
    const FORWARDED: [HeaderName; 2] = [header::FORWARDED, header::VIA];
    FORWARDED.iter().any(|name| headers.contains_key(name))
        || headers.keys().any(|name| name.as_str().starts_with("x-forwarded-") || name.as_str() == "x-real-ip")
}

fn is_cross_site(headers: &HeaderMap) -> bool {
    headers.contains_key(header::ORIGIN) || headers.get("sec-fetch-site").is_some_and(|site| site != "none")
}

/// Of two secrets, hosts or lengths one reader takes the first and another the last.
fn has_twice(headers: &HeaderMap) -> bool {
    const DECIDING: [&str; 8] = [
        "authorization",
        "content-length",
        "content-type",
        "host",
        "metadata",
        "secret",
        "transfer-encoding",
        "x-identity-header",
    ];
    DECIDING.iter().any(|name| headers.get_all(*name).iter().nth(1).is_some())
}

/// RFC 9112 section 6.1: any other coding, or `chunked` beside one, is a reason for two readers to differ.
fn is_chunked(coding: &HeaderValue) -> bool {
    coding.as_bytes().eq_ignore_ascii_case(b"chunked")
}

impl Suspicion {
    fn code(self) -> &'static str {
        match self {
            Self::CrossSite => "cross-site",
            Self::Forwarded => "forwarded",
            Self::Framing => "framing",
            Self::Host => "wrong-host",
            Self::Path => "wrong-path",
            Self::Target => "wrong-target",
            Self::Twice => "header-twice",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::CrossSite => "the request was made by a web page of another site",
            Self::Forwarded => "the request came through a proxy; programs ask the broker directly",
            Self::Framing => "the request's transfer coding is not the one word `chunked`",
            Self::Host => "the request names a host that is not this broker's; use the address it listens on",
            Self::Path => "the request's path holds escaped characters or dot segments; no route of the broker does",
            Self::Target => "the request is worded for a proxy; programs ask the broker directly, by its paths",
            Self::Twice => "the request holds a header twice that may be there once",
        }
    }
}
