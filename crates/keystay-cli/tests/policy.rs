//! `keystay policy`: the rules, explained and held to what is expected of them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![cfg(unix)]

mod running;

use std::{path::PathBuf, process::Output};

use serde_json::Value;

use self::running::{keystay, said};

const CONFIG: &str = r#"
[listen]
socket = "/tmp/keystay-never-started.sock"
[identities.graph]
client_id = "6a2f1c0e-0b6c-4d0e-9b34-51f3a5d7c0aa"
home_tenant = "1a2f1c0e-0b6c-4d0e-9b34-51f3a5d7c0aa"
key = { vault = "https://contoso.vault.azure.net", certificate = "signer" }
[callers.reports]
uid = "1001"
[callers.sync]
uid = "1002"
[[rules]]
callers = "reports"
identities = "graph"
tenants = ["customer.example", "other.example"]
scopes = "https://graph.microsoft.com/.default"
"#;

fn file(name: &str, text: &str) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

fn policy(config: &str, arguments: &[&str]) -> Output {
    keystay(&[&["policy"], arguments, &["--config", config]].concat()).output().unwrap()
}

fn explain(config: &str, caller: &str, tenant: &str, more: &[&str]) -> Output {
    let question = ["explain", "--caller", caller, "--identity", "graph", "--tenant", tenant];
    policy(config, &[&question[..], more].concat())
}

#[test]
fn an_answer_names_the_rule_that_allows_or_what_every_rule_lacks() {
    let config = file("explain.toml", CONFIG);
    let allowed = explain(&config, "reports", "customer.example", &[]);
    let (out, _) = said(&allowed);
    assert_eq!(allowed.status.code(), Some(0), "{out}");
    assert!(out.contains("allowed by rule 1") && out.contains("customer.example, other.example"), "{out}");

    let denied = explain(&config, "reports", "stranger.example", &[]);
    let (out, err) = said(&denied);
    assert_eq!(denied.status.code(), Some(1));
    assert!(out.contains("rule 1: `tenants` lacks `stranger.example`"), "{out}");
    // what is proposed is a rule that works, and is all that was missing
    let proposed = err.split_once("[[rules]]").unwrap().1;
    let repaired = file("repaired.toml", &format!("{CONFIG}\n[[rules]]{proposed}"));
    assert_eq!(explain(&repaired, "reports", "stranger.example", &[]).status.code(), Some(0));
    assert_eq!(explain(&repaired, "sync", "stranger.example", &[]).status.code(), Some(1));

    let denied = explain(&config, "sync", "customer.example", &["--json"]);
    let object: Value = serde_json::from_slice(&denied.stdout).unwrap();
    assert_eq!((&object["allowed"], object["reason"].as_str()), (&Value::Bool(false), Some("caller-not-allowed")));
    assert_eq!(object["would_allow"]["callers"], "sync");
}

#[test]
fn what_no_rule_can_allow_has_no_rule_proposed() {
    let config = file("forbidden.toml", CONFIG);
    let vault =
        explain(&config, "reports", "customer.example", &["--scope", "https://vault.azure.net/.default", "--json"]);
    let object: Value = serde_json::from_slice(&vault.stdout).unwrap();
    assert_eq!(object["reason"], "forbidden-vault");
    assert!(object.get("would_allow").is_none());
    let unknown = explain(&config, "stranger", "customer.example", &[]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(said(&unknown).1.contains("no `[callers.stranger]`"), "{}", said(&unknown).1);
}

#[test]
fn expectations_are_compared_with_the_rules() {
    let config = file("tested.toml", CONFIG);
    let met = file(
        "met.toml",
        "[[expect]]\ncaller = 'reports'\nidentity = 'graph'\ntenant = 'customer.example'\nallowed = true\n\
         [[expect]]\ncaller = 'sync'\nidentity = 'graph'\ntenant = 'customer.example'\nallowed = false\n",
    );
    let output = policy(&config, &["test", &met]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output).1);
    assert!(said(&output).1.contains("2 of 2"));

    let unmet = file(
        "unmet.json",
        r#"{"expect":[{"caller":"sync","identity":"graph","tenant":"customer.example","allowed":true},
                      {"caller":"reports","identity":"graph","tenant":"customer.example","allowed":false}]}"#,
    );
    let output = policy(&config, &["test", &unmet]);
    let (out, _) = said(&output);
    assert_eq!((output.status.code(), out.lines().count()), (Some(1), 2), "{out}");
    assert!(out.contains("expectation 1: allowed for `sync`") && out.contains("denied: no rule names this caller"));
    assert!(out.contains("allowed by rule 1"), "{out}");

    let wrong =
        file("wrong.toml", "[[expect]]\ncaller = 'nobody'\nidentity = 'graph'\ntenant = 'common'\nalowed = true\n");
    let output = policy(&config, &["test", &wrong]);
    let (_, err) = said(&output);
    assert_eq!(output.status.code(), Some(2));
    for expected in ["`expect[1].allowed` is missing", "`expect[1].alowed`", "stands for many tenants"] {
        assert!(err.contains(expected), "{expected} is missing in\n{err}");
    }
    let misspelt = wrong.replace("wrong", "misspelt");
    std::fs::write(
        &misspelt,
        "[[expect]]\ncaller = 'nobody'\nidentity = 'graph'\ntenant = 'a.example'\nallowed = false\n",
    )
    .unwrap();
    assert!(said(&policy(&config, &["test", &misspelt])).1.contains("no `[callers.nobody]`"));
}

#[test]
fn the_list_says_who_could_get_what() {
    let config = file("listed.toml", CONFIG);
    let output = policy(&config, &["list"]);
    let (out, _) = said(&output);
    assert!(out.contains("reports as graph  in customer.example, other.example"), "{out}");
    assert!(out.contains("sync gets nothing"), "{out}");
    let object: Value = serde_json::from_slice(&policy(&config, &["list", "--json"]).stdout).unwrap();
    assert_eq!((&object["may_have"][0]["rule"], &object["callers_without_a_rule"][0]), (&1.into(), &"sync".into()));
}
