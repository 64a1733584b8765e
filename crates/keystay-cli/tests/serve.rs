//! `keystay serve --lab`, as a newcomer meets it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![cfg(unix)]

mod running;

use std::{
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::Path,
    time::{Duration, Instant},
};

use self::running::{Broker, keystay, said};

#[tokio::test]
async fn one_command_is_a_working_token_service_that_leaves_nothing_behind() {
    let broker = Broker::start(&[]);
    let by_user = reqwest::Client::builder().unix_socket(broker.socket()).build().unwrap();
    let by_secret = reqwest::Client::new();
    let loopback = broker.text("loopback");
    for tenant in broker.said["tenants"].as_array().unwrap() {
        let asked = [("identity", broker.text("identity")), ("tenant", tenant.as_str().unwrap())];
        let mine = by_user.get("http://keystay/v1/token").query(&asked).send().await.unwrap();
        let mine: serde_json::Value = mine.error_for_status().unwrap().json().await.unwrap();
        let request = by_secret.get(format!("{loopback}/v1/token")).query(&asked);
        let its = request.bearer_auth(broker.text("secret")).send().await.unwrap();
        let its: serde_json::Value = its.error_for_status().unwrap().json().await.unwrap();
        assert_eq!(mine["access_token"], its["access_token"]);
    }
    let asked = [("identity", "graph"), ("tenant", "juniper.onmicrosoft.com")];
    let stranger = by_secret.get(format!("{loopback}/v1/token")).query(&asked).send().await.unwrap();
    assert_eq!(stranger.status(), 401);

    let link =
        keystay(&["broker", "dashboard", "--socket", broker.text("admin")]).env_remove("SUDO_UID").output().unwrap();
    assert_eq!(link.status.code(), Some(0), "{}", said(&link).1);
    let url = said(&link).0.trim().to_owned();
    let opened = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let statuses = [opened.get(&url).send().await.unwrap().status(), opened.get(&url).send().await.unwrap().status()];
    assert_eq!(statuses.map(|status| status.as_u16()), [303, 403], "{url} is good once");

    let folder = Path::new(broker.text("config")).parent().unwrap().to_owned();
    assert_eq!(folder.metadata().unwrap().permissions().mode() & 0o777, 0o700);
    let config = std::fs::read_to_string(broker.text("config")).unwrap();
    assert!(!config.contains(broker.text("secret")), "the hash alone is kept");
    let check = keystay(&["serve", "--check", "--config", broker.text("config")]).output().unwrap();
    assert_eq!(check.status.code(), Some(0), "{}", said(&check).1);

    assert_eq!(broker.end().code(), Some(0));
    assert!(!folder.exists(), "{} is left over", folder.display());
}

#[test]
fn a_host_with_an_identity_of_its_own_is_told_apart() {
    let output = keystay(&["serve", "--lab"]).env("IDENTITY_ENDPOINT", "http://127.0.0.1:1/").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let words = said(&output).1;
    assert!(words.contains("IDENTITY_ENDPOINT is set") && words.contains("env --unset=IDENTITY_ENDPOINT"), "{words}");
}

#[tokio::test]
async fn a_change_of_the_file_is_taken_and_a_broken_one_changes_nothing() {
    let broker = Broker::start(&[]);
    let path = broker.text("config");
    let good = std::fs::read_to_string(path).unwrap();
    let client = reqwest::Client::builder().unix_socket(broker.socket()).build().unwrap();
    let status = async || {
        let asked = [("identity", "graph"), ("tenant", "juniper.onmicrosoft.com")];
        client.get("http://keystay/v1/token").query(&asked).send().await.unwrap().status().as_u16()
    };
    let until = async |expected: u16| {
        let deadline = Instant::now() + Duration::from_secs(30);
        while status().await != expected {
            assert!(Instant::now() < deadline, "{expected} does not come");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    assert_eq!(status().await, 200);
    std::fs::write(path, good.replace(r#"callers = ["me", "program"]"#, r#"callers = "program""#)).unwrap();
    until(403).await;
    // what cannot work is passed over: the next good one is taken after it, and the last good one stays until then
    std::fs::write(path, good.clone() + "\nspeed = 1\n").unwrap();
    broker.says("the broker goes on with the configuration it had");
    assert_eq!(status().await, 403);
    std::fs::write(path, &good).unwrap();
    until(200).await;
}

/// What the system says about the process (proc_pid_status(5), proc_pid_limits(5)).
#[test]
fn the_process_is_closed_to_other_programs_and_its_files_to_other_users() {
    let broker = Broker::start(&[]);
    let process = Path::new("/proc").join(broker.child.id().to_string());
    let read = |name: &str| std::fs::read_to_string(process.join(name)).unwrap();
    let line = |text: &str, name: &str| -> String {
        text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("no {name}")).trim().to_owned()
    };
    let (status, limits) = (read("status"), read("limits"));
    assert_eq!(line(&status, "Umask:"), "0077");
    let core: Vec<String> = line(&limits, "Max core file size").split_whitespace().map(str::to_owned).collect();
    assert_eq!(core[..2], ["0", "0"]);
    let files: Vec<String> = line(&limits, "Max open files").split_whitespace().map(str::to_owned).collect();
    assert_eq!(files[0], files[1], "as many as the system allows");

    let capabilities = u64::from_str_radix(&line(&status, "CapEff:"), 16).unwrap();
    let may_lock = capabilities & (1 << 14) != 0 || line(&limits, "Max locked memory").starts_with("unlimited");
    assert_eq!(line(&status, "VmLck:") != "0 kB", may_lock, "{status}");
    // the memory of a process that cannot be dumped belongs to root; a test that is root cannot tell the difference
    assert_eq!(std::fs::metadata(process.join("mem")).unwrap().uid(), 0);
}
