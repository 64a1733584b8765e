//! What is refused before anybody asks who it is: requests a web page or a proxy could have made.

use axum::{
    body::Body,
    extract::{Extension, State},
    http::{HeaderMap, HeaderName, Request, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{
    doors::problem,
    listen::{Connection, Origin},
};

/// The hosts a request over TCP may name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hosts(pub(crate) Vec<String>);

/// Why a request is turned away at once.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Suspicion {
    /// It names another host: a name that was bound to this address after the page was loaded (DNS rebinding).
    Host,
    /// A browser says that another site's page made it.
    CrossSite,
    /// A proxy made it on somebody's behalf.
    Forwarded,
}

/// Lets a request pass, or answers 403.
pub(crate) async fn guard(
    State(hosts): State<Hosts>,
    Extension(connection): Extension<Connection>,
    request: Request<Body>,
    next: Next,
) -> Response {
    match suspect(&hosts, &connection, request.headers()) {
        None => next.run(request).await,
        Some(suspicion) => {
            tracing::warn!(?suspicion, peer = %connection, "a request was turned away");
            problem(StatusCode::FORBIDDEN, suspicion.code(), suspicion.words()).into_response()
        }
    }
}

fn suspect(hosts: &Hosts, connection: &Connection, headers: &HeaderMap) -> Option<Suspicion> {
    const FORWARDED: [HeaderName; 2] = [header::FORWARDED, header::VIA];
    if FORWARDED.iter().any(|name| headers.contains_key(name))
        || headers.keys().any(|name| name.as_str().starts_with("x-forwarded-") || name.as_str() == "x-real-ip")
    {
        return Some(Suspicion::Forwarded);
    }
    if headers.contains_key(header::ORIGIN) || headers.get("sec-fetch-site").is_some_and(|site| site != "none") {
        return Some(Suspicion::CrossSite);
    }
    // a page cannot reach a unix socket, and clients write anything as its host
    if matches!(connection.origin, Origin::Unix(_)) {
        return None;
    }
    let mut named = headers.get_all(header::HOST).iter();
    let host = named.next().and_then(|host| host.to_str().ok());
    match host {
        Some(host) if named.next().is_none() && hosts.0.iter().any(|allowed| host.eq_ignore_ascii_case(allowed)) => {
            None
        }
        _ => Some(Suspicion::Host),
    }
}

impl Suspicion {
    fn code(self) -> &'static str {
        match self {
            Self::Host => "wrong-host",
            Self::CrossSite => "cross-site",
            Self::Forwarded => "forwarded",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Host => "the request names a host that is not this broker's; use the address it listens on",
            Self::CrossSite => "the request was made by a web page of another site",
            Self::Forwarded => "the request came through a proxy; programs ask the broker directly",
        }
    }
}
