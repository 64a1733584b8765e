//! Refusals arrive as the SDK's own errors, with the service's codes inside.

use azure_core::{
    credentials::TokenCredential,
    error::ErrorResponse,
    http::{ClientOptions, RetryOptions, StatusCode},
};
use azure_identity::{ClientSecretCredential, ManagedIdentityCredential};
use azure_security_keyvault_keys::{
    KeyClient, KeyClientOptions, ResourceExt,
    models::{CreateKeyParameters, CurveName, KeyAttributes, SignParameters, SignatureAlgorithm},
};

use crate::{
    keys::{create, ec, rsa},
    lab::{GRAPH, certificate_client, fresh, home, key_client, limits, operations, secret_client, seeded, vault},
    report::{Outcome, Report},
    secrets::{set, value},
    tokens::told,
};

pub async fn run(report: &mut Report) {
    let area = "errors";
    report.case(area, "404 for what is not there", not_found()).await;
    report.case(area, "403 with the reason, for a role that is missing", forbidden()).await;
    report.case(area, "403 for a disabled key", disabled()).await;
    report.case(area, "409 for a name that waits to be recovered", conflict()).await;
    report.case(area, "400 for a digest of the wrong length", bad_digest()).await;
    report.case(area, "429 for more new keys than a vault makes at once", throttled()).await;
    report.case(area, "wrong client secret: AADSTS7000215", wrong_secret()).await;
    report.case(area, "unknown resource: AADSTS500011", unknown_resource()).await;
}

/// Makes sure that the vault refused, and how.
pub fn refused<T>(answer: azure_core::Result<T>, status: StatusCode, code: &str, inner: Option<&str>) -> Outcome {
    let error = answer.err().ok_or("it was not refused")?;
    assert_eq!(error.http_status(), Some(status), "{error}");
    let told = ErrorResponse::try_from(error)?.error.ok_or("it does not say why")?;
    assert_eq!(told.code.as_deref(), Some(code));
    if inner.is_some() {
        assert_eq!(told.inner_error.and_then(|inner| inner.code).as_deref(), inner);
    }
    Ok(())
}

async fn not_found() -> Outcome {
    let (name, gone) = ("no-such-thing", StatusCode::NotFound);
    refused(key_client().await.get_key(name, None).await, gone, "KeyNotFound", None)?;
    refused(secret_client().await.get_secret(name, None).await, gone, "SecretNotFound", None)?;
    refused(certificate_client().await.get_certificate(name, None).await, gone, "CertificateNotFound", None)
}

async fn forbidden() -> Outcome {
    let host = KeyClient::new(&vault().await, ManagedIdentityCredential::new(None)?, None)?;
    let answer = host.create_key(&fresh("refused"), rsa(2048).try_into()?, None).await;
    let words = answer.as_ref().err().map(ToString::to_string).unwrap_or_default();
    assert!(words.contains("Microsoft.KeyVault/vaults/keys/create/action"), "{words}");
    refused(answer, StatusCode::Forbidden, "Forbidden", Some("ForbiddenByRbac"))
}

async fn disabled() -> Outcome {
    let attributes = KeyAttributes { enabled: Some(false), ..Default::default() };
    let key = create(CreateKeyParameters { key_attributes: Some(attributes), ..ec(CurveName::P256) }).await?;
    let body = SignParameters { algorithm: Some(SignatureAlgorithm::Es256), value: Some(vec![0; 32]) };
    let answer = key_client().await.sign(&key.resource_id()?.name, body.try_into()?, None).await;
    refused(answer, StatusCode::Forbidden, "Forbidden", Some("KeyDisabled"))
}

async fn conflict() -> Outcome {
    let (client, name) = (secret_client().await, fresh("deleted"));
    set(&name, value("value")).await?;
    client.delete_secret(&name, None).await?;
    let answer = client.set_secret(&name, value("again").try_into()?, None).await;
    refused(answer, StatusCode::Conflict, "Conflict", Some("ObjectIsDeletedButRecoverable"))
}

async fn bad_digest() -> Outcome {
    let name = create(rsa(2048)).await?.resource_id()?.name;
    let body = SignParameters { algorithm: Some(SignatureAlgorithm::Ps256), value: Some(vec![0; 20]) };
    let answer = key_client().await.sign(&name, body.try_into()?, None).await;
    refused(answer, StatusCode::BadRequest, "BadParameter", None)
}

async fn throttled() -> Outcome {
    let client_options = ClientOptions { retry: RetryOptions::none(), ..Default::default() };
    let options = KeyClientOptions { client_options, ..Default::default() };
    let client = KeyClient::new(&vault().await, operations().await, Some(options))?;
    limits(true).await?;
    let mut answers = Vec::new();
    for _ in 0..25 {
        answers.push(client.create_key(&fresh("many"), ec(CurveName::P256).try_into()?, None).await);
    }
    limits(false).await?;
    let refusal = answers.into_iter().find(Result::is_err).ok_or("25 keys were made at once")?;
    refused(refusal, StatusCode::TooManyRequests, "Throttled", None)
}

async fn wrong_secret() -> Outcome {
    let client = seeded("/operator/client_id").await;
    let wrong = ClientSecretCredential::new(&home().await, client, "not-the-secret".into(), None)?;
    told(wrong.get_token(&[GRAPH], None).await, "AADSTS7000215")
}

async fn unknown_resource() -> Outcome {
    let scope = "https://nowhere.harbor.example/.default";
    told(operations().await.get_token(&[scope], None).await, "AADSTS500011")
}
