//! The native door of a running broker, over its unix socket.

use std::path::{Path, PathBuf};

use anyhow::Context;
use keystay_broker::Config;
use reqwest::{RequestBuilder, Response, StatusCode};
use serde_json::Value;

use crate::{args::WhichBroker, diagnostics::Failure, settings::DEFAULT_FILE};

/// A broker, and this user before it.
pub(super) struct Door {
    http: reqwest::Client,
    socket: PathBuf,
}

impl Door {
    /// The broker that was named, or the one that is where brokers are.
    pub(super) fn of(which: &WhichBroker) -> Result<Self, Failure> {
        let socket = match &which.socket {
            Some(socket) => socket.clone(),
            None => usual_socket(),
        };
        let http = reqwest::Client::builder()
            .unix_socket(socket.clone())
            .no_proxy()
            .build()
            .context("the HTTP client cannot be made")?;
        Ok(Self { http, socket })
    }

    /// Where it listens.
    pub(super) fn socket(&self) -> &Path {
        &self.socket
    }

    /// Asks for something that is there.
    pub(super) async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Value, Failure> {
        let answer = self.send(self.http.get(format!("http://keystay{path}")).query(query)).await?;
        Ok(answer.json().await.context("the broker's answer broke off")?)
    }

    /// Sends something; the answer may go on for as long as it is held.
    pub(super) async fn post(&self, path: &str, body: &Value) -> Result<Response, Failure> {
        self.send(self.http.post(format!("http://keystay{path}")).json(body)).await
    }

    async fn send(&self, request: RequestBuilder) -> Result<Response, Failure> {
        let answer = request.send().await.map_err(|error| {
            Failure::failed(format_args!("no broker answers on `{}`", self.socket.display()))
                .because(error.without_url())
                .hint("`keystay serve` starts one; --socket or KEYSTAY_SOCKET says where it listens")
        })?;
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        Err(refused(status, &answer.json().await.unwrap_or_default()))
    }
}

/// A problem of the broker (RFC 9457), in its own words.
fn refused(status: StatusCode, problem: &Value) -> Failure {
    let Some(detail) = problem["detail"].as_str() else {
        return Failure::failed(format_args!("the broker answers HTTP {}", status.as_u16()));
    };
    let failure = if status == StatusCode::BAD_REQUEST { Failure::usage(detail) } else { Failure::failed(detail) };
    match problem["hint"].as_str() {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

/// What the configuration in this folder says, else the socket of a broker of this user, else that of the system.
fn usual_socket() -> PathBuf {
    let configured = Config::load(Path::new(DEFAULT_FILE)).ok().and_then(|config| config.listen.socket);
    let own = || {
        let folder = PathBuf::from(std::env::var_os("XDG_RUNTIME_DIR")?);
        Some(folder.join("keystay/keystay.sock")).filter(|socket| socket.exists())
    };
    configured.or_else(own).unwrap_or_else(|| "/run/keystay/keystay.sock".into())
}
