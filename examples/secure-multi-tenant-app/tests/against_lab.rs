//! The app as it is deployed: its own process, its settings in the environment, plain HTTP requests.

#![allow(clippy::unwrap_used, clippy::panic, clippy::zombie_processes, reason = "tests")]

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use keystay_lab::{Lab, LabOptions};
use reqwest::StatusCode;
use serde_json::Value;

/// The app, ended when the test ends.
struct Running {
    child: Child,
    address: String,
    log: std::sync::Arc<std::sync::Mutex<String>>,
}

impl Running {
    fn start(lab: &Lab, show_theft: bool) -> Self {
        let seed = lab.seed();
        let mut child = Command::new(env!("CARGO_BIN_EXE_secure-multi-tenant-app"))
            .envs(lab.environment())
            .env("CLIENT_ID", seed.ready_app.unwrap().to_string())
            .env("KEY_VAULT_URI", format!("https://{}/", seed.vault_host))
            .env("CLIENT_CERTIFICATE_NAME", "harbor-export")
            .env("CLIENT_CERTIFICATE_NAME_NO_KEY", "harbor-signer")
            .env("TENANT_ID", seed.juniper.id.to_string())
            .env("SHOW_THEFT", show_theft.to_string())
            .env("FUNCTIONS_CUSTOMHANDLER_PORT", "0")
            .env("RUST_LOG", "trace")
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let log = std::sync::Arc::new(std::sync::Mutex::new(String::new()));
        let address = lines
            .by_ref()
            .map_while(Result::ok)
            .inspect(|line| log.lock().unwrap().push_str(line))
            .find_map(|line| line.split_once("listening on ").map(|(_, address)| address.trim().to_owned()))
            .unwrap_or_else(|| panic!("the app did not start:\n{}", log.lock().unwrap()));
        let collected = log.clone();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                collected.lock().unwrap().push_str(&line);
            }
        });
        Self { child, address, log }
    }

    async fn get(&self, path: &str) -> (StatusCode, Value) {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let answer = client.get(format!("{}{path}", self.address)).send().await.unwrap();
        (answer.status(), answer.json().await.unwrap())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn lab() -> Lab {
    Lab::start(LabOptions::new().with_ready_app(true)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_ways_read_users_of_the_tenant_that_is_asked_for() {
    let lab = lab().await;
    let app = Running::start(&lab, false);
    for demo in ["demo1", "demo2"] {
        let (status, users) = app.get(&format!("/api/{demo}/call-graph")).await;
        assert_eq!((status, users.as_array().map(Vec::len)), (StatusCode::OK, Some(3)), "{users}");
        let (_, others) = app.get(&format!("/api/{demo}/call-graph?tenantId=marlow.onmicrosoft.com")).await;
        assert!(others[0]["userPrincipalName"].as_str().unwrap().ends_with("@marlow.onmicrosoft.com"), "{others}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_usual_way_gives_a_key_away_and_the_safe_way_a_token_and_only_when_switched_on() {
    let lab = lab().await;
    let safe = Running::start(&lab, false);
    for route in ["/api/demo1/steal-certificate", "/api/demo2/return-token"] {
        assert_eq!(safe.get(route).await.0, StatusCode::NOT_FOUND);
    }
    let shown = Running::start(&lab, true);
    let (_, loot) = shown.get("/api/demo1/steal-certificate").await;
    assert!(loot["pfx"].as_str().unwrap().len() > 2_000, "a PKCS#12 file with a private key");
    let (_, loot) = shown.get("/api/demo2/return-token?tenantId=juniper.onmicrosoft.com").await;
    let token = loot["token"].as_str().unwrap().to_owned();
    assert_eq!(token.split('.').count(), 3);

    // the log holds header and claims of tokens at the most, whatever its level
    shown.get("/api/demo2/call-graph?tenantId=juniper.onmicrosoft.com").await;
    let log = shown.log.lock().unwrap().clone();
    assert!(log.contains("calling Graph"), "the log is on");
    let signature = token.rsplit('.').next().unwrap();
    assert!(!log.contains(signature), "a token's signature was logged");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_that_cannot_be_served_is_answered_with_what_to_do() {
    let lab = lab().await;
    let app = Running::start(&lab, false);
    let (status, answer) = app.get("/api/demo2/call-graph?tenantId=common").await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{answer}");
    let stranger = lab.directory().create_tenant("Stranger");
    let (status, answer) = app.get(&format!("/api/demo2/call-graph?tenantId={stranger}")).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{answer}");
    assert!(answer["hint"].as_str().unwrap().contains("/adminconsent?client_id="), "{answer}");
}

#[test]
fn settings_that_cannot_be_used_are_all_named_before_anything_starts() {
    let output = Command::new(env!("CARGO_BIN_EXE_secure-multi-tenant-app"))
        .env_clear()
        .env("CLIENT_ID", "nonsense")
        .env("KEY_VAULT_URI", "https://evil.example")
        .output()
        .unwrap();
    let log = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    for name in ["CLIENT_ID", "KEY_VAULT_URI", "CLIENT_CERTIFICATE_NAME", "TENANT_ID"] {
        assert!(log.contains(name), "{name} in {log}");
    }
}
