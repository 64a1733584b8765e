//! Requests to the services, past the listener.

use std::sync::Arc;

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderValue, Method, Request, StatusCode, header},
};
use serde_json::Value;
use tower::ServiceExt as _;

use super::Bench;
use crate::{
    Lab, control::Control, graph::Graph, managed_identity::ManagedIdentityDoors, network::ClientCertificate, portal,
    request_host::RequestHost, resource_manager::ResourceManager,
};

pub(super) const VAULT: &str = "harborvault.vault.azure.net";
pub(super) const GRAPH: &str = "graph.microsoft.com";
pub(super) const ENTRA: &str = "login.microsoftonline.com";
pub(super) const ENTRA_MTLS: &str = "mtlsauth.microsoft.com";
pub(super) const MANAGEMENT: &str = "management.azure.com";
pub(super) const LOOPBACK: &str = "127.0.0.1";

pub(super) const TOKEN: &str = "/juniper.onmicrosoft.com/oauth2/v2.0/token";
/// What programs of an App Service host would know.
const IDENTITY_SECRET: &str = "fuzz";

/// The services, built once: the control API writes its whole description when it is built.
pub(super) struct Doors {
    entra: Router,
    entra_mtls: Router,
    graph: Router,
    management: Router,
    vault: Router,
    loopback: Router,
}

impl Doors {
    pub(super) fn of(lab: &Lab) -> Self {
        let Lab { entra, vaults, clock, journal, faults, latency, seed, port, .. } = lab;
        let control = Control {
            entra: entra.clone(),
            vaults: vaults.clone(),
            clock: clock.clone(),
            journal: journal.clone(),
            faults: faults.clone(),
            latency: latency.clone(),
            seed: seed.clone(),
            port: *port,
        };
        let identity = ManagedIdentityDoors::new(entra.clone(), IDENTITY_SECRET.to_owned());
        Self {
            entra: entra.router(),
            entra_mtls: entra.mtls_router(),
            graph: Graph::new(entra.clone()).router(),
            management: ResourceManager::new(entra.clone(), vaults.clone()).router(),
            vault: vaults.router(),
            loopback: portal::router(control.clone()).merge(control.router()).merge(identity.router()),
        }
    }

    fn to(&self, host: &str) -> Router {
        let router = match host {
            ENTRA => &self.entra,
            ENTRA_MTLS => &self.entra_mtls,
            GRAPH => &self.graph,
            MANAGEMENT => &self.management,
            VAULT => &self.vault,
            _ => &self.loopback,
        };
        router.clone()
    }
}

#[allow(clippy::panic, reason = "a panic is what fuzzing looks for")]
impl Bench {
    /// A request whose first line is method and target, and the rest the body; with a token and without.
    pub(super) fn whole(&self, host: &str, token: &str, text: &str) {
        let (line, body) = text.split_once('\n').unwrap_or((text, ""));
        let (method, path) = line.split_once(' ').unwrap_or(("GET", line));
        let Ok(method) = method.parse() else { return };
        self.fixed(host, &method, path, token, body.as_bytes().to_vec());
        if !token.is_empty() {
            self.fixed(host, &method, path, "", body.as_bytes().to_vec());
        }
    }

    pub(super) fn get(&self, host: &str, path: &str, token: &str) {
        self.fixed(host, &Method::GET, path, token, Vec::new());
    }

    pub(super) fn json(&self, host: &str, method: &Method, path: &str, token: &str, body: &Value) {
        self.fixed(host, method, path, token, body.to_string().into_bytes());
    }

    /// A request for a token.
    pub(super) fn form(&self, body: Vec<u8>) {
        self.fixed(ENTRA, &Method::POST, TOKEN, "", body);
    }

    /// The same on a connection for which the client showed a certificate.
    pub(super) fn certificate_of_a_handshake(&self, der: &[u8], form: &str) {
        if let Some(mut request) = request(ENTRA_MTLS, &Method::POST, TOKEN, "", form.as_bytes().to_vec()) {
            request.extensions_mut().insert(ClientCertificate(Arc::from(der)));
            let (status, answer) = self.answer(ENTRA_MTLS, request);
            assert!(status != StatusCode::INTERNAL_SERVER_ERROR, "{form}: {answer}");
        }
    }

    pub(super) fn fixed(&self, host: &str, method: &Method, path: &str, token: &str, body: Vec<u8>) {
        if let Some((status, answer)) = self.send(host, method, path, token, body) {
            // the lab plays no 5xx by itself, but says that it does not play something
            assert!(status != StatusCode::INTERNAL_SERVER_ERROR, "{method} {path}: {status} {answer}");
        }
    }

    /// The answer to a request; none when it is not one.
    pub(super) fn send(
        &self,
        host: &str,
        method: &Method,
        path: &str,
        token: &str,
        body: Vec<u8>,
    ) -> Option<(StatusCode, String)> {
        Some(self.answer(host, request(host, method, path, token, body)?))
    }

    fn answer(&self, host: &str, request: Request<Body>) -> (StatusCode, String) {
        self.runtime.block_on(async {
            let answer = self.doors.to(host).oneshot(request).await.unwrap_or_else(|never| match never {});
            let status = answer.status();
            let bytes = to_bytes(answer.into_body(), usize::MAX).await.unwrap_or_default();
            (status, String::from_utf8_lossy(&bytes).into_owned())
        })
    }
}

fn request(host: &str, method: &Method, path: &str, token: &str, body: Vec<u8>) -> Option<Request<Body>> {
    let form = matches!(host, ENTRA | ENTRA_MTLS) || path.starts_with("/msi/");
    let kind = if form { "application/x-www-form-urlencoded" } else { "application/json" };
    let mut request = Request::builder().method(method).uri(path).extension(RequestHost(host.to_owned()));
    request = request.header(header::CONTENT_TYPE, kind);
    if host == LOOPBACK {
        // what the doors of a managed identity want to see
        request = request.header("metadata", "true").header("x-identity-header", IDENTITY_SECRET);
    }
    if !token.is_empty() {
        request = request.header(header::AUTHORIZATION, HeaderValue::from_str(&format!("Bearer {token}")).ok()?);
    }
    request.body(Body::from(body)).ok()
}
