//! What the pages people see have in common: the look, the escaping and the headers. They work without scripts, and with
//! a keyboard or a screen reader.

use std::fmt::Write;

use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use url::Url;

const STYLE: &str = "\
:root{color-scheme:light dark;--line:#767676;--accent:#0b57a4;--on-accent:#fff}\
@media(prefers-color-scheme:dark){:root{--accent:#8cc2ff;--on-accent:#00213f}}\
body{font:1rem/1.5 system-ui,sans-serif;margin:0;padding:2rem 1rem}\
main{max-width:30rem;margin:auto}\
h1{font-size:1.5rem;line-height:1.25}\
label{display:block;margin-top:1rem;font-weight:600}\
input{box-sizing:border-box;width:100%;padding:.6rem;font:inherit;border:1px solid var(--line);border-radius:.25rem}\
button{font:inherit;padding:.6rem 1.5rem;margin:1.5rem .75rem 0 0;border:1px solid var(--accent);border-radius:.25rem;background:none;color:inherit;cursor:pointer}\
button.main{background:var(--accent);color:var(--on-accent)}\
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}\
.problem{border-left:4px solid #c50f1f;padding:.5rem 1rem}\
.lab{font-size:.875rem}\
pre{white-space:pre-wrap;overflow-wrap:anywhere}";

/// A whole page. `title` is text, `body` is HTML.
pub(super) fn document(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{}</title><style>{STYLE}</style></head><body><main>{body}\
         <p class=\"lab\">This is the keystay lab, not Microsoft. Never type a real password here.</p>\
         </main></body></html>",
        escape(title)
    )
}

/// What went wrong with the last attempt, if anything.
pub(super) fn problem(words: Option<&str>) -> String {
    words.map_or_else(String::new, |words| {
        format!("<p id=\"problem\" class=\"problem\" role=\"alert\">{}</p>", escape(words))
    })
}

/// A form in which a person signs in and presses one of two buttons.
pub(super) fn sign_in_form(action: &str, username: &str, main: [&str; 2], other: [&str; 2]) -> String {
    let [main_value, main_label] = main;
    let [other_value, other_label] = other;
    format!(
        "<form method=\"post\" action=\"{action}\">\
         <label for=\"username\">User name</label>\
         <input id=\"username\" name=\"username\" type=\"email\" autocomplete=\"username\" value=\"{username}\" required>\
         <label for=\"password\">Password</label>\
         <input id=\"password\" name=\"password\" type=\"password\" autocomplete=\"current-password\" required>\
         <button id=\"{main_value}\" class=\"main\" name=\"decision\" value=\"{main_value}\">{main_label}</button>\
         <button id=\"{other_value}\" name=\"decision\" value=\"{other_value}\" formnovalidate>{other_label}</button>\
         </form>",
        action = escape(action),
        username = escape(username),
    )
}

/// A list of permissions, as title and description.
pub(super) fn permissions<'a>(items: impl Iterator<Item = (&'a str, &'a str)>, none: &str) -> String {
    let mut list = String::new();
    for (title, description) in items {
        // Writing to a text cannot fail.
        let _ = write!(list, "<li><strong>{}</strong><br>{}</li>", escape(title), escape(description));
    }
    if list.is_empty() {
        format!("<ul id=\"permissions\"><li>{none}</li></ul>")
    } else {
        format!("<ul id=\"permissions\">{list}</ul>")
    }
}

/// The page for a link that cannot work. It never leads anywhere.
pub(super) fn failure(title: &str, words: &str) -> String {
    let body = format!("<h1>{}</h1><pre role=\"alert\">{}</pre>", escape(title), escape(words));
    document(title, &body)
}

/// Sends a page. A form on it may lead to this site and, by the redirect that answers it, to `leads_to`.
pub(super) fn html(status: StatusCode, page: String, leads_to: Option<&str>) -> Response {
    let target = leads_to.and_then(form_target).map_or_else(String::new, |target| format!(" {target}"));
    html_with(status, page, &format!("form-action 'self'{target}"))
}

/// Sends a page under a content security policy that allows nothing but `more`.
pub(super) fn html_with(status: StatusCode, page: String, more: &str) -> Response {
    let policy =
        format!("default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; {more}");
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, policy.as_str()),
        (header::CACHE_CONTROL, "no-store"),
        // with `no-referrer` a browser would send the page's own form with the origin `null`
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (status, headers, page).into_response()
}

/// An address as a content security policy names it: the origin, or the scheme alone.
pub(super) fn form_target(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    let origin = url.origin();
    Some(if origin.is_tuple() { origin.ascii_serialization() } else { format!("{}:", url.scheme()) })
}

/// The address a form posts to: that of its own page.
pub(super) fn own_address(uri: &Uri) -> String {
    uri.path_and_query().map_or_else(|| uri.path().to_owned(), ToString::to_string)
}

/// Whether a form was sent by a page of this very host. No cookie signs anybody in here, so a page of another site could
/// only send a name and a password that it knows already; still it has no business to.
pub(super) fn sent_by_own_page(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).map(|value: &HeaderValue| value.to_str().unwrap_or_default());
    let host = text(header::HOST).unwrap_or_default();
    let host = host.strip_suffix(":443").unwrap_or(host);
    let own_origin = text(header::ORIGIN).is_none_or(|origin| origin.strip_prefix("https://") == Some(host));
    let fetched_here = headers.get("sec-fetch-site").is_none_or(|site| site == "same-origin");
    own_origin && fetched_here
}

/// The answer to a form of another site.
pub(super) fn foreign_form() -> Response {
    (StatusCode::FORBIDDEN, "requests from other web sites are refused\n").into_response()
}

pub(super) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            _ => safe.push(letter),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_break_out_of_the_page() {
        assert_eq!(escape("<b a='1' c=\"2\">&"), "&lt;b a=&#39;1&#39; c=&quot;2&quot;&gt;&amp;");
    }

    #[test]
    fn a_form_may_lead_to_the_origin_of_an_address_or_to_its_scheme() {
        assert_eq!(form_target("http://localhost:8400/back?x=1").as_deref(), Some("http://localhost:8400"));
        assert_eq!(form_target("com.example.app://auth").as_deref(), Some("com.example.app:"));
        assert_eq!(form_target("no url"), None);
    }

    #[test]
    fn only_a_page_of_the_same_host_may_send_a_form() {
        let headers = |fields: &[(&'static str, &'static str)]| -> HeaderMap {
            fields.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
        };
        let host = ("host", "login.microsoftonline.com");
        assert!(sent_by_own_page(&headers(&[host])));
        assert!(sent_by_own_page(&headers(&[host, ("origin", "https://login.microsoftonline.com")])));
        assert!(!sent_by_own_page(&headers(&[host, ("origin", "https://evil.example")])));
        assert!(!sent_by_own_page(&headers(&[host, ("origin", "null")])));
        assert!(!sent_by_own_page(&headers(&[host, ("sec-fetch-site", "cross-site")])));
    }
}
