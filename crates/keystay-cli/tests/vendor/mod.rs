//! A vendor in a lab: a ready app, and a pipeline that does the vendor's operations with the real binary.

#![allow(dead_code, unreachable_pub, clippy::unwrap_used, reason = "support of several tests")]

use std::process::{Command, Output};

use keystay_lab::{FederatedCredential, Lab, LabOptions, NewOidcToken, OidcIssuer};

pub struct Vendor {
    pub lab: Lab,
    pub folder: tempfile::TempDir,
}

impl Vendor {
    pub async fn new() -> Self {
        let lab = Lab::start(LabOptions::new().with_ready_app(true)).await.unwrap();
        let operator = lab.seed().operator.unwrap();
        let trust = FederatedCredential::new("pipeline", OidcIssuer::Kubernetes.url(), "deploy");
        lab.directory().add_federated_credential(operator.client_id, trust).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let token = NewOidcToken::new(OidcIssuer::Kubernetes, "deploy");
        std::fs::write(folder.path().join("token"), lab.issue_oidc_token(&token).unwrap()).unwrap();
        Self { lab, folder }
    }

    /// A command about the app's certificate, in the name of the pipeline.
    pub fn keystay(&self, command_line: &[&str]) -> Command {
        let seed = self.lab.seed();
        let mut command = Command::new(env!("CARGO_BIN_EXE_keystay"));
        command
            .current_dir(self.folder.path())
            .envs(self.lab.environment())
            .args(command_line)
            .args(["--client-id", &seed.ready_app.unwrap().to_string()])
            .args(["--vault", &format!("https://{}", seed.vault_host), "--certificate", "harbor-signer"])
            .args(["--operator", "workload-identity"])
            .env("AZURE_TENANT_ID", seed.home.id.to_string())
            .env("AZURE_CLIENT_ID", seed.operator.unwrap().client_id.to_string())
            .env("AZURE_FEDERATED_TOKEN_FILE", self.folder.path().join("token"));
        command
    }
}

/// Runs it to its end, while the lab goes on answering.
pub async fn run(mut command: Command) -> Output {
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

pub fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
