//! `keystay rotate`, by the real binary, against a lab: planned, done, and killed with `kill -9`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod vendor;

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;
use vendor::{Vendor, err, out, run};

/// The vendor, who rotates.
struct Rotate(Vendor);

impl Rotate {
    fn pin(&self) -> PathBuf {
        self.0.folder.path().join("harbor-signer.pin")
    }

    fn rotate(&self, arguments: &[&str]) -> Command {
        let mut command = self.0.keystay(&["rotate"]);
        command
            .args(["--pin", "harbor-signer.pin"])
            .args(["--probe", &self.0.lab.seed().juniper.id.to_string(), "--overlap", "3s"])
            .args(arguments);
        command
    }

    async fn planned(&self, arguments: &[&str]) -> Value {
        let output = run(self.rotate(&[&["--json"], arguments].concat())).await;
        assert!(output.status.success(), "{}", err(&output));
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

fn generation(pin: &Path) -> u64 {
    let pin: Value = serde_json::from_slice(&std::fs::read(pin).unwrap()).unwrap();
    pin["generation"].as_u64().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_tells_what_it_would_do_and_does_it_only_when_told_to() {
    let scene = Rotate(Vendor::new().await);
    // vaults date versions by whole seconds: the first one is to be older than the second in which this run asks
    tokio::time::sleep(Duration::from_secs(2)).await;
    let told = run(scene.rotate(&["--now"])).await;
    assert!(told.status.success(), "{}", err(&told));
    for words in ["no pin yet", "registered", "create a new version", "get tokens by the new version"] {
        assert!(out(&told).contains(words), "{words}: {}", out(&told));
    }
    assert!(err(&told).contains("add --yes"), "{}", err(&told));
    assert!(!scene.pin().exists());

    tokio::time::sleep(Duration::from_secs(2)).await;
    let done = run(scene.rotate(&["--now", "--yes"])).await;
    assert!(done.status.success(), "{}", err(&done));
    assert!(err(&done).contains("token 5 of 5") && err(&done).contains("done: generation 2"), "{}", err(&done));
    assert_eq!(generation(&scene.pin()), 2);
    for output in [&told, &done] {
        assert!(!out(output).contains("eyJ") && !err(output).contains("eyJ"), "a token or proof is shown");
    }
    let left = scene.planned(&["--older-than", "1d"]).await;
    assert_eq!(left["steps"], Value::Array(Vec::new()), "{left:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_with_kill_9_again_and_again_it_comes_to_the_same_end() {
    let scene = Rotate(Vendor::new().await);
    // the first version is visibly older than what every run asks for
    tokio::time::sleep(Duration::from_secs(5)).await;
    let begun = Instant::now();
    let mut kills = 0;
    loop {
        // everything made before this test began, whenever it is run
        let age = format!("{}s", begun.elapsed().as_secs() + 2);
        let mut child = scene
            .rotate(&["--older-than", &age, "--yes"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let patience = Duration::from_millis(300 + 1200 * kills);
        let ended = tokio::task::spawn_blocking(move || {
            let end = Instant::now() + patience;
            while Instant::now() < end {
                if let Some(status) = child.try_wait().unwrap() {
                    return Some(status);
                }
                std::thread::sleep(Duration::from_millis(10));
            }
            // SIGKILL
            child.kill().unwrap();
            child.wait().unwrap();
            None
        })
        .await
        .unwrap();
        if let Some(status) = ended {
            assert!(status.success());
            break;
        }
        kills += 1;
        assert!(kills < 100, "it never ends");
    }
    println!("killed {kills} times");
    assert!(kills > 3, "{kills}");
    assert_eq!(generation(&scene.pin()), 2);
    let found = scene.planned(&["--older-than", "1d"]).await;
    assert_eq!(found["steps"], Value::Array(Vec::new()), "{found:#}");
    let versions = found["versions"].as_array().unwrap();
    let (last, before) = versions.split_last().unwrap();
    assert!(last["enabled"] == true && last["registered"].is_string(), "{found:#}");
    assert!(before.iter().all(|one| one["enabled"] == false && one["registered"].is_null()), "{found:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_missing_is_named() {
    let scene = Rotate(Vendor::new().await);
    let mut command = Command::new(env!("CARGO_BIN_EXE_keystay"));
    command.current_dir(scene.0.folder.path()).args([
        "rotate",
        "--client-id",
        &scene.0.lab.seed().ready_app.unwrap().to_string(),
    ]);
    command.args(["--vault", "https://harborvault.vault.azure.net", "--certificate", "harbor-signer"]);
    let output = run(command).await;
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("there is no pin") && err(&output).contains("--pin"), "{}", err(&output));
}
