//! Keeps web pages out: a browser on the same computer can reach a loopback port on behalf of any site.

use axum::{
    Json,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

/// Why a request outside a tunnel was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CrossSite {
    /// DNS rebinding: a foreign name that points to this computer.
    #[error("the Host header must name 127.0.0.1, localhost or [::1] with the port of the lab")]
    Host,
    /// A page of another site.
    #[error("requests from other web sites are refused")]
    Origin,
}

impl IntoResponse for CrossSite {
    fn into_response(self) -> Response {
        let hint = "open the lab's own address, as `keystay lab up` printed it";
        (StatusCode::FORBIDDEN, Json(json!({ "error": self.to_string(), "hint": hint }))).into_response()
    }
}

/// Whether a host name, as in a URL, means this computer.
pub(crate) fn is_loopback_name(host: &str) -> bool {
    matches!(host, "127.0.0.1" | "[::1]") || host.eq_ignore_ascii_case("localhost")
}

/// Lets a request through that no other web site can have caused.
pub(crate) fn check(headers: &HeaderMap, port: u16) -> Result<(), CrossSite> {
    let text = |name| headers.get(name).map(|value: &header::HeaderValue| value.to_str().unwrap_or_default());
    let own = |authority: &str| {
        authority.rsplit_once(':').is_some_and(|(host, named)| is_loopback_name(host) && named.parse() == Ok(port))
    };
    if !text(header::HOST).is_some_and(own) {
        return Err(CrossSite::Host);
    }
    let origin_is_own = text(header::ORIGIN).is_none_or(|origin| origin.strip_prefix("http://").is_some_and(own));
    let fetched_here =
        headers.get("sec-fetch-site").is_none_or(|site| matches!(site.as_bytes(), b"same-origin" | b"none"));
    if origin_is_own && fetched_here { Ok(()) } else { Err(CrossSite::Origin) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(fields: &[(&'static str, &'static str)]) -> HeaderMap {
        fields.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn a_rebound_name_and_a_foreign_page_are_refused() {
        let port = 4711;
        assert_eq!(check(&headers(&[("host", "127.0.0.1:4711")]), port), Ok(()));
        assert_eq!(check(&headers(&[("host", "[::1]:4711")]), port), Ok(()));
        assert_eq!(check(&headers(&[("host", "localhost:4711"), ("origin", "http://localhost:4711")]), port), Ok(()));
        assert_eq!(check(&headers(&[("host", "evil.example:4711")]), port), Err(CrossSite::Host));
        assert_eq!(check(&headers(&[("host", "127.0.0.1:80")]), port), Err(CrossSite::Host));
        assert_eq!(check(&headers(&[]), port), Err(CrossSite::Host));
        let page = headers(&[("host", "127.0.0.1:4711"), ("origin", "https://evil.example")]);
        assert_eq!(check(&page, port), Err(CrossSite::Origin));
        let opaque = headers(&[("host", "127.0.0.1:4711"), ("origin", "null")]);
        assert_eq!(check(&opaque, port), Err(CrossSite::Origin));
        let image = headers(&[("host", "127.0.0.1:4711"), ("sec-fetch-site", "cross-site")]);
        assert_eq!(check(&image, port), Err(CrossSite::Origin));
    }
}
