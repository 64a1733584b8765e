//! The cookie that binds an attempt to its browser (RFC 6265).
//!
//! One for each attempt, so that two windows do not take each other's. With https it has the prefix `__Host-`, so that no
//! other host and no plain connection can plant one. `SameSite=Lax` lets it come along when Entra sends the browser back.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, header};
use cookie::{Cookie, SameSite};
use keystay::Secret;

use crate::onboard::PublicUrl;

/// A day: as long as the outcome can be looked at.
const LIFE: Duration = Duration::from_secs(24 * 3600);

pub(super) fn set(url: &PublicUrl, attempt: &str, browser: &Secret) -> Option<HeaderValue> {
    let life = cookie::time::Duration::try_from(LIFE).ok()?;
    let cookie = Cookie::build((name(url, attempt), browser.expose()))
        .path("/")
        .max_age(life)
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(url.is_secure())
        .build();
    let mut value = HeaderValue::try_from(cookie.to_string()).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// What the browser that began this attempt was given, if this is it.
pub(super) fn get(url: &PublicUrl, attempt: &str, headers: &HeaderMap) -> Option<Secret> {
    let name = name(url, attempt);
    let texts = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut cookies = texts.flat_map(Cookie::split_parse).filter_map(Result::ok);
    cookies.find(|cookie| cookie.name() == name).map(|cookie| Secret::new(cookie.value().to_owned()))
}

fn name(url: &PublicUrl, attempt: &str) -> String {
    let prefix = if url.is_secure() { "__Host-" } else { "" };
    format!("{prefix}keystay-{attempt}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn with_https_it_is_this_hosts_alone() {
        let url = "https://onboard.example".parse().unwrap();
        let set = set(&url, "abc", &Secret::new("s3cret".into())).unwrap();
        let set = set.to_str().unwrap();
        for part in ["__Host-keystay-abc=s3cret", "Path=/", "HttpOnly", "SameSite=Lax", "Secure", "Max-Age=86400"] {
            assert!(set.contains(part), "{set} lacks {part}");
        }
        assert!(!set.contains("Domain"), "{set}");
    }

    #[test]
    fn it_is_found_among_others_by_its_attempt() {
        let url = "http://localhost:8400".parse().unwrap();
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("a=b; keystay-abc=one; __Host-keystay-abc=two"));
        headers.append(header::COOKIE, HeaderValue::from_static("keystay-def=three"));
        assert_eq!(get(&url, "abc", &headers).unwrap().expose(), "one");
        assert_eq!(get(&url, "def", &headers).unwrap().expose(), "three");
        assert!(get(&url, "ghi", &headers).is_none());
    }
}
