//! What is refused before anybody asks for a session: names that lead here by rebinding, other sites' pages, proxies.

use axum::{
    body::Body,
    extract::{Extension, State},
    http::{HeaderMap, HeaderName, Request, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::Dashboard;
use crate::{doors::problem, listen::Connection};

/// Lets the dashboard's own pages and what people type into a browser pass; all else is answered 403.
pub(super) async fn fence(
    State(dashboard): State<Dashboard>,
    Extension(connection): Extension<Connection>,
    request: Request<Body>,
    next: Next,
) -> Response {
    let Some((code, words)) = suspicion(&dashboard.hosts(), request.headers()) else { return next.run(request).await };
    dashboard.turned_away(&connection, code);
    problem(StatusCode::FORBIDDEN, code, words).into_response()
}

fn suspicion(hosts: &[String], headers: &HeaderMap) -> Option<(&'static str, &'static str)> {
    const FORWARDED: [HeaderName; 2] = [header::FORWARDED, header::VIA];
    if FORWARDED.iter().any(|name| headers.contains_key(name))
        || headers.keys().any(|name| name.as_str().starts_with("x-forwarded-") || name.as_str() == "x-real-ip")
    {
        return Some(("forwarded", "the request came through a proxy; open the dashboard's own address"));
    }
    let Some(host) = only(headers, &header::HOST).filter(|host| hosts.iter().any(|own| own.eq_ignore_ascii_case(host)))
    else {
        return Some((
            "wrong-host",
            "the request names a host that is not this broker's; open the address it listens on",
        ));
    };
    // Fetch Metadata: `none` is a person's doing, `same-origin` the dashboard's own page. Another port is another site
    let own_page = !headers.contains_key("sec-fetch-site")
        || only(headers, &HeaderName::from_static("sec-fetch-site"))
            .is_some_and(|site| site == "none" || site == "same-origin");
    let own_origin = !headers.contains_key(header::ORIGIN)
        || only(headers, &header::ORIGIN)
            .and_then(|origin| origin.strip_prefix("http://"))
            .is_some_and(|of| of == host);
    if own_page && own_origin {
        return None;
    }
    Some(("cross-site", "the request was made by a web page of another site; open the dashboard's own address"))
}

/// The value of a header that is there once.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    if values.next().is_some() { None } else { value.to_str().ok() }
}
