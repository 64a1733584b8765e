//! The binary as its users meet it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::{
    io::Write,
    process::{Command, Output, Stdio},
};

fn keystay(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keystay"));
    command.args(arguments).current_dir(env!("CARGO_TARGET_TMPDIR"));
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("KEYSTAY_") || name.to_ascii_lowercase().ends_with("_proxy") {
            command.env_remove(name);
        }
    }
    command
}

fn run(arguments: &[&str]) -> Output {
    keystay(arguments).output().unwrap()
}

fn run_with_stdin(arguments: &[&str], stdin: &str) -> Output {
    let mut command = keystay(arguments);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(stdin.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn all_mistakes_of_a_configuration_are_listed_at_once() {
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("mistakes.toml");
    let text =
        "client_id = 'nope'\ncloud = 'mars'\nalgorithm = 'none'\nwrong = 1\n[key]\ncertificate = 'a b'\nother = 2\n";
    std::fs::write(&file, text).unwrap();
    let output = keystay(&["token", "--tenant", "customer.example", "--config", file.to_str().unwrap()])
        .env("KEYSTAY_REFUSE_EXPORTABLE", "perhaps")
        .env("KEYSTAY_VAULT_CREDENTIAL", "password")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(out(&output), "");
    let words = err(&output);
    for named in [
        "`client_id`",
        "`cloud`",
        "`algorithm`",
        "`wrong`",
        "`key.other`",
        "`key.vault`",
        "`refuse_exportable`",
        "`vault_credential`",
        "hint:",
    ] {
        assert!(words.contains(named), "{named} is missing in:\n{words}");
    }
}

#[test]
fn no_mistake_repeats_a_password() {
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("planted.toml");
    for text in [
        "[key]\npfx_password = \"planted-secret\n",
        "[key]\npfx_password = [\"planted-secret\"]\n",
        "[key]\npfx_password = \"planted-secret\"\nno_such_key = 1\n",
        "key = \"planted-secret\"\n",
        "pfx_password = \"planted-secret\"\n",
    ] {
        std::fs::write(&file, text).unwrap();
        let output = run(&["token", "--tenant", "customer.example", "--config", file.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(2));
        assert!(err(&output).contains("cause:") && !err(&output).contains("planted-secret"), "{}", err(&output));
    }
}

#[test]
fn a_flag_wins_over_a_variable() {
    let output = keystay(&["token", "--tenant", "customer.example", "--cloud", "venus"])
        .env("KEYSTAY_CLOUD", "mars")
        .output()
        .unwrap();
    assert!(err(&output).contains("venus") && !err(&output).contains("mars"), "{}", err(&output));
}

#[test]
fn two_sources_of_the_key_are_one_too_many() {
    let output = keystay(&["token", "--tenant", "customer.example", "--certificate", "one", "--pem-file", "two.pem"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("`key.certificate` and `key.pem_file`"), "{}", err(&output));
}

#[test]
fn a_shared_tenant_is_refused_on_the_command_line() {
    let output = run(&["token", "--tenant", "common"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("common"), "{}", err(&output));
}

const HEADER: &str = "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9";
const CLAIMS: &str = "eyJpc3MiOiJhcHAiLCJzdWIiOiJhcHAiLCJleHAiOjE3MDAwMDAwMDB9";
const SIGNATURE: &str = "cGxhbnRlZC1zaWduYXR1cmU";

#[test]
fn inspect_shows_everything_but_the_signature() {
    let token = format!("{HEADER}.{CLAIMS}.{SIGNATURE}");
    for output in [
        run(&["inspect", &token]),
        run_with_stdin(&["inspect"], &format!("Authorization: Bearer {token}\n")),
        run_with_stdin(&["inspect", "-", "--json"], &token),
    ] {
        assert_eq!(output.status.code(), Some(0), "{}", err(&output));
        let shown = out(&output) + &err(&output);
        assert!(shown.contains("client assertion") && shown.contains("RS256"), "{shown}");
        assert!(!shown.contains(SIGNATURE) && !shown.contains("planted-signature"), "{shown}");
    }
    let words = out(&run(&["inspect", &token]));
    assert!(words.contains("expired") && words.contains("2023-11-14 22:13 UTC"), "{words}");
}

#[test]
fn what_is_no_token_is_refused_without_repeating_it() {
    for wrong in ["planted", "planted.planted.planted", "planted.a.b.c.d"] {
        let output = run_with_stdin(&["inspect"], wrong);
        assert_eq!(output.status.code(), Some(2));
        assert!(!err(&output).contains("planted"), "{}", err(&output));
    }
}

#[test]
fn every_command_has_a_help_text() {
    let commands: [&[&str]; 12] = [
        &[],
        &["token"],
        &["graph"],
        &["inspect"],
        &["demo"],
        &["completion"],
        &["lab"],
        &["lab", "up"],
        &["lab", "exec"],
        &["lab", "clock"],
        &["lab", "clock", "advance"],
        &["lab", "clock", "set"],
    ];
    for command in commands {
        let output = run(&[command, &["--help"]].concat());
        assert_eq!(output.status.code(), Some(0), "{command:?}");
        assert!(out(&output).contains("Usage:"), "{command:?}");
    }
    assert!(out(&run(&["--help"])).contains("Exit codes:"));
    assert!(!out(&run(&["--help"])).contains("demo-story"));
}

#[test]
fn every_shell_gets_its_completion() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(out(&run(&["completion", shell])).contains("keystay"), "{shell}");
    }
}

#[test]
fn a_lab_is_on_this_computer_or_nowhere() {
    for (address, code) in
        [("https://login.microsoftonline.com", 2), ("http://192.0.2.1:80", 2), ("http://127.0.0.1:1", 1)]
    {
        let output = run(&["lab", "clock", "--lab", address]);
        assert_eq!(output.status.code(), Some(code), "{}", err(&output));
    }
    assert_eq!(run(&["lab", "clock"]).status.code(), Some(2));
}
