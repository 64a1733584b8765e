//! The commands that need a lab, with a real one.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![cfg(unix)]

mod running;

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::Value;

use self::running::{Up, keystay, said};

const KEYSTAY: &str = env!("CARGO_BIN_EXE_keystay");
const JUNIPER: &str = "juniper.onmicrosoft.com";

fn in_lab(arguments: &[&str]) -> Output {
    keystay(&[&["lab", "exec", "--"], arguments].concat()).output().unwrap()
}

/// In a lab with the ready app, whose client id the seed fixes.
fn as_ready_app(command: &[&str], certificate: &str, more: &[&str]) -> Output {
    let settings = [
        "--client-id",
        "4a8b0000-0000-4000-8000-00000000a002",
        "--vault",
        "https://harborvault.vault.azure.net",
        "--certificate",
        certificate,
        "--vault-credential",
        "managed-identity",
    ];
    in_lab(&[&[KEYSTAY], command, &settings[..], more].concat())
}

fn out(output: &Output) -> String {
    said(output).0
}

fn err(output: &Output) -> String {
    said(output).1
}

#[test]
fn a_lab_with_no_place_for_its_ca_says_where_to_look_for_one() {
    let output = keystay(&["lab", "exec", "--", "true"]).env("TMPDIR", "/proc/no-folder").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = err(&output);
    assert!(text.contains("/proc/no-folder") && text.contains("set TMPDIR") && !text.contains("--port"), "{text}");
}

#[test]
fn the_demo_measures_what_the_theory_says() {
    let output = keystay(&["demo", "--json"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let story: Value = serde_json::from_str(&out(&output)).unwrap();
    assert_eq!(story["scenes"].as_array().unwrap().len(), 8);
    let seconds = |name: &str| story["exposure_seconds"][name].as_u64().unwrap();
    // 12 months, the last token, and the minutes by which clocks may differ
    let year = 365 * 86_400..=366 * 86_400 + 5_400 + 600;
    assert!(year.contains(&seconds("stolen_certificate")), "{}", seconds("stolen_certificate"));
    assert!(year.contains(&seconds("premade_assertion")), "{}", seconds("premade_assertion"));
    assert!((3_600..=5_400).contains(&seconds("stolen_token")), "{}", seconds("stolen_token"));
    let cut = seconds("premade_assertion_after_cut");
    assert!((3_600..=5_400).contains(&cut), "{cut}");
    let brokered = seconds("brokered_token");
    assert!((3_600..=5_400).contains(&brokered), "{brokered}");
    // near an end the demo tries every 15 seconds
    for (name, measured) in story["exposure_seconds"].as_object().unwrap() {
        let (measured, modelled) = (measured.as_u64().unwrap(), story["modelled_seconds"][name].as_u64().unwrap());
        assert!(measured.abs_diff(modelled) <= 60, "{name}: measured {measured} s, modelled {modelled} s");
    }
    the_doctor_foretold_what_the_fixes_do(&story["doctor"]);
}

fn the_doctor_foretold_what_the_fixes_do(doctor: &Value) {
    let seconds = |visit: &str, name: &str| doctor[visit][name]["seconds"].as_u64().unwrap();
    // the client secret lives for two years, and a token taken with it a little longer
    let two_years = 730 * 86_400;
    assert!((two_years..=two_years + 86_400).contains(&seconds("before", "now")), "{doctor}");
    assert!((5_400..=6_600).contains(&seconds("before", "after_cut")), "{doctor}");
    assert_eq!(seconds("after", "now"), seconds("before", "with_fixes"), "{doctor}");
    assert_eq!(seconds("after", "now"), 5_400, "{doctor}");
    let found = |visit: &str, check: &str| doctor[visit]["faults"].as_array().unwrap().iter().any(|one| one == check);
    for repaired in ["KS001", "KS002", "KS004", "KS006", "KS009", "KS012", "KS013", "KS033"] {
        assert!(found("before", repaired) && !found("after", repaired), "{repaired}: {doctor}");
    }
    // nobody repaired the vault's network
    assert!(found("before", "KS017") && found("after", "KS017"), "{doctor}");
}

#[test]
fn the_demo_is_a_story_in_words() {
    let output = keystay(&["demo"]).output().unwrap();
    let words = out(&output);
    for heard in [
        "HTTP 403",
        "AADSTS700016",
        "Amara Okafor",
        "no private key",
        "the cut",
        "forbidden-vault",
        "forbidden-graph-at-home",
        "Level 2 alone does not bound a theft",
        "- KS002: the client secret is removed",
        "a theft with all fixes made",
    ] {
        assert!(words.contains(heard), "{heard} is missing in:\n{words}");
    }
    assert!(!words.contains("eyJ"), "a token is in:\n{words}");
}

#[test]
fn lab_exec_passes_the_exit_code_and_the_variables() {
    assert_eq!(in_lab(&["sh", "-c", "exit 37"]).status.code(), Some(37));
    assert_eq!(in_lab(&["sh", "-c", "kill -TERM $$"]).status.code(), Some(143));
    assert_eq!(in_lab(&["no-such-program-anywhere"]).status.code(), Some(2));
    let variables = out(&in_lab(&["env"]));
    for name in [
        "HTTPS_PROXY=http://127.0.0.1:",
        "SSL_CERT_FILE=/",
        "REQUESTS_CA_BUNDLE=/",
        "NODE_EXTRA_CA_CERTS=/",
        "CURL_CA_BUNDLE=/",
        "IDENTITY_ENDPOINT=http://127.0.0.1:",
        "KEYSTAY_LAB=http://127.0.0.1:",
    ] {
        assert!(variables.contains(name), "{name} is missing in:\n{variables}");
    }
}

#[test]
fn a_token_is_printed_in_every_shape() {
    let token = |shape: &str| {
        let output =
            as_ready_app(&["token", "--tenant", JUNIPER, "--output", shape], "harbor-signer", &["--refuse-exportable"]);
        assert_eq!(output.status.code(), Some(0), "{}", err(&output));
        out(&output)
    };
    assert!(token("text").starts_with("eyJ"));
    assert!(token("header").starts_with("Authorization: Bearer eyJ"));
    assert!(token("env").starts_with("export ACCESS_TOKEN='eyJ"));
    let object: Value = serde_json::from_str(&token("json")).unwrap();
    assert_eq!(object["tenant"], JUNIPER);
}

#[test]
fn graph_answers_with_the_people_of_the_tenant() {
    let output =
        as_ready_app(&["graph", "/users?$top=2&$select=displayName", "--tenant", JUNIPER], "harbor-signer", &[]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert!(out(&output).contains("Amara Okafor"));
    let refused = as_ready_app(&["graph", "/applications", "--tenant", JUNIPER], "harbor-signer", &[]);
    assert_eq!(refused.status.code(), Some(3), "{}", err(&refused));
    assert!(err(&refused).contains("cause:") && err(&refused).contains("hint:"), "{}", err(&refused));
}

#[test]
fn exit_codes_say_who_must_act() {
    let exportable = as_ready_app(&["token", "--tenant", JUNIPER], "harbor-export", &["--refuse-exportable"]);
    assert_eq!(exportable.status.code(), Some(2), "{}", err(&exportable));
    let missing = as_ready_app(&["token", "--tenant", JUNIPER], "no-such-certificate", &[]);
    assert_eq!(missing.status.code(), Some(1), "{}", err(&missing));
    let other_app = as_ready_app(
        &["token", "--tenant", JUNIPER],
        "harbor-signer",
        &["--client-id", "4a8b0000-0000-4000-8000-00000000ffff"],
    );
    assert_eq!(other_app.status.code(), Some(2), "a flag given twice: {}", err(&other_app));
    let nowhere = as_ready_app(&["token", "--tenant", "nowhere.example"], "harbor-signer", &[]);
    assert_eq!(nowhere.status.code(), Some(1), "{}", err(&nowhere));
    let home = in_lab(&[
        KEYSTAY,
        "token",
        "--tenant",
        JUNIPER,
        "--client-id",
        "4a8b0000-0000-4000-8000-00000000ffff",
        "--vault",
        "https://harborvault.vault.azure.net",
        "--certificate",
        "harbor-signer",
        "--vault-credential",
        "managed-identity",
    ]);
    assert_eq!(home.status.code(), Some(3), "not consented: {}", err(&home));
}

#[test]
fn a_running_lab_can_be_joined_and_its_clock_moved() {
    let mut up = Up::start("up.json", &[]);
    let state = up.state();
    let address = state["address"].as_str().unwrap();
    let file = up.file();
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(up.file()).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    let joined =
        keystay(&["lab", "exec", "--state-file", file, "--", "sh", "-c", "echo $KEYSTAY_LAB"]).output().unwrap();
    assert_eq!(out(&joined).trim(), address);

    let set = keystay(&["lab", "clock", "--lab", address, "set", "2031-01-01T00:30:30Z"]).output().unwrap();
    assert!(out(&set).starts_with("2031-01-01T00:30:"), "{}{}", out(&set), err(&set));
    let advanced = keystay(&["lab", "clock", "advance", "1h"]).env("KEYSTAY_LAB", address).output().unwrap();
    assert!(out(&advanced).starts_with("2031-01-01T01:30:"), "{}{}", out(&advanced), err(&advanced));
    let wrong = keystay(&["lab", "clock", "--lab", address, "set", "tomorrow"]).output().unwrap();
    assert_eq!(wrong.status.code(), Some(1));

    let pid = up.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    assert!(up.child.wait().unwrap().success(), "a lab that is told to end ends well");
    assert!(!Path::new(up.file()).exists(), "the state file goes with the lab");
}

#[test]
fn a_key_in_a_file_is_warned_about_and_must_be_registered() {
    let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap();
    let certificate =
        rcgen::CertificateParams::new(vec!["insecure.example".to_owned()]).unwrap().self_signed(&pair).unwrap();
    let private = pair.serialize_pem();
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("insecure.pem");
    std::fs::write(&file, certificate.pem() + &private).unwrap();
    let output = in_lab(&[
        KEYSTAY,
        "token",
        "--tenant",
        JUNIPER,
        "--client-id",
        "4a8b0000-0000-4000-8000-00000000a002",
        "--pem-file",
        file.to_str().unwrap(),
    ]);
    let words = err(&output);
    assert_eq!(output.status.code(), Some(1), "{words}");
    assert!(words.contains("warning:") && words.contains("AADSTS700027"), "{words}");
    assert!(!private.lines().nth(1).is_some_and(|line| words.contains(line)), "{words}");
}
