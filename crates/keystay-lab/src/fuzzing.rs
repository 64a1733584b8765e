//! A lab for fuzzing: bytes from anywhere go to one of its parsers, and it must neither panic nor fail.
//!
//! Not part of the interface of this crate. The tests below run every target over `fuzz/seeds` and changes of those.

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderValue, Method, Request, StatusCode, header},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    runtime::{Builder, Runtime},
};
use tower::ServiceExt as _;
use url::form_urlencoded::{Serializer, byte_serialize};

use crate::{
    Lab, LabOptions, Role, Scope, Throttling, control::Control, graph::Graph, request_host::RequestHost,
    resource_manager::ResourceManager,
};

/// What can be fuzzed, by name.
pub const TARGETS: [&str; 16] = [
    "access-token",
    "arm-scope",
    "assertion",
    "connection",
    "control",
    "entra",
    "form",
    "graph",
    "jwk",
    "loopback",
    "management",
    "odata",
    "pem",
    "pfx",
    "policy",
    "vault",
];

const VAULT: &str = "harborvault.vault.azure.net";
const GRAPH: &str = "graph.microsoft.com";
const ENTRA: &str = "login.microsoftonline.com";
const MANAGEMENT: &str = "management.azure.com";

/// A running lab with a token for each of its services.
pub struct Bench {
    runtime: Runtime,
    lab: Lab,
    vault_token: String,
    graph_token: String,
    management_token: String,
}

#[allow(clippy::expect_used, clippy::panic, clippy::missing_panics_doc, reason = "a panic is what fuzzing looks for")]
impl Bench {
    /// Starts the lab.
    pub fn start() -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let lab = runtime.block_on(Lab::start(LabOptions::new().with_ready_app(true))).expect("a lab");
        let operator = lab.seed().operator.expect("the seed has an operator");
        let principal = lab.directory().principal(operator.client_id, lab.seed().home.id).expect("at home");
        lab.vaults().assign_role(VAULT, principal.id, Role::Administrator, Scope::Vault);
        lab.vaults().set_throttling(Throttling::off());
        let mut bench = Self {
            runtime,
            lab,
            vault_token: String::new(),
            graph_token: String::new(),
            management_token: String::new(),
        };
        let token = |resource: &str| {
            let form = Serializer::new(String::new())
                .append_pair("grant_type", "client_credentials")
                .append_pair("client_id", &operator.client_id.to_string())
                .append_pair("client_secret", operator.client_secret)
                .append_pair("scope", &format!("{resource}/.default"))
                .finish();
            let path = format!("/{}/oauth2/v2.0/token", bench.lab.seed().home.id);
            let (status, answer) = bench.send(ENTRA, &Method::POST, &path, "", form.into_bytes()).expect("a request");
            assert_eq!(status, StatusCode::OK, "{answer}");
            let answer: serde_json::Value = serde_json::from_str(&answer).expect("JSON");
            answer["access_token"].as_str().expect("a token").to_owned()
        };
        let tokens =
            ["https://vault.azure.net", "https://graph.microsoft.com", "https://management.azure.com"].map(token);
        [bench.vault_token, bench.graph_token, bench.management_token] = tokens;
        bench
    }

    /// Gives `data` to a target. Panics when the lab fails.
    pub fn run(&self, target: &str, data: &[u8]) {
        let text = String::from_utf8_lossy(data);
        let query: String = byte_serialize(data).collect();
        let vault = self.vault_token.as_str();
        match target {
            "entra" => self.whole(ENTRA, "", &text),
            "graph" => self.whole(GRAPH, &self.graph_token, &text),
            "vault" => self.whole(VAULT, vault, &text),
            "management" => self.whole(MANAGEMENT, &self.management_token, &text),
            "loopback" => self.whole("127.0.0.1", "", &text),
            "connection" => self.runtime.block_on(self.connection(data)),
            "access-token" => {
                self.fixed(VAULT, &Method::GET, "/keys?api-version=7.6", &text, Vec::new());
                self.fixed(GRAPH, &Method::GET, "/v1.0/users", &text, Vec::new());
            }
            "arm-scope" => {
                let path = format!("/{query}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01");
                self.fixed(MANAGEMENT, &Method::GET, &path, &self.management_token, Vec::new());
                self.fixed(MANAGEMENT, &Method::GET, &path.replace("%2F", "/"), &self.management_token, Vec::new());
            }
            "assertion" => {
                let app = self.lab.seed().ready_app.unwrap_or_default();
                let form = format!(
                    "grant_type=client_credentials&client_id={app}&scope=https://graph.microsoft.com/.default&client_assertion_type=\
                     urn:ietf:params:oauth:client-assertion-type:jwt-bearer&client_assertion={query}"
                );
                self.fixed(ENTRA, &Method::POST, "/juniper.onmicrosoft.com/oauth2/v2.0/token", "", form.into_bytes());
            }
            "form" => {
                self.fixed(ENTRA, &Method::POST, "/juniper.onmicrosoft.com/oauth2/v2.0/token", "", data.to_vec());
            }
            "control" => {
                for (method, path) in [
                    (Method::POST, "/lab/faults"),
                    (Method::POST, "/lab/clock"),
                    (Method::PUT, "/lab/latency"),
                    (Method::PUT, "/lab/state"),
                ] {
                    self.fixed("127.0.0.1", &method, path, "", data.to_vec());
                }
            }
            "jwk" => {
                let body = format!("{{\"key\":{text}}}").into_bytes();
                self.fixed(VAULT, &Method::PUT, "/keys/fuzz?api-version=7.6", vault, body);
            }
            "odata" => {
                for option in ["$filter", "$select", "$expand", "$orderby", "$search", "$skiptoken"] {
                    let path = format!("/v1.0/applications?{option}={query}");
                    self.fixed(GRAPH, &Method::GET, &path, &self.graph_token, Vec::new());
                }
            }
            "pem" => self.import(&format!("-----BEGIN {text}")),
            "pfx" => self.import(&BASE64_STANDARD.encode(data)),
            "policy" => {
                let body = format!("{{\"policy\":{text}}}").into_bytes();
                self.fixed(VAULT, &Method::POST, "/certificates/fuzz/create?api-version=7.6", vault, body);
            }
            other => panic!("no target {other}"),
        }
        self.lab.faults().clear();
        self.lab.latency().set(crate::Latency::default());
        self.lab.clock().set(std::time::SystemTime::now());
    }

    /// A request whose first line is method and target, and the rest the body; with a token and without.
    fn whole(&self, host: &str, token: &str, text: &str) {
        let (line, body) = text.split_once('\n').unwrap_or((text, ""));
        let (method, path) = line.split_once(' ').unwrap_or(("GET", line));
        let Ok(method) = method.parse() else { return };
        self.fixed(host, &method, path, token, body.as_bytes().to_vec());
        self.fixed(host, &method, path, "", body.as_bytes().to_vec());
    }

    fn import(&self, value: &str) {
        let body = serde_json::json!({ "value": value, "pwd": "" }).to_string().into_bytes();
        self.fixed(VAULT, &Method::POST, "/certificates/fuzz/import?api-version=7.6", &self.vault_token, body);
    }

    fn fixed(&self, host: &str, method: &Method, path: &str, token: &str, body: Vec<u8>) {
        if let Some((status, answer)) = self.send(host, method, path, token, body) {
            // the lab plays no 5xx by itself, but says that it does not play something
            assert!(status != StatusCode::INTERNAL_SERVER_ERROR, "{method} {path}: {status} {answer}");
        }
    }

    /// The answer to a request; none when it is not one.
    fn send(
        &self,
        host: &str,
        method: &Method,
        path: &str,
        token: &str,
        body: Vec<u8>,
    ) -> Option<(StatusCode, String)> {
        let mut request = Request::builder().method(method).uri(path).extension(RequestHost(host.to_owned()));
        request = request.header(
            header::CONTENT_TYPE,
            if host == ENTRA { "application/x-www-form-urlencoded" } else { "application/json" },
        );
        if !token.is_empty() {
            request = request.header(header::AUTHORIZATION, HeaderValue::from_str(&format!("Bearer {token}")).ok()?);
        }
        let request = request.body(Body::from(body)).ok()?;
        self.runtime.block_on(async {
            let answer = self.router(host).oneshot(request).await.unwrap_or_else(|never| match never {});
            let status = answer.status();
            let bytes = to_bytes(answer.into_body(), usize::MAX).await.unwrap_or_default();
            Some((status, String::from_utf8_lossy(&bytes).into_owned()))
        })
    }

    fn router(&self, host: &str) -> Router {
        let Lab { entra, vaults, clock, journal, faults, latency, seed, port, .. } = &self.lab;
        match host {
            ENTRA => entra.router(),
            GRAPH => Graph::new(entra.clone()).router(),
            MANAGEMENT => ResourceManager::new(entra.clone(), vaults.clone()).router(),
            VAULT => vaults.router(),
            _ => Control {
                entra: entra.clone(),
                vaults: vaults.clone(),
                clock: clock.clone(),
                journal: journal.clone(),
                faults: faults.clone(),
                latency: latency.clone(),
                seed: seed.clone(),
                port: *port,
            }
            .router(),
        }
    }

    /// Raw bytes on the listener.
    async fn connection(&self, data: &[u8]) {
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.lab.port)).await else { return };
        let _ = stream.write_all(data).await;
        let _ = stream.shutdown().await;
        let _ = tokio::time::timeout(std::time::Duration::from_secs(5), stream.read_to_end(&mut Vec::new())).await;
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use rand::{Rng, SeedableRng, rngs::StdRng};

    use super::*;

    /// Pieces that mean something to one of the parsers.
    const PIECES: [&str; 16] = [
        "\0",
        "%00",
        "..",
        "/",
        "\"",
        "{",
        "[",
        "null",
        "-1",
        "1e999",
        "9223372036854775807",
        "\r\n",
        "'",
        "(",
        " eq ",
        "\u{202e}",
    ];

    /// One to four changes: a byte, a stretch, a piece put in, a part of another seed.
    fn changed(seed: &[u8], other: &[u8], random: &mut StdRng) -> Vec<u8> {
        let mut data = seed.to_vec();
        for _ in 0..random.random_range(1..=4) {
            let at = random.random_range(0..=data.len());
            let end = (at + random.random_range(0..32)).min(data.len());
            match random.random_range(0..5) {
                0 if at < data.len() => data[at] = random.random(),
                1 => drop(data.drain(at..end)),
                2 => drop(data.splice(at..at, PIECES[random.random_range(0..PIECES.len())].bytes())),
                3 => drop(data.splice(at..end, other.iter().copied().skip(at).take(64))),
                _ => data.extend_from_within(at..end),
            }
        }
        data
    }

    /// Every target over its seeds and some changes of each, the same in every run.
    #[test]
    fn no_target_fails_on_its_seeds_or_on_changes_of_them() {
        let bench = Bench::start();
        let mut random = StdRng::seed_from_u64(3);
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds");
        for target in TARGETS {
            let files = fs::read_dir(folder.join(target)).unwrap_or_else(|error| panic!("{target}: {error}"));
            let mut seeds: Vec<Vec<u8>> = files.map(|file| fs::read(file.unwrap().path()).unwrap()).collect();
            seeds.sort();
            assert!(!seeds.is_empty(), "{target}");
            for seed in &seeds {
                bench.run(target, seed);
                for _ in 0..100 / seeds.len() {
                    let other = &seeds[random.random_range(0..seeds.len())];
                    bench.run(target, &changed(seed, other, &mut random));
                }
            }
        }
    }
}
