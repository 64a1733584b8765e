//! The page at `/`: the lab live in a browser, and in words for a terminal.
//!
//! Plain HTML with its own style sheet and scripts, from this program alone. It reads and changes the lab through the control
//! API, as anybody does.

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
    routing::get,
};

use crate::control::{Control, overview};

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("style.css");
const SCRIPTS: [(&str, &str); 3] = [
    ("/portal/elements.js", include_str!("elements.js")),
    ("/portal/sections.js", include_str!("sections.js")),
    ("/portal/script.js", include_str!("script.js")),
];

/// Nothing but this program's own files, no frame around the page and no script in its markup.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The routes of the page and what it is made of.
pub(crate) fn router(control: Control) -> Router {
    let router = Router::new().route("/", get(home)).route("/portal/style.css", get(async || file("text/css", STYLE)));
    let router = SCRIPTS
        .into_iter()
        .fold(router, |router, (path, script)| router.route(path, get(async move || file("text/javascript", script))));
    router.with_state(control)
}

/// The page for a browser, words for everybody else.
async fn home(State(control): State<Control>, headers: HeaderMap) -> Response {
    let takes_html = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    if takes_html.is_some_and(|accept| accept.contains("text/html")) {
        file("text/html", PAGE)
    } else {
        file("text/plain", overview::text(&control))
    }
}

fn file(kind: &str, content: impl IntoResponse) -> Response {
    let headers = [
        (header::CONTENT_TYPE, format!("{kind}; charset=utf-8")),
        (header::CONTENT_SECURITY_POLICY, POLICY.to_owned()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (header::REFERRER_POLICY, "no-referrer".to_owned()),
        (header::CACHE_CONTROL, "no-store".to_owned()),
        (header::VARY, "Accept".to_owned()),
    ];
    (headers, content).into_response()
}
