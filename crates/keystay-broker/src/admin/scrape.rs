//! The numbers alone, by TCP on this computer: for a Prometheus that reads no unix socket.

use std::{net::SocketAddr, sync::Arc};

use axum::{Router, extract::State, middleware, routing::get};

use super::render;
use crate::{
    desk::Desk,
    doors::native,
    guard::{Guard, Hosts, guard},
};

/// `GET /metrics` and nothing else, guarded as the doors are. Whoever runs a program on this computer can read it: it holds
/// names of the configuration and counts.
pub(crate) fn router(desk: Arc<Desk>, address: SocketAddr) -> Router {
    let hosts = Hosts(vec![address.to_string(), format!("localhost:{}", address.port())]);
    let guarding = Arc::new(Guard { hosts, strangers: desk.strangers().clone() });
    Router::new()
        .route("/metrics", get(async |State(desk): State<Arc<Desk>>| render(&desk)))
        .fallback(native::no_such_route)
        .method_not_allowed_fallback(native::no_such_method)
        .layer(middleware::from_fn_with_state(guarding, guard))
        .with_state(desk)
}
