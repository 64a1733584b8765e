//! `keystay exec`, with a broker that `serve --lab` started.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![cfg(unix)]

mod running;

use std::{
    collections::HashMap,
    io::{BufRead, BufReader},
    process::{Child, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use keystay::Transport;
use keystay_broker::{Broker as Running, Config, Surroundings};
use keystay_lab::{Lab, LabOptions};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use self::running::{Broker, keystay, said};

const JUNIPER: &str = "juniper.onmicrosoft.com";

fn arguments<'a>(socket: &'a str, command: &[&'a str]) -> Vec<&'a str> {
    let start = ["exec", "--socket", socket, "--identity", "graph", "--tenant", JUNIPER, "--"];
    [&start[..], command].concat()
}

/// A program that says what is in its environment and ends when its input does.
struct Program {
    child: Child,
    environment: HashMap<String, String>,
}

impl Program {
    fn start(socket: &str) -> Self {
        let command = ["sh", "-c", "env; echo; cat > /dev/null"];
        let mut child = keystay(&arguments(socket, &command))
            .env("AZURE_CLIENT_SECRET", "planted-secret")
            .env("HTTP_PROXY", "http://127.0.0.1:9")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.as_mut().unwrap()).lines().map(Result::unwrap);
        let lines = lines.take_while(|line| !line.is_empty());
        let environment =
            lines.filter_map(|line| line.split_once('=').map(|(name, value)| (name.into(), value.into()))).collect();
        Self { child, environment }
    }

    async fn token(&self, place: impl Fn(&str) -> String) -> u16 {
        let endpoint = place(&self.environment["IDENTITY_ENDPOINT"]);
        let request =
            reqwest::Client::new().get(endpoint).header("X-IDENTITY-HEADER", &self.environment["IDENTITY_HEADER"]);
        let query = [("api-version", "2019-08-01"), ("resource", "https://graph.microsoft.com")];
        request.query(&query).send().await.unwrap().status().as_u16()
    }

    async fn token_until(&self, status: u16) {
        let deadline = Instant::now() + Duration::from_secs(30);
        while self.token(str::to_owned).await != status {
            assert!(Instant::now() < deadline, "{status} does not come");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

#[tokio::test]
async fn a_program_has_an_identity_of_its_own_for_as_long_as_it_runs() {
    let broker = Broker::start(&[]);
    let mut program = Program::start(broker.socket());
    assert!(!program.environment.contains_key("AZURE_CLIENT_SECRET"));
    assert_eq!(program.environment["AZURE_TOKEN_CREDENTIALS"], "ManagedIdentityCredential");
    assert!(program.environment["NO_PROXY"].contains("127.0.0.1"));
    assert_eq!(program.token(str::to_owned).await, 200);
    assert_eq!(program.token(|endpoint| endpoint.replace("juniper", "marlow")).await, 403);

    drop(program.child.stdin.take());
    assert_eq!(program.child.wait().unwrap().code(), Some(0));
    program.token_until(401).await;
}

#[tokio::test]
async fn a_lease_dies_with_an_exec_that_is_killed() {
    let broker = Broker::start(&[]);
    let mut program = Program::start(broker.socket());
    assert_eq!(program.token(str::to_owned).await, 200);
    program.child.kill().unwrap();
    program.child.wait().unwrap();
    program.token_until(401).await;
}

#[test]
fn exit_codes_and_signals_are_passed_on() {
    let broker = Broker::start(&[]);
    let output = keystay(&arguments(broker.socket(), &["sh", "-c", "exit 9"])).output().unwrap();
    assert_eq!(output.status.code(), Some(9), "{}", said(&output).1);
    for (signal, name) in [(Signal::TERM, "TERM"), (Signal::INT, "INT"), (Signal::USR1, "USR1")] {
        let script = format!("trap 'exit 7' {name}; echo up; while :; do sleep 0.05; done");
        let command = ["sh", "-c", &script];
        let mut child =
            keystay(&arguments(broker.socket(), &command)).stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "up\n");
        kill_process(Pid::from_child(&child), signal).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(7), "{name}");
    }
}

#[test]
fn what_cannot_be_had_is_said_before_the_program_starts() {
    let broker = Broker::start(&[]);
    let socket = broker.socket();
    let denied = ["exec", "--socket", socket, "-i", "mail", "-t", JUNIPER, "--", "sh", "-c", "echo started"];
    let output = keystay(&denied).output().unwrap();
    let (out, err) = said(&output);
    assert_eq!((output.status.code(), out.as_str()), (Some(1), ""), "{err}");
    assert!(err.contains("no rule gives this caller this identity"), "{err}");

    let nested = keystay(&arguments(broker.socket(), &["true"])).env("KEYSTAY_LEASE", "outer").output().unwrap();
    assert_eq!(nested.status.code(), Some(2));
    assert!(said(&nested).1.contains("inside of `keystay exec` already"), "{}", said(&nested).1);

    let nobody = ["exec", "--socket", "/nowhere.sock", "-i", "graph", "-t", JUNIPER, "--", "true"];
    let output = keystay(&nobody).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).1.contains("no broker answers on `/nowhere.sock`"), "{}", said(&output).1);
}

/// Connections through the lab, as the host's managed identity.
fn surroundings(lab: &Lab) -> Surroundings {
    let http = reqwest::Client::builder()
        .proxy(reqwest::Proxy::all(lab.proxy_url()).unwrap())
        .tls_certs_only([reqwest::Certificate::from_pem(lab.ca_pem().as_bytes()).unwrap()])
        .build()
        .unwrap();
    Surroundings { transport: Transport::new(Arc::new(http)), ..Surroundings::default() }
}

#[tokio::test]
async fn a_broker_that_starts_again_finds_its_programs_as_they_were() {
    let lab = Lab::start(LabOptions::new().with_ready_app(true)).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("keystay.sock");
    let mut config = json!({
        "listen": { "socket": socket, "loopback": "127.0.0.1:0" },
        "audit": { "file": folder.path().join("audit.jsonl") },
        "identities": { "graph": {
            "client_id": lab.seed().ready_app.unwrap().to_string(),
            "home_tenant": lab.seed().home.id.to_string(),
            "vault_credential": "managed-identity",
            "key": { "vault": format!("https://{}", lab.seed().vault_host), "certificate": "harbor-signer" },
        } },
        "callers": {
            "me": { "uid": rustix::process::getuid().as_raw().to_string() },
            "other": { "bearer_sha256": "ab".repeat(32) },
        },
        "rules": [{ "callers": "me", "identities": "graph", "tenants": "*", "scopes": "*" }],
    });
    let first = Running::start(&Config::read(&config).unwrap(), surroundings(&lab)).await.unwrap();
    config["listen"]["loopback"] = json!(first.loopback().unwrap().to_string());
    let socket = socket.to_str().unwrap().to_owned();
    let mut program = tokio::task::spawn_blocking(move || Program::start(&socket)).await.unwrap();
    assert_eq!(program.token(str::to_owned).await, 200);
    first.stop().await;

    let second = Running::start(&Config::read(&config).unwrap(), surroundings(&lab)).await.unwrap();
    program.token_until(200).await;
    drop(program.child.stdin.take());
    tokio::task::spawn_blocking(move || assert_eq!(program.child.wait().unwrap().code(), Some(0))).await.unwrap();
    second.stop().await;
}
