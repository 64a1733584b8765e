//! The page at `/`: the lab live in a browser, and in words for a terminal.

use axum::{Router, extract::State, routing::get};

use crate::control::{Control, overview};

/// The routes of the page and what it is made of.
pub(crate) fn router(control: Control) -> Router {
    Router::new().route("/", get(home)).with_state(control)
}

async fn home(State(control): State<Control>) -> String {
    overview::text(&control)
}
