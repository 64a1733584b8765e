//! A bad day on the network: the SDK tries again by itself, as long and as often as the answer asks.

use std::time::{Duration, Instant};

use azure_core::{
    credentials::TokenCredential,
    http::{ClientOptions, ExponentialRetryOptions, RetryOptions, StatusCode},
};
use azure_identity::ClientSecretCredential;
use azure_security_keyvault_keys::{
    ResourceExt,
    models::{CurveName, SignParameters, SignatureAlgorithm},
};
use azure_security_keyvault_secrets::{SecretClient, SecretClientOptions};
use serde_json::{Value, json};

use crate::{
    errors::refused,
    keys::{create, ec},
    lab::{GRAPH, break_lab, home, key_client, mend_lab, operations, secret_client, seeded, vault},
    report::{Outcome, Report},
};

const VAULTS: &str = ".vault.azure.net";

pub async fn run(report: &mut Report) {
    let area = "retries";
    report.case(area, "429 with Retry-After: waits as long as it says", throttled()).await;
    report.case(area, "429 without Retry-After", read(status(429, None), 2, Some(429))).await;
    report.case(area, "503 twice", read(status(503, None), 2, Some(503))).await;
    report.case(area, "connection closed without an answer", read(json!("reset"), 1, None)).await;
    report.case(area, "signing is tried again after 429 with Retry-After", sign()).await;
    report.case(area, "429 that does not end arrives as an error of the SDK", gives_up()).await;
    report.case(area, "Entra answers 503 once", entra()).await;
}

fn status(code: u16, retry_after: Option<&str>) -> Value {
    let headers = retry_after.map_or_else(|| json!({}), |seconds| json!({ "Retry-After": seconds }));
    let body = r#"{"error":{"code":"Injected","message":"on purpose"}}"#;
    json!({ "status": { "code": code, "headers": headers, "body": body } })
}

/// Reads a secret while so many requests meet the fault.
async fn read(fault: Value, times: u32, status: Option<u16>) -> Outcome {
    break_lab(fault, VAULTS, "", times).await?;
    let answer = secret_client().await.get_secret("harbor-export", None).await;
    assert_eq!(mend_lab(status).await?, usize::try_from(times)?, "faults met");
    answer?;
    Ok(())
}

async fn throttled() -> Outcome {
    let start = Instant::now();
    read(status(429, Some("2")), 1, Some(429)).await?;
    assert!(start.elapsed() >= Duration::from_secs(2));
    Ok(())
}

async fn sign() -> Outcome {
    let name = create(ec(CurveName::P256)).await?.resource_id()?.name;
    let client = key_client().await;
    // a first request without a token that meets 429 loses its body for good
    client.get_key(&name, None).await?;
    let body = SignParameters { algorithm: Some(SignatureAlgorithm::Es256), value: Some(vec![0; 32]) };
    break_lab(status(429, Some("1")), VAULTS, "/sign", 1).await?;
    let answer = client.sign(&name, body.try_into()?, None).await;
    assert_eq!(mend_lab(Some(429)).await?, 1, "faults met");
    answer?;
    Ok(())
}

async fn gives_up() -> Outcome {
    let retry = RetryOptions::exponential(ExponentialRetryOptions { max_retries: 1, ..Default::default() });
    let client_options = ClientOptions { retry, ..Default::default() };
    let options = SecretClientOptions { client_options, ..Default::default() };
    let client = SecretClient::new(&vault().await, operations().await, Some(options))?;
    break_lab(status(429, Some("1")), VAULTS, "", 2).await?;
    let answer = client.get_secret("harbor-export", None).await;
    assert_eq!(mend_lab(Some(429)).await?, 2, "faults met");
    refused(answer, StatusCode::TooManyRequests, "Injected", None)
}

async fn entra() -> Outcome {
    let (client, secret) = (seeded("/operator/client_id").await, seeded("/operator/client_secret").await);
    let credential = ClientSecretCredential::new(&home().await, client, secret.into(), None)?;
    break_lab(status(503, None), "login.microsoftonline.com", "/token", 1).await?;
    let token = credential.get_token(&[GRAPH], None).await;
    assert_eq!(mend_lab(Some(503)).await?, 1, "faults met");
    token?;
    Ok(())
}
