//! `keystay setup`, by the real binary, against a lab: planned, done, and a token by what it printed.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::{Command, Output};

use keystay_lab::{FederatedCredential, Lab, LabOptions, ManagedIdentity, NewOidcToken, OidcIssuer};
use serde_json::Value;

const VAULT: &str = "/subscriptions/5a17c0de-0000-4000-8000-00000000a001/resourceGroups/harbor/providers/Microsoft.KeyVault/vaults/harborvault";
const WORKSPACE: &str = "/subscriptions/5a17c0de-0000-4000-8000-00000000a001/resourceGroups/harbor/providers/Microsoft.OperationalInsights/workspaces/logs";

/// A lab, a pipeline that does the vendor's operations in it, and an identity that is to sign.
struct Scene {
    lab: Lab,
    signer: ManagedIdentity,
    folder: tempfile::TempDir,
}

impl Scene {
    async fn new() -> Self {
        let lab = Lab::start(LabOptions::new().with_ready_app(true)).await.unwrap();
        let operator = lab.seed().operator.unwrap();
        let trust = FederatedCredential::new("pipeline", OidcIssuer::Kubernetes.url(), "deploy");
        lab.directory().add_federated_credential(operator.client_id, trust).unwrap();
        let signer = lab.directory().create_managed_identity("reports");
        let folder = tempfile::tempdir().unwrap();
        let token = NewOidcToken::new(OidcIssuer::Kubernetes, "deploy");
        std::fs::write(folder.path().join("token"), lab.issue_oidc_token(&token).unwrap()).unwrap();
        Self { lab, signer, folder }
    }

    async fn setup(&self, arguments: &[&str]) -> Output {
        let mut command = self.keystay("setup");
        let seed = self.lab.seed();
        command
            .args(["--vault-id", VAULT, "--certificate", "reports-signer", "--app-name", "Harbor Reports"])
            .args(["--signer", &self.signer.object_id.to_string(), "--workspace", WORKSPACE])
            .args(["--permission", "User.Read.All", "--operator", "workload-identity"])
            .args(arguments)
            .env("AZURE_TENANT_ID", seed.home.id.to_string())
            .env("AZURE_CLIENT_ID", seed.operator.unwrap().client_id.to_string())
            .env("AZURE_FEDERATED_TOKEN_FILE", self.folder.path().join("token"));
        run(command).await
    }

    fn keystay(&self, subcommand: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_keystay"));
        command.current_dir(self.folder.path()).envs(self.lab.environment()).arg(subcommand);
        command
    }
}

async fn run(mut command: Command) -> Output {
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_tells_what_it_would_do_does_it_when_told_to_and_prints_settings_that_work() {
    let scene = Scene::new().await;
    let told = scene.setup(&[]).await;
    assert!(told.status.success(), "{}", err(&told));
    for words in ["nothing yet", "create certificate `reports-signer`", "register app", "make role `Key Signer`"] {
        assert!(out(&told).contains(words), "{words}: {}", out(&told));
    }
    assert!(err(&told).contains("add --yes"), "{}", err(&told));
    let vault = scene.lab.seed().vault_host.clone();
    assert!(scene.lab.vaults().newest_version(&vault, "reports-signer").is_err(), "a plan made something");

    let done = scene.setup(&["--yes"]).await;
    assert!(done.status.success(), "{}", err(&done));
    let settings = out(&done);
    assert!(settings.contains(&format!("vault_credential = \"managed-identity:{}\"", scene.signer.client_id)));
    std::fs::write(scene.folder.path().join("keystay.toml"), &settings).unwrap();

    let again = scene.setup(&["--yes", "--json"]).await;
    assert!(again.status.success(), "{}", err(&again));
    let again: Value = serde_json::from_slice(&again.stdout).unwrap();
    assert_eq!(again["done"], Value::Array(Vec::new()));
    let app = again["settings"]["KEYSTAY_CLIENT_ID"].as_str().unwrap();
    assert!(settings.contains(app), "{settings}");

    // a customer consents, and the host gets a token with nothing but the settings
    let customer = scene.lab.seed().juniper.id;
    scene.lab.directory().consent(app.parse().unwrap(), customer).unwrap();
    let mut token = scene.keystay("token");
    token.args(["--tenant", &customer.to_string(), "--output", "json"]);
    let token = run(token).await;
    assert!(token.status.success(), "{}", err(&token));
    let token: Value = serde_json::from_slice(&token.stdout).unwrap();
    assert_eq!(token["tenant"], customer.to_string());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_in_the_way_is_named_and_left() {
    let scene = Scene::new().await;
    let vault = scene.lab.seed().vault_host.clone();
    scene.lab.vaults().create_certificate(&vault, "reports-signer", true).unwrap();
    let before = scene.lab.vaults().newest_version(&vault, "reports-signer").unwrap();
    for arguments in [&[][..], &["--yes"]] {
        let refused = scene.setup(arguments).await;
        assert_eq!(refused.status.code(), Some(2), "{}", err(&refused));
        for words in ["in the way", "certificate `reports-signer`", "exportable", "--certificate"] {
            assert!(err(&refused).contains(words), "{words}: {}", err(&refused));
        }
    }
    assert_eq!(scene.lab.vaults().newest_version(&vault, "reports-signer").unwrap(), before);
}

/// There is no lab here: whoever asked anybody would fail.
#[test]
fn a_setup_is_printed_without_network_and_credential() {
    let print = |form: &str, name: &str, more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_keystay"));
        command
            .env_clear()
            .args(["setup", "--vault-id", VAULT, "--certificate", "reports-signer", "--app-name", name])
            .args(["--signer", "51670000-0000-4000-8000-000000000001", "--print", form])
            .args(more);
        command.output().unwrap()
    };
    for (form, word) in [("az", "#!/bin/sh"), ("bicep", "extension 'br:"), ("terraform", "required_providers")] {
        let output = print(form, "Harbor Reports", &[]);
        assert!(output.status.success(), "{form}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(out(&output).contains(word), "{form}: {}", out(&output));
        assert!(out(&output).contains("Harbor Reports") && output.stderr.is_empty(), "{form}");
    }
    assert_eq!(print("pulumi", "Harbor Reports", &[]).status.code(), Some(2));
    assert_eq!(print("az", "Harbor Reports", &["--yes"]).status.code(), Some(2));
    let hidden = print("az", "Harbor\u{202e}", &[]);
    assert_eq!(hidden.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&hidden.stderr).contains("display name of the app"));
}
