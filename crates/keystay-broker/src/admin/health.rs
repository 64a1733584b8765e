//! Whether callers can be served.

use std::{sync::Arc, time::Duration};

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Serialize;

use super::Admin;
use crate::identity::{ConnectError, Identity};

/// The answer of `/readyz`.
#[derive(Debug, Serialize)]
pub(super) struct Readiness {
    /// Doors are open, the audit log is written, and at least one identity can be had.
    ready: bool,
    /// Why not, and what else is wrong though callers are served.
    reasons: Vec<String>,
}

/// How long the answer waits for keys that are looked for at this moment.
const PATIENCE: Duration = Duration::from_secs(2);

/// 200 or 503. Identities nobody has needed yet are connected, so that a vault that is not reachable shows here and not
/// at the first caller.
pub(super) async fn ready(State(admin): State<Admin>) -> Response {
    let readiness = Readiness::of(&admin).await;
    let status = if readiness.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(readiness)).into_response()
}

impl Readiness {
    async fn of(admin: &Admin) -> Self {
        let mut reasons = Vec::new();
        if admin.is_stopping() {
            reasons.push("the broker is stopping".to_owned());
        }
        for listener in admin.listeners.iter().filter(|listener| listener.task.is_finished()) {
            reasons.push(format!("nobody listens on {} ({}) any more", listener.place, listener.kind));
        }
        if admin.desk.journal().is_stuck() {
            reasons.push("the audit log cannot be written, and memory for it is running out".to_owned());
        }
        let mut ready = reasons.is_empty();

        let identities: Vec<_> = admin.desk.setup().identities.values().cloned().collect();
        // asked at once: one vault that does not answer hides no other
        let asked = futures::future::join_all(identities.iter().cloned().map(connect)).await;
        let connected = asked.iter().filter(|outcome| outcome.is_ok()).count();
        for (identity, outcome) in identities.iter().zip(asked) {
            if let Err(reason) = outcome {
                reasons.push(format!("identity `{}`: {reason}", identity.name()));
            }
        }
        // one identity whose vault is down must not take the others' callers away
        if connected == 0 && !identities.is_empty() {
            ready = false;
        }
        Self { ready, reasons }
    }
}

async fn connect(identity: Arc<Identity>) -> Result<(), String> {
    if identity.connected().is_some() {
        return Ok(());
    }
    // in a task: an attempt that takes longer than this answer goes on
    let attempt = tokio::spawn(async move { identity.connect().await });
    match tokio::time::timeout(PATIENCE, attempt).await {
        Ok(Ok(Ok(_))) => Ok(()),
        Ok(Ok(Err(error))) => Err(words(&error)),
        Ok(Err(_)) => Err("the attempt to find its key was interrupted".to_owned()),
        Err(_) => Err("its key is still being looked for".to_owned()),
    }
}

/// An error with what is behind it, on one line.
pub(super) fn words(error: &ConnectError) -> String {
    let mut words = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        let more = error.to_string();
        if !words.contains(&more) {
            words = format!("{words}: {more}");
        }
        cause = error.source();
    }
    words
}
