//! `keystay serve` under a service manager, and `keystay broker` beside it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod running;

use std::{
    os::unix::net::UnixDatagram,
    path::PathBuf,
    process::{Child, Stdio},
    time::Duration,
};

use running::{keystay, said};
use serde_json::Value;

/// A broker with a folder of its own. Its vault is never asked: nobody wants a token here.
struct Service {
    child: Child,
    manager: UnixDatagram,
    folder: PathBuf,
}

impl Service {
    fn start(name: &str) -> Self {
        // short, because the path of a socket may have 108 bytes
        let folder = std::env::temp_dir().join(format!("keystay-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let manager = UnixDatagram::bind(folder.join("notify.sock")).unwrap();
        manager.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        std::fs::write(folder.join("keystay.toml"), config(&folder, "local")).unwrap();
        let child = keystay(&["serve", "--config"])
            .arg(folder.join("keystay.toml"))
            .env("NOTIFY_SOCKET", folder.join("notify.sock"))
            .env("WATCHDOG_USEC", "400000")
            .env_remove("WATCHDOG_PID")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let service = Self { child, manager, folder };
        service.hears("READY=1");
        service
    }

    /// Waits until the manager was told this; other things may be told before.
    fn hears(&self, expected: &str) -> String {
        let mut buffer = [0; 4096];
        loop {
            let length = self.manager.recv(&mut buffer).unwrap();
            let told = String::from_utf8_lossy(&buffer[..length]).into_owned();
            if told.lines().any(|line| line == expected) {
                return told;
            }
        }
    }

    fn asks(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        let output =
            keystay(&["broker"]).args(arguments).arg("--socket").arg(self.folder.join("admin.sock")).output().unwrap();
        let (out, words) = said(&output);
        (output.status.code(), out, words)
    }

    fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(std::process::Command::new("kill").args(["-s", name, &id]).status().unwrap().success());
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn config(folder: &std::path::Path, caller: &str) -> String {
    let folder = folder.display();
    format!(
        r#"
[listen]
socket = "{folder}/keystay.sock"
admin = "{folder}/admin.sock"

[audit]
file = "{folder}/audit.jsonl"

[identities.graph]
client_id = "6a2f1c0e-0b6c-4d0e-9b34-51f3a5d7c0aa"
home_tenant = "1a2f1c0e-0b6c-4d0e-9b34-51f3a5d7c0aa"
vault_credential = "managed-identity"
key = {{ vault = "https://nowhere.vault.azure.net", certificate = "graph-signer" }}

[callers.local]
uid = 4711

[[rules]]
callers = "{caller}"
identities = "graph"
tenants = "*"
scopes = "*"
"#
    )
}

#[test]
fn the_service_manager_hears_when_the_broker_is_ready_lives_reloads_and_stops() {
    let mut service = Service::start("notify");
    service.hears("WATCHDOG=1");
    service.signal("HUP");
    let told = service.hears("RELOADING=1");
    assert!(told.contains("MONOTONIC_USEC="), "{told}");
    service.hears("READY=1");
    // whoever asks for it
    assert_eq!(service.asks(&["reload"]).0, Some(0));
    service.hears("RELOADING=1");
    service.hears("READY=1");
    service.signal("TERM");
    service.hears("STOPPING=1");
    assert!(service.child.wait().unwrap().success());
    assert!(!service.folder.join("admin.sock").exists());
}

#[test]
fn an_operator_sees_and_steers_the_broker_through_its_socket() {
    let service = Service::start("operator");
    let (code, out, _) = service.asks(&["status"]);
    assert_eq!(code, Some(0));
    for expected in ["exposure  level unknown", "identity  graph  not-asked, 0 cached", "caller    local  user 4711"] {
        assert!(out.contains(expected), "{expected} is missing in\n{out}");
    }
    let (_, out, _) = service.asks(&["status", "--json"]);
    assert_eq!(serde_json::from_str::<Value>(&out).unwrap()["identities"][0]["name"], "graph");
    let (_, out, _) = service.asks(&["metrics"]);
    assert!(out.contains(r#"keystay_identity_connected{identity="graph"} 0"#), "{out}");
    let (code, out, _) = service.asks(&["clear-cache", "--tenant", "contoso.com"]);
    assert_eq!((code, out.as_str()), (Some(0), "graph: 0 forgotten\n"));

    std::fs::write(service.folder.join("keystay.toml"), config(&service.folder, "nobody")).unwrap();
    let (code, _, words) = service.asks(&["reload"]);
    assert_eq!(code, Some(1));
    assert!(words.contains("there is no `[callers.nobody]`"), "{words}");
    std::fs::write(service.folder.join("keystay.toml"), config(&service.folder, "local")).unwrap();
    assert_eq!(service.asks(&["reload"]).0, Some(0));

    let gone = service.folder.join("no.sock");
    let output = keystay(&["broker", "status", "--socket", gone.to_str().unwrap()]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).1.contains("no broker answers on"), "{}", said(&output).1);
}
