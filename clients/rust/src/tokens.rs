//! Tokens of a multi-tenant app: whose, for whom, and what when a customer has not consented.

use std::sync::Arc;

use azure_core::{
    credentials::{SecretBytes, TokenCredential},
    http::Method,
};
use azure_identity::ClientCertificateCredential;
use serde_json::json;

use crate::{
    assertion::claims,
    files::{downloaded, downloaded_pfx},
    lab::{GRAPH, Result, app, control, fresh, juniper, operations, seeded, send},
    report::{Outcome, Report, Unsupported},
};

const GRAPH_URL: &str = "https://graph.microsoft.com/v1.0";

pub async fn run(report: &mut Report) {
    let area = "tokens";
    report.case(area, "claims of an app-only Graph token", token_claims()).await;
    report.case(area, "one credential for each of two customers", two_customers()).await;
    report.case(area, "one credential serves two customers", one_for_two()).await;
    report.case(area, "no consent: AADSTS700016, and a token after consent", no_consent()).await;
    report.case(area, "permission the customer did not give: 403 from Graph", no_permission()).await;
}

async fn token(tenant: String, app: String) -> Result<String> {
    Ok(credential(tenant, app).await?.get_token(&[GRAPH], None).await?.token.secret().to_owned())
}

async fn credential(tenant: String, app: String) -> Result<Arc<ClientCertificateCredential>> {
    Ok(ClientCertificateCredential::new(tenant, app, SecretBytes::new(downloaded_pfx().await?), None)?)
}

async fn token_claims() -> Outcome {
    let told = claims(&token(juniper().await, app().await).await?)?;
    assert_eq!(told["tid"], json!(juniper().await));
    assert_eq!(told["appid"], json!(app().await));
    assert_eq!(told["aud"], json!("https://graph.microsoft.com"));
    assert_eq!(told["roles"], json!(["User.ReadBasic.All"]));
    assert_eq!(told["idtyp"], json!("app"));
    Ok(())
}

async fn two_customers() -> Outcome {
    for tenant in [juniper().await, seeded("/marlow/id").await] {
        let token = token(tenant.clone(), app().await).await?;
        assert_eq!(claims(&token)?["tid"], json!(tenant));
        let (_, people) = send(Method::Get, &format!("{GRAPH_URL}/users"), Some(&token), None).await?;
        assert_eq!(people["value"].as_array().map(Vec::len), Some(7), "the customer's own people");
    }
    Ok(())
}

async fn one_for_two() -> Outcome {
    Err(Unsupported("azure_identity knows no tenant per token request").into())
}

async fn no_consent() -> Outcome {
    let operator = operations().await.get_token(&[GRAPH], None).await?;
    let key = openssl::base64::encode_block(&downloaded().await?.certificate.to_der()?);
    let body = json!({
        "displayName": fresh("not-consented"),
        "signInAudience": "AzureADMultipleOrgs",
        "keyCredentials": [{ "type": "AsymmetricX509Cert", "usage": "Verify", "key": key }],
    });
    let url = format!("{GRAPH_URL}/applications");
    let (status, made) = send(Method::Post, &url, Some(operator.token.secret()), Some(body)).await?;
    assert_eq!(status, 201, "{made}");
    let app = made["appId"].as_str().unwrap_or_default().to_owned();
    let credential = credential(juniper().await, app.clone()).await?;
    told(credential.get_token(&[GRAPH], None).await, "AADSTS700016")?;
    control(Method::Put, &format!("/lab/tenants/{}/consents/{app}", juniper().await), None).await?;
    credential.get_token(&[GRAPH], None).await?;
    Ok(())
}

async fn no_permission() -> Outcome {
    let token = token(juniper().await, app().await).await?;
    let (status, answer) = send(Method::Get, &format!("{GRAPH_URL}/applications"), Some(&token), None).await?;
    assert_eq!((status, &answer["error"]["code"]), (403, &json!("Authorization_RequestDenied")));
    Ok(())
}

/// Makes sure that the SDK tells why Entra refused.
pub fn told<T>(answer: azure_core::Result<T>, code: &str) -> Outcome {
    let words = answer.err().ok_or("a token was issued")?.to_string();
    assert!(words.contains(code), "{words}");
    Ok(())
}
