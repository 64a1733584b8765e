//! What is refused before a page is made, and what every answer carries.

use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::Response,
};

use super::{Onboarding, pages};
use crate::onboard::PublicUrl;

/// Lets browsers pass that were sent to this very address, to look at a page.
pub(super) async fn fence(State(onboarding): State<Onboarding>, request: Request<Body>, next: Next) -> Response {
    let url = &onboarding.settings().public_url;
    // a proxy that looks whether the server lives names it as it likes, and learns nothing else
    if request.uri().path() == "/healthz" {
        return next.run(request).await;
    }
    match suspicion(url, request.method(), request.headers()) {
        None => next.run(request).await,
        Some(why) => {
            tracing::info!(why, path = request.uri().path().split('/').nth(1), "a request was refused");
            let status = if why == WRONG_HOST { StatusCode::MISDIRECTED_REQUEST } else { StatusCode::FORBIDDEN };
            pages::refused(status, url)
        }
    }
}

const WRONG_HOST: &str = "wrong-host";

fn suspicion(url: &PublicUrl, method: &Method, headers: &HeaderMap) -> Option<&'static str> {
    // a name of somebody else's that leads to this computer (DNS rebinding)
    if !only(headers, &header::HOST).is_some_and(|host| url.is_host(host)) {
        return Some(WRONG_HOST);
    }
    let fetch = |name: &'static str| only(headers, &HeaderName::from_static(name));
    if method == Method::GET || method == Method::HEAD {
        // Entra sends the browser here, so other sites may: but as a page of its own, never as a part of theirs
        return match fetch("sec-fetch-dest") {
            None | Some("document" | "style" | "empty") if fetch("sec-fetch-mode") != Some("cors") => None,
            _ => Some("not-a-page"),
        };
    }
    let own_page = fetch("sec-fetch-site").is_none_or(|site| site == "same-origin");
    let own_origin =
        only(headers, &header::ORIGIN).map_or(!headers.contains_key(header::ORIGIN), |origin| origin == url.origin());
    if own_page && own_origin { None } else { Some("cross-site") }
}

/// The value of a header that is there once.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    if values.next().is_some() { None } else { value.to_str().ok() }
}

/// Nobody keeps an answer, shows it in a frame, or has it load or run anything from elsewhere.
pub(super) async fn seal(State(onboarding): State<Onboarding>, request: Request<Body>, next: Next) -> Response {
    let mut answer = next.run(request).await;
    let headers = answer.headers_mut();
    // browsers apply `form-action` to the redirect that answers a form as well
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'self' https://{}; \
         frame-ancestors 'none'",
        onboarding.client().cloud().login_host()
    );
    if let Ok(policy) = HeaderValue::try_from(policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        // with `no-referrer` a browser would send the page's own form with the origin `null`
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("x-robots-tag"), "noindex"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(fields: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn pages_are_shown_to_browsers_that_ask_this_host_for_a_page() {
        let url = "https://onboard.example".parse().unwrap();
        let get = |fields: &[_]| suspicion(&url, &Method::GET, &headers(fields));
        let host = ("host", "onboard.example");
        assert_eq!(get(&[host]), None);
        let from_entra =
            [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")];
        assert_eq!(get(&[&[host], &from_entra[..]].concat()), None);
        assert_eq!(get(&[host, ("sec-fetch-dest", "style"), ("sec-fetch-mode", "no-cors")]), None);
        for dest in ["iframe", "image", "script", "object", "embed"] {
            assert_eq!(get(&[host, ("sec-fetch-dest", dest)]), Some("not-a-page"));
        }
        assert_eq!(get(&[host, ("sec-fetch-dest", "empty"), ("sec-fetch-mode", "cors")]), Some("not-a-page"));
        for wrong in [&[][..], &[("host", "evil.example")], &[host, host], &[("host", "onboard.example.evil")]] {
            assert_eq!(get(wrong), Some(WRONG_HOST), "{wrong:?}");
        }
    }

    #[test]
    fn forms_come_from_this_servers_own_pages() {
        let url = "http://localhost:8400".parse().unwrap();
        let post =
            |fields: &[_]| suspicion(&url, &Method::POST, &headers(&[&[("host", "localhost:8400")], fields].concat()));
        assert_eq!(post(&[("origin", "http://localhost:8400"), ("sec-fetch-site", "same-origin")]), None);
        for wrong in [
            ("origin", "http://localhost:8401"),
            ("origin", "null"),
            ("origin", "https://evil.example"),
            ("sec-fetch-site", "same-site"),
            ("sec-fetch-site", "cross-site"),
        ] {
            assert_eq!(post(&[wrong]), Some("cross-site"), "{wrong:?}");
        }
    }
}
