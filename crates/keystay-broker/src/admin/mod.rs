//! The operator's own socket: health, numbers, status, reload, and the cache.
//!
//! It is a unix socket with mode 0600, and the kernel is asked who is at the other end: nobody but the broker's own user
//! and root is answered. Nothing here gives out a token or changes who may have one.

mod cache;
mod dashboard;
mod health;
pub(crate) mod scrape;
mod status;
mod tenants;

use std::sync::Arc;

use axum::{
    Json, Router,
    body::Body,
    extract::{Extension, Request, State},
    http::{Method, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::json;
use tokio::{sync::watch, task::AbortHandle};

pub(crate) use status::Status;

use crate::{
    dashboard::Place,
    desk::Desk,
    doors::{Route, problem},
    listen::{Connection, Origin},
    reload::{Reload, ReloadError},
};

/// Who may open the admin socket: its owner.
pub(crate) const ADMIN_SOCKET_MODE: u32 = 0o600;

/// What the operator may see and do.
#[derive(Clone, Debug)]
pub(crate) struct Admin {
    pub(crate) desk: Arc<Desk>,
    pub(crate) reload: Arc<Reload>,
    pub(crate) listeners: Arc<Vec<Listening>>,
    pub(crate) stop: watch::Receiver<bool>,
    pub(crate) started: std::time::SystemTime,
    /// Where the dashboard is, if there is one.
    pub(crate) dashboard: Option<Place>,
}

/// A listener that was opened.
#[derive(Debug)]
pub(crate) struct Listening {
    /// `socket`, `loopback`, …
    pub(crate) kind: &'static str,
    /// The path or the address.
    pub(crate) place: String,
    pub(crate) task: AbortHandle,
}

/// Every route of the admin socket.
pub fn admin_routes() -> Vec<Route> {
    [
        (Method::POST, "/cache/clear"),
        (Method::POST, "/dashboard/link"),
        (Method::GET, "/livez"),
        (Method::GET, "/metrics"),
        (Method::GET, "/readyz"),
        (Method::POST, "/reload"),
        (Method::GET, "/status"),
        (Method::GET, "/tenants"),
    ]
    .map(|(method, path)| Route { method, path })
    .into()
}

impl Admin {
    pub(crate) fn router(self) -> Router {
        Router::new()
            .route("/cache/clear", post(cache::clear))
            .route("/dashboard/link", post(dashboard::link))
            .route("/livez", get(async || "alive\n"))
            .route("/metrics", get(metrics))
            .route("/readyz", get(health::ready))
            .route("/reload", post(reload))
            .route("/status", get(status::status))
            .route("/tenants", get(tenants::tenants))
            .fallback(async || problem(StatusCode::NOT_FOUND, "no-such-route", "the admin socket has no such route"))
            .method_not_allowed_fallback(async || {
                problem(StatusCode::METHOD_NOT_ALLOWED, "no-such-method", "the route is asked with another method")
            })
            .layer(middleware::from_fn(operators_only))
            .with_state(self)
    }

    fn is_stopping(&self) -> bool {
        *self.stop.borrow()
    }
}

/// Whoever is neither root nor the user the broker runs as is refused, whatever the socket's mode has become.
async fn operators_only(Extension(connection): Extension<Connection>, request: Request<Body>, next: Next) -> Response {
    let is_operator = matches!(&connection.origin, Origin::Unix(peer) if may_operate(peer.uid));
    if is_operator {
        return next.run(request).await;
    }
    tracing::warn!(peer = %connection, "somebody who may not operate the broker was at its admin socket");
    let words = "the admin socket answers root and the user the broker runs as";
    problem(StatusCode::FORBIDDEN, "not-the-operator", words).into_response()
}

fn may_operate(uid: u32) -> bool {
    uid == 0 || uid == rustix::process::geteuid().as_raw()
}

async fn metrics(State(admin): State<Admin>) -> Response {
    render(&admin.desk)
}

fn render(desk: &Desk) -> Response {
    let text = desk.metrics().render(desk);
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}

/// Reads the configuration again. A broken one is answered with everything that is wrong, and changes nothing.
async fn reload(State(admin): State<Admin>) -> Response {
    match admin.reload.again() {
        Ok(reloaded) => {
            tracing::info!("the configuration was read again");
            Json(reloaded).into_response()
        }
        Err(error) => {
            tracing::warn!(%error, "the configuration was not taken");
            let status = match &error {
                ReloadError::Config(_) => StatusCode::UNPROCESSABLE_ENTITY,
                ReloadError::NoFile => StatusCode::CONFLICT,
                ReloadError::Audit(_) | ReloadError::Tls(_) => StatusCode::INTERNAL_SERVER_ERROR,
            };
            let body = json!({
                "title": status.canonical_reason(),
                "status": status.as_u16(),
                "code": error.code(),
                "detail": error.to_string(),
                "mistakes": error.mistakes(),
            });
            (status, [(header::CONTENT_TYPE, "application/problem+json")], body.to_string()).into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::may_operate;

    #[test]
    fn root_and_the_own_user_operate_and_nobody_else() {
        let own = rustix::process::geteuid().as_raw();
        assert!(may_operate(0) && may_operate(own));
        assert!(!may_operate(own.wrapping_add(4711)));
    }
}
