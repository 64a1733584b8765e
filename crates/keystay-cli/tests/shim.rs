//! The launchers, asked as SDKs ask `az` and `azd`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![cfg(unix)]

mod running;

use std::{
    path::PathBuf,
    process::{Command, Output},
};

use serde_json::Value;

use self::running::{Broker, keystay, said};

const JUNIPER: &str = "juniper.onmicrosoft.com";

struct Shims {
    broker: Broker,
    folder: PathBuf,
}

impl Shims {
    fn install(name: &str) -> Self {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        let output = keystay(&["shim", "install", folder.to_str().unwrap()]).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", said(&output).1);
        Self { broker: Broker::start(&[]), folder }
    }

    /// A line of a shell, as SDKs run these programs.
    fn shell(&self, line: &str, environment: &[(&str, &str)]) -> Output {
        let path = format!("{}:{}", self.folder.display(), std::env::var("PATH").unwrap());
        let mut command = Command::new("/bin/sh");
        command.args(["-c", line]).env("PATH", path).env("KEYSTAY_SOCKET", self.broker.socket());
        for name in ["KEYSTAY_IDENTITY", "KEYSTAY_TENANT"] {
            command.env_remove(name);
        }
        command.envs(environment.iter().copied()).output().unwrap()
    }
}

fn object(output: &Output) -> Value {
    assert_eq!(output.status.code(), Some(0), "{}", said(output).1);
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn sdks_get_tokens_as_from_the_azure_clis() {
    let shims = Shims::install("shims");
    // Python and JavaScript, Rust, and the developer CLI
    let by_resource =
        format!("az account get-access-token --output json --resource https://graph.microsoft.com --tenant {JUNIPER}");
    let by_scope = format!(
        "cd /bin && az account get-access-token -o json --scope https://graph.microsoft.com/.default --tenant {JUNIPER}"
    );
    let developer = format!(
        "azd auth token --output json --no-prompt --scope https://graph.microsoft.com/.default --tenant-id {JUNIPER}"
    );
    let (one, two, three) = (
        object(&shims.shell(&by_resource, &[])),
        object(&shims.shell(&by_scope, &[])),
        object(&shims.shell(&developer, &[])),
    );
    assert_eq!(one["accessToken"], two["accessToken"]);
    assert_eq!(one["accessToken"], three["token"]);
    assert!(one["expires_on"].is_i64() && one["tokenType"] == "Bearer", "{one}");

    let utc = object(&shims.shell(&by_resource, &[("TZ", "UTC")]));
    let local = utc["expiresOn"].as_str().unwrap().strip_suffix(".000000").unwrap();
    assert_eq!(three["expiresOn"], local.replace(' ', "T") + "Z");

    let plain = shims.shell(&format!("{by_resource} --query accessToken -o tsv").replace("--output json ", ""), &[]);
    assert_eq!(said(&plain).0.trim_end(), one["accessToken"].as_str().unwrap());
}

#[test]
fn tenant_and_identity_come_from_the_environment_where_the_program_names_none() {
    let shims = Shims::install("shims-environment");
    let line = "az account get-access-token --output json --resource https://graph.microsoft.com";
    let nowhere = shims.shell(line, &[]);
    assert_eq!(nowhere.status.code(), Some(2));
    assert!(said(&nowhere).1.contains("KEYSTAY_TENANT"), "{}", said(&nowhere).1);
    assert_eq!(object(&shims.shell(line, &[("KEYSTAY_TENANT", JUNIPER)]))["tenant"], JUNIPER);
    let other = shims.shell(line, &[("KEYSTAY_TENANT", JUNIPER), ("KEYSTAY_IDENTITY", "mail")]);
    assert_eq!(other.status.code(), Some(1));
    assert!(said(&other).1.contains("no rule gives this caller this identity"), "{}", said(&other).1);
}

#[test]
fn what_they_do_not_know_is_said_and_what_is_somebody_elses_is_left_alone() {
    let shims = Shims::install("shims-strange");
    let login = shims.shell("az login", &[]);
    assert_eq!(login.status.code(), Some(2));
    assert!(said(&login).1.contains("this `az` is keystay's"), "{}", said(&login).1);

    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("foreign");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("az"), "#!/bin/sh\necho the real one\n").unwrap();
    let output = keystay(&["shim", "install", folder.to_str().unwrap()]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(std::fs::read_to_string(folder.join("az")).unwrap(), "#!/bin/sh\necho the real one\n");
}
