//! What the broker does, live in a browser, for its operator.
//!
//! It has a listener of its own on this computer, and shows the status document of the admin socket. It changes nothing.
//! Who may look is proven by a link from the admin socket (`keystay broker dashboard`): good once, for a minute, for one
//! user of this computer. Plain HTML with its own style sheet and scripts, from this program alone.

mod entrance;
mod fence;

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Json, Router,
    body::Body,
    extract::{DefaultBodyLimit, Extension, Query, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::{self, Next},
    response::{Html, IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;
use time::OffsetDateTime;

pub(crate) use entrance::Entrance;
use entrance::{SESSION_LIFE, Useless};

use crate::{
    admin::{Admin, Status},
    doors::{Route, problem},
    listen::Connection,
};

const PAGE: &str = include_str!("page/page.html");
const CLOSED: &str = include_str!("page/closed.html");
const STYLE: &str = include_str!("page/style.css");
const SCRIPTS: [(&str, &str); 3] = [
    ("/elements.js", include_str!("page/elements.js")),
    ("/sections.js", include_str!("page/sections.js")),
    ("/script.js", include_str!("page/script.js")),
];

/// What every answer carries: nobody keeps it, shows it in a frame, or has it load or run anything from elsewhere.
const SEALS: [(HeaderName, &str); 6] = [
    (header::CACHE_CONTROL, "no-store"),
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
    ),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// Where the dashboard is, and who may look.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) address: SocketAddr,
    pub(crate) entrance: Arc<Entrance>,
}

/// What the page is made of.
#[derive(Clone, Debug)]
pub(crate) struct Dashboard {
    pub(crate) admin: Admin,
    pub(crate) place: Place,
}

/// A link that was made.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) url: keystay::Secret,
    pub(crate) expires: OffsetDateTime,
}

/// Every route of the dashboard. Strangers are answered on `/login` and `/style.css` alone.
pub fn dashboard_routes() -> Vec<Route> {
    let routes = [(Method::GET, "/"), (Method::GET, "/login"), (Method::POST, "/logout"), (Method::GET, "/status")];
    let files = ["/style.css"].into_iter().chain(SCRIPTS.map(|(path, _)| path)).map(|path| (Method::GET, path));
    routes.into_iter().chain(files).map(|(method, path)| Route { method, path }).collect()
}

impl Place {
    /// A link that opens the dashboard once, for this user of this computer. None where the system has no randomness.
    pub(crate) fn link(&self, user: u32) -> Option<Link> {
        let secret = self.entrance.link(user).ok()?;
        let url = format!("http://{}/login?code={}", self.address, secret.expose());
        Some(Link { url: url.into(), expires: self.entrance.link_ends().into() })
    }
}

impl Dashboard {
    pub(crate) fn router(self) -> Router {
        let inside = SCRIPTS
            .into_iter()
            .fold(Router::new(), |router, (path, script)| {
                router.route(path, get(async move || text("text/javascript", script)))
            })
            .route("/", get(async || Html(PAGE)))
            .route("/logout", post(logout))
            .route("/status", get(status))
            .layer(middleware::from_fn_with_state(self.clone(), members_only));
        Router::new()
            .route("/login", get(login))
            .route("/style.css", get(async || text("text/css", STYLE)))
            .merge(inside)
            .fallback(async || problem(StatusCode::NOT_FOUND, "no-such-route", "the dashboard has no such page"))
            .method_not_allowed_fallback(async || {
                problem(StatusCode::METHOD_NOT_ALLOWED, "no-such-method", "the page is asked with another method")
            })
            .layer(DefaultBodyLimit::max(0))
            .layer(middleware::from_fn_with_state(self.clone(), fence::fence))
            .layer(middleware::map_response(seal))
            .with_state(self)
    }

    /// Puts on record whom the dashboard did not answer.
    fn turned_away(&self, connection: &Connection, why: &'static str) {
        self.admin.desk.strangers().turned_away("dashboard", connection, why);
    }

    /// What a request may call this computer.
    fn hosts(&self) -> [String; 2] {
        let address = self.place.address;
        [address.to_string(), format!("localhost:{}", address.port())]
    }

    /// Browsers send a cookie to every port of a host: the name keeps several brokers apart.
    fn cookie_name(&self) -> String {
        format!("keystay-dashboard-{}", self.place.address.port())
    }

    /// The session a request shows.
    fn session<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        let name = self.cookie_name();
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        cookies.flat_map(|value| value.split(';')).find_map(|cookie| {
            let (named, value) = cookie.trim().split_once('=')?;
            (named == name).then_some(value)
        })
    }

    fn set_cookie(&self, value: &str, seconds: u64) -> Option<HeaderValue> {
        let name = self.cookie_name();
        let cookie = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict");
        let mut cookie = HeaderValue::try_from(cookie).ok()?;
        cookie.set_sensitive(true);
        Some(cookie)
    }
}

#[derive(Deserialize)]
struct Login {
    #[serde(default)]
    code: String,
}

/// Spends a link, and goes on to the page with a session.
async fn login(
    State(dashboard): State<Dashboard>,
    Extension(connection): Extension<Connection>,
    Query(Login { code }): Query<Login>,
) -> Response {
    let user = connection.uid();
    let session = match dashboard.place.entrance.enter(&code, user) {
        Ok(session) => session,
        Err(Useless::Spent) => {
            dashboard.turned_away(&connection, "spent-link");
            let words = "This link was used before, or is older than a minute.";
            return closed(StatusCode::FORBIDDEN, words);
        }
        Err(Useless::OtherUser { user: made_for }) => {
            dashboard.turned_away(&connection, "another-users-link");
            let words = format!("This link was made for the programs of user {made_for} of this computer alone.");
            return closed(StatusCode::FORBIDDEN, &words);
        }
    };
    tracing::info!(peer = %connection, user, "the dashboard was opened");
    let Some(cookie) = dashboard.set_cookie(session.expose(), SESSION_LIFE.as_secs()) else {
        return closed(StatusCode::INTERNAL_SERVER_ERROR, "No session could be made.");
    };
    let to_the_page = [(header::LOCATION, HeaderValue::from_static("/")), (header::SET_COOKIE, cookie)];
    (StatusCode::SEE_OTHER, to_the_page).into_response()
}

async fn logout(State(dashboard): State<Dashboard>, headers: HeaderMap) -> Response {
    if let Some(session) = dashboard.session(&headers) {
        dashboard.place.entrance.leave(session);
    }
    let mut answer = StatusCode::NO_CONTENT.into_response();
    if let Some(gone) = dashboard.set_cookie("", 0) {
        answer.headers_mut().insert(header::SET_COOKIE, gone);
    }
    answer
}

async fn status(State(dashboard): State<Dashboard>) -> Json<Status> {
    Json(Status::of(&dashboard.admin))
}

/// Whoever shows no session is told how to get one.
async fn members_only(
    State(dashboard): State<Dashboard>,
    Extension(connection): Extension<Connection>,
    request: Request<Body>,
    next: Next,
) -> Response {
    let shown = dashboard.session(request.headers());
    if shown.is_some_and(|session| dashboard.place.entrance.admits(session, connection.uid())) {
        return next.run(request).await;
    }
    dashboard.turned_away(&connection, "no-session");
    if request.uri().path() == "/" {
        return closed(StatusCode::UNAUTHORIZED, "Nobody is logged in here.");
    }
    problem(StatusCode::UNAUTHORIZED, "no-session", "`keystay broker dashboard` makes a link that opens the dashboard")
        .into_response()
}

/// A page for whoever is outside. `words` are the broker's own.
fn closed(status: StatusCode, words: &str) -> Response {
    (status, Html(CLOSED.replace("{words}", words))).into_response()
}

fn text(kind: &'static str, content: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, format!("{kind}; charset=utf-8"))], content)
}

async fn seal(mut response: Response) -> Response {
    for (name, value) in SEALS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
