//! The commands over a running lab, each as a person or a script uses it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![cfg(unix)]

mod running;

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

use serde_json::{Value, json};

use self::running::{Up, keystay, said};

const USERS: &str = "https://graph.microsoft.com/v1.0/users";

impl Up {
    /// A command about this lab; its output, after checking that it worked.
    fn lab(&self, arguments: &[&str]) -> String {
        let output = self.try_lab(arguments);
        assert_eq!(output.0, Some(0), "{arguments:?}: {}", output.2);
        output.1
    }

    /// Exit code, output and words of a command about this lab.
    fn try_lab(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        let output = keystay(&[&["lab"], arguments, &["--state-file", self.file()]].concat()).output().unwrap();
        let (out, err) = said(&output);
        (output.status.code(), out, err)
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let text = self.lab(&[arguments, &["--json"]].concat());
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{arguments:?}: {error} in {text}"))
    }

    /// The status of a request that curl makes in the lab.
    fn curl(&self, url: &str) -> String {
        let arguments = ["lab", "exec", "--state-file", self.file(), "--", "curl", "-s", "-o", "/dev/null", "-w"];
        let output = keystay(&[&arguments[..], &["%{http_code}", url]].concat()).output().unwrap();
        said(&output).0
    }
}

#[test]
fn status_says_what_is_there_and_what_happened() {
    let up = Up::start("status.json", &[]);
    up.curl(USERS);
    let words = up.lab(&["status"]);
    for word in
        ["harbor.onmicrosoft.com", "juniper.onmicrosoft.com", "Harbor Insights", "harborvault", "graph_users: 1"]
    {
        assert!(words.contains(word), "{word} is missing in:\n{words}");
    }
    let whole = up.json(&["status"]);
    assert_eq!(whole["requests"]["graph_users"], 1);
    assert_eq!(whole["vaults"][0]["host"], "harborvault.vault.azure.net");
    let state = up.state();
    let output = keystay(&["lab", "status"]).env("KEYSTAY_LAB", state["address"].as_str().unwrap()).output();
    assert!(said(&output.unwrap()).0.contains("harborvault"), "named by the environment");
}

#[test]
fn faults_are_added_listed_and_removed() {
    let up = Up::start("faults.json", &[]);
    let added = up.json(&["faults", "add", "--host", "graph.microsoft.com", "--status", "418", "--times", "2"]);
    assert_eq!(up.curl(USERS), "418");
    let words = up.lab(&["faults"]);
    assert!(words.contains("answer 418  *graph.microsoft.com  (1 hits, 1 left)"), "{words}");
    up.lab(&["faults", "remove", &added["id"].to_string()]);
    assert_eq!(up.curl(USERS), "401");
    up.lab(&["faults", "add", "--delay", "1ms", "--probability", "0.5"]);
    up.lab(&["faults", "add", "--aadsts", "90033", "--path", "/token"]);
    let listed = up.lab(&["faults", "list", "--json"]);
    let actions: Vec<Value> =
        listed.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["action"].clone()).collect();
    assert_eq!(
        actions,
        [json!({ "delay": { "millis": 1 } }), json!({ "aadsts": { "code": 90033, "retry_after_seconds": null } })]
    );
    up.lab(&["faults", "clear"]);
    assert_eq!(up.lab(&["faults", "--json"]), "");

    let (code, _, words) = up.try_lab(&["faults", "remove", "4711"]);
    assert!(code == Some(1) && words.contains("hint:"), "{words}");
    for wrong in
        [&["faults", "add"][..], &["faults", "add", "--reset", "--truncate"], &["faults", "add", "--body", "x"]]
    {
        assert_eq!(up.try_lab(wrong).0, Some(2), "{wrong:?}");
    }
}

#[test]
fn the_journal_is_filtered_counted_and_cleared() {
    let up = Up::start("journal.json", &[]);
    up.curl(USERS);
    up.curl("https://management.azure.com/subscriptions?api-version=2022-12-01");
    let words = up.lab(&["journal", "--host", "graph.microsoft.com"]);
    assert!(words.ends_with("401  GET    graph.microsoft.com/v1.0/users\n") && words.lines().count() == 1, "{words}");
    assert_eq!(up.json(&["journal", "--kind", "graph_users"])["status"], 401);
    assert_eq!(up.lab(&["journal", "--since", "1"]).lines().count(), 1);
    assert_eq!(up.lab(&["journal", "--limit", "1"]).lines().count(), 1);
    assert!(up.lab(&["journal", "counts"]).contains("       1  graph_users\n"));
    up.lab(&["journal", "clear"]);
    assert_eq!(up.lab(&["journal"]), "");
    assert_eq!(up.try_lab(&["journal", "--kind", "nonsense"]).0, Some(2));
}

#[test]
fn a_follower_sees_requests_as_they_are_made_and_ends_with_the_lab() {
    let up = Up::start("follow.json", &[]);
    let address = up.state()["address"].as_str().unwrap().to_owned();
    let mut follower =
        keystay(&["lab", "journal", "--follow", "--lab", &address]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(follower.stdout.take().unwrap()).lines();
    up.curl(USERS);
    assert!(lines.next().unwrap().unwrap().ends_with("graph.microsoft.com/v1.0/users"));
    up.curl("https://graph.microsoft.com/v1.0/second");
    assert!(lines.next().unwrap().unwrap().ends_with("/v1.0/second"));
    drop(up);
    assert!(lines.next().is_none());
    assert_eq!(follower.wait().unwrap().code(), Some(1), "the lab is gone");
}

#[test]
fn latency_is_set_and_shown() {
    let up = Up::start("latency.json", &[]);
    let set = up.json(&["latency", "set", "--sign", "40ms", "--token", "1s"]);
    assert_eq!(set, json!({ "sign_millis": 40, "token_millis": 1000, "other_millis": 0 }));
    assert!(up.lab(&["latency"]).contains("token  1000 ms"));
    assert_eq!(up.try_lab(&["latency", "set", "--sign", "soon"]).0, Some(2));
}

#[test]
fn limits_are_set_and_switched_off() {
    let up = Up::start("throttling.json", &[]);
    let limits = up.json(&["throttling", "set", "--key-operations", "5", "--retry-after", "true"]);
    assert_eq!((&limits["key_operations"], &limits["retry_after"]), (&json!(5), &json!(true)));
    assert_eq!(limits["secret_operations"], 4000, "what is left out stays");
    up.lab(&["throttling", "off"]);
    let shown = up.json(&["throttling"]);
    assert_eq!((&shown["enabled"], &shown["key_operations"]), (&json!(false), &json!(5)));
}

#[test]
fn the_audit_log_is_shown_as_words_and_as_the_service_writes_it() {
    let up = Up::start("audit.json", &[]);
    up.curl("https://harborvault.vault.azure.net/keys?api-version=7.4");
    let words = up.lab(&["audit"]);
    assert!(words.contains("  401  Authentication       https://harborvault.vault.azure.net/keys"), "{words}");
    let record = up.json(&["audit", "--vault", "harborvault.vault.azure.net", "--limit", "1"]);
    assert_eq!(record["category"], "AuditEvent");
    up.lab(&["audit", "clear"]);
    assert_eq!(up.lab(&["audit"]), "");
    assert_eq!(up.lab(&["audit", "--vault", "harborvault.vault.azure.net"]), "");
}

#[test]
fn what_cannot_be_is_said_instead_of_passed_over() {
    let up = Up::start("wrong.json", &[]);
    let (status, _, words) = up.try_lab(&["faults", "add", "--status", "999"]);
    assert!(status == Some(2) && words.contains("999"), "{words}");
    let (status, _, words) = up.try_lab(&["journal", "--kind", "nope"]);
    assert!(status == Some(2) && words.contains("certificate_get"), "it lists the kinds: {words}");
    let (status, _, words) = up.try_lab(&["audit", "--vault", "nope"]);
    assert!(status == Some(1) && words.contains("no vault at nope"), "{words}");
    assert_eq!(up.lab(&["faults"]), "");
}

#[test]
fn a_world_is_saved_brought_back_and_started_from() {
    let up = Up::start("state.json", &["--seed", "7"]);
    let world = up.file().replace("state.json", "world.json");
    up.lab(&["state", "export", &world]);
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&world).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600, "it holds private keys");
    let again = Up::start("again.json", &["--state", &world]);
    let keys = |up: &Up| up.json(&["status"])["apps"][0]["certificates"].clone();
    assert_eq!(keys(&again), keys(&up));
    up.lab(&["state", "import", &world]);
    assert_eq!(up.try_lab(&["state", "import", up.file()]).0, Some(1), "not a world");
    let wrong = keystay(&["lab", "up", "--state", up.file()]).output().unwrap();
    assert_eq!(wrong.status.code(), Some(2), "{}", said(&wrong).1);
    let seeded = Up::start("seeded.json", &["--seed", "7"]);
    let ids = |up: &Up| up.json(&["status"])["vaults"][0]["certificates"][0]["newest"].clone();
    assert_eq!(ids(&seeded), ids(&up), "the seed makes the same ids");
}

#[test]
fn env_is_read_by_shells() {
    let up = Up::start("env.json", &[]);
    let address = up.state()["address"].as_str().unwrap().to_owned();
    let script =
        format!("eval \"$({} lab env --state-file {})\"; echo $KEYSTAY_LAB", env!("CARGO_BIN_EXE_keystay"), up.file());
    let output = Command::new("sh").args(["-c", &script]).env_remove("KEYSTAY_LAB").output().unwrap();
    assert_eq!(said(&output).0.trim(), address);
    for (shell, line) in [
        ("fish", format!("set -gx KEYSTAY_LAB '{address}'")),
        ("powershell", format!("$env:KEYSTAY_LAB = '{address}'")),
        ("dotenv", format!("KEYSTAY_LAB=\"{address}\"")),
    ] {
        let words = up.lab(&["env", "--shell", shell]);
        assert!(words.lines().any(|one| one == line), "{line} is missing in:\n{words}");
    }
    let inside = ["lab", "exec", "--", env!("CARGO_BIN_EXE_keystay"), "lab", "env"];
    assert!(said(&keystay(&inside).output().unwrap()).0.contains("export IDENTITY_HEADER="));
    assert_eq!(keystay(&["lab", "env"]).output().unwrap().status.code(), Some(2), "which lab?");
}

#[test]
fn exec_gives_the_variables_of_the_host_it_was_told_and_of_no_other() {
    let variables = |kind: &str| {
        let arguments = ["lab", "exec", "--managed-identity", kind, "--", "env"];
        let output = keystay(&arguments).env("MSI_ENDPOINT", "http://old.example").output().unwrap();
        said(&output).0
    };
    let cloud_shell = variables("cloud-shell");
    assert!(cloud_shell.contains("MSI_ENDPOINT=http://127.0.0.1:") && !cloud_shell.contains("IDENTITY_ENDPOINT="));
    let app_service = variables("app-service");
    assert!(app_service.contains("IDENTITY_ENDPOINT=") && !app_service.contains("MSI_ENDPOINT="));
    assert!(variables("imds").contains("AZURE_POD_IDENTITY_AUTHORITY_HOST="));
    let up = Up::start("host.json", &[]);
    let joined = ["lab", "exec", "--state-file", up.file(), "--managed-identity", "imds", "--", "env"];
    let joined = said(&keystay(&joined).output().unwrap()).0;
    assert!(joined.contains("AZURE_POD_IDENTITY_AUTHORITY_HOST=") && !joined.contains("IDENTITY_ENDPOINT="));
    assert_eq!(
        keystay(&["lab", "exec", "--managed-identity", "laptop", "--", "env"]).output().unwrap().status.code(),
        Some(2)
    );
}

#[test]
fn nobody_is_asked_when_no_lab_or_a_wrong_one_is_named() {
    for command in ["status", "clock", "journal", "faults", "latency"] {
        let output = keystay(&["lab", command]).output().unwrap();
        let words = said(&output).1;
        assert!(output.status.code() == Some(2) && words.contains("KEYSTAY_LAB"), "{command}: {words}");
        let elsewhere = keystay(&["lab", command, "--lab", "http://example.com:80"]).output().unwrap();
        assert_eq!(elsewhere.status.code(), Some(2), "{command}");
    }
    let silent = keystay(&["lab", "status", "--lab", "http://127.0.0.1:9"]).output().unwrap();
    assert_eq!(silent.status.code(), Some(1));
    let scripts = said(&keystay(&["completion", "bash"]).output().unwrap()).0;
    for word in ["status", "journal", "faults", "latency", "throttling", "audit", "state", "env"] {
        assert!(
            scripts.contains(&format!("keystay__subcmd__lab__subcmd__{word}"))
                || scripts.contains(&format!("keystay__lab__{word}")),
            "{word}"
        );
    }
}
