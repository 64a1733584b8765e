//! Every way azure_identity has to be somebody without a person at the keyboard.

use std::sync::Arc;

use azure_core::{
    credentials::{SecretBytes, TokenCredential},
    http::Method,
};
use azure_identity::{
    ClientAssertionCredential, ClientCertificateCredential, ClientCertificateCredentialOptions, ClientSecretCredential,
    ManagedIdentityCredential, ManagedIdentityCredentialOptions, UserAssignedId, WorkloadIdentityCredential,
    WorkloadIdentityCredentialOptions,
};
use azure_security_keyvault_certificates::CertificateClient;
use azure_security_keyvault_keys::KeyClient;
use serde_json::json;

use crate::{
    assertion::{self, Claims, Ready, SignedByVault, SignedHere},
    files::{downloaded, downloaded_pfx},
    lab::{GRAPH, Result, VAULT_SCOPE, app, control, fresh, home, juniper, seeded, vault},
    report::{Outcome, Report, Unsupported},
};

pub async fn run(report: &mut Report) {
    let area = "credentials";
    report.case(area, "client secret", client_secret()).await;
    report.case(area, "certificate in a PEM file", none("ClientCertificateCredential reads PFX only")).await;
    report.case(area, "certificate in a PFX", certificate_pfx("")).await;
    report.case(area, "certificate in a PFX with a password", certificate_pfx("correct horse")).await;
    report.case(area, "assertion signed by the program", assertion_own_key()).await;
    let name = "assertion signed by the vault, with a key that never leaves it";
    report.case(area, name, assertion_vault_key()).await;
    report.case(area, "managed identity, App Service", managed_identity()).await;
    report.case(area, "managed identity, user-assigned, by its client id", managed_identity_by_id()).await;
    report.case(area, "managed identity that is not assigned is refused", managed_identity_unknown()).await;
    report.case(area, "workload identity, token in a file", workload_identity()).await;
    report.case(area, "token of GitHub Actions as the assertion", build_service()).await;
    for name in [
        "default credential finds the workload identity",
        "environment with a secret",
        "environment with a certificate file",
        "default credential finds the environment",
        "default credential finds the managed identity",
    ] {
        report
            .case(area, name, none("azure_identity has no EnvironmentCredential and no DefaultAzureCredential"))
            .await;
    }
}

async fn none(why: &'static str) -> Outcome {
    Err(Unsupported(why).into())
}

async fn token_of(credential: Arc<dyn TokenCredential>, scope: &str) -> Result<String> {
    let token = credential.get_token(&[scope], None).await?.token.secret().to_owned();
    assert_eq!(token.split('.').count(), 3, "a JWT");
    Ok(token)
}

async fn client_secret() -> Outcome {
    let (client, secret) = (seeded("/operator/client_id").await, seeded("/operator/client_secret").await);
    token_of(ClientSecretCredential::new(&home().await, client, secret.into(), None)?, VAULT_SCOPE).await?;
    Ok(())
}

async fn certificate_pfx(password: &'static str) -> Outcome {
    let pfx = if password.is_empty() { downloaded_pfx().await? } else { downloaded().await?.pfx(password)? };
    let options = ClientCertificateCredentialOptions { password: Some(password.into()), ..Default::default() };
    let pfx = SecretBytes::new(pfx);
    token_of(ClientCertificateCredential::new(juniper().await, app().await, pfx, Some(options))?, GRAPH).await?;
    Ok(())
}

async fn claims() -> Claims {
    Claims { app: app().await, tenant: juniper().await }
}

async fn assertion_own_key() -> Outcome {
    let signer = SignedHere { claims: claims().await, pair: downloaded().await? };
    token_of(ClientAssertionCredential::new(juniper().await, app().await, signer, None)?, GRAPH).await?;
    Ok(())
}

async fn assertion_vault_key() -> Outcome {
    let host = ManagedIdentityCredential::new(None)?;
    let certificates = CertificateClient::new(&vault().await, host.clone(), None)?;
    let certificate = certificates.get_certificate("harbor-signer", None).await?.into_model()?;
    let client = KeyClient::new(&vault().await, host, None)?;
    let signer = SignedByVault { claims: claims().await, client, certificate };
    token_of(ClientAssertionCredential::new(juniper().await, app().await, signer, None)?, GRAPH).await?;
    Ok(())
}

async fn managed_identity() -> Outcome {
    token_of(ManagedIdentityCredential::new(None)?, VAULT_SCOPE).await?;
    Ok(())
}

async fn managed_identity_by_id() -> Outcome {
    let body = json!({ "name": fresh("identity") });
    let identity = control(Method::Post, "/lab/managed-identities", Some(body)).await?;
    let id = UserAssignedId::ClientId(identity["client_id"].as_str().unwrap_or_default().to_owned());
    let options = ManagedIdentityCredentialOptions { user_assigned_id: Some(id), ..Default::default() };
    let token = token_of(ManagedIdentityCredential::new(Some(options))?, VAULT_SCOPE).await?;
    assert_eq!(assertion::claims(&token)?["oid"], identity["object_id"]);
    Ok(())
}

/// A token of a cluster or a build that the app trusts.
async fn federated_token(issuer: &str, subject: &str) -> Result<String> {
    let trust = json!({ "name": fresh("trust"), "issuer": issuer, "subject": subject });
    control(Method::Post, &format!("/lab/apps/{}/federated-credentials", app().await), Some(trust)).await?;
    let order = json!({ "issuer": issuer, "subject": subject });
    let made = control(Method::Post, "/lab/oidc-tokens", Some(order)).await?;
    Ok(made["token"].as_str().unwrap_or_default().to_owned())
}

async fn workload_identity() -> Outcome {
    let token = federated_token("https://oidc.cluster.test", "system:serviceaccount:harbor:insights").await?;
    let path = std::env::temp_dir().join(fresh("token"));
    std::fs::write(&path, token)?;
    let options = WorkloadIdentityCredentialOptions {
        client_id: Some(app().await),
        tenant_id: Some(juniper().await),
        token_file_path: Some(path.clone()),
        ..Default::default()
    };
    let got = token_of(WorkloadIdentityCredential::new(Some(options))?, GRAPH).await;
    std::fs::remove_file(path)?;
    got.map(drop)
}

async fn build_service() -> Outcome {
    let subject = "repo:harbor/insights:ref:refs/heads/main";
    let token = Ready(federated_token("https://token.actions.githubusercontent.com", subject).await?);
    token_of(ClientAssertionCredential::new(juniper().await, app().await, token, None)?, GRAPH).await?;
    Ok(())
}

async fn managed_identity_unknown() -> Outcome {
    let unknown = UserAssignedId::ClientId("4a8b0000-0000-4000-8000-00000000ffff".to_owned());
    let options = ManagedIdentityCredentialOptions { user_assigned_id: Some(unknown), ..Default::default() };
    assert!(token_of(ManagedIdentityCredential::new(Some(options))?, VAULT_SCOPE).await.is_err());
    Ok(())
}
