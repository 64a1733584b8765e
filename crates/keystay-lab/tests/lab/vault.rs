//! The whole way: the host's identity signs with a key that never leaves the vault, and a customer's users are read.

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use keystay_lab::Kind;
use reqwest::StatusCode;
use serde_json::json;

use crate::support::{Answer, Bench, GRAPH, managed_identity_token, token_endpoint};

const SIGNER: &str = "https://harborvault.vault.azure.net/certificates/harbor-signer?api-version=2025-07-01";

#[tokio::test]
async fn an_assertion_signed_by_the_vault_reads_a_customers_users() {
    let bench = Bench::ready().await;
    let token = managed_identity_token(&bench, "https://vault.azure.net").await;
    let certificate = bench.get(SIGNER, &token).await;
    assert_eq!(certificate.status, StatusCode::OK, "{}", certificate.body);
    let der = base64::prelude::BASE64_STANDARD.decode(certificate.body["cer"].as_str().unwrap()).unwrap();

    let encode = |value: serde_json::Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let thumbprint = BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, &der));
    let header = encode(json!({ "alg": "PS256", "typ": "JWT", "x5t#S256": thumbprint }));
    let unsigned = format!("{header}.{}", encode(bench.claims()));
    let value = BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, unsigned.as_bytes()));
    let url = format!("{}/sign?api-version=2025-07-01", certificate.body["kid"].as_str().unwrap());
    let request = bench.http.post(url).bearer_auth(&token).json(&json!({ "alg": "PS256", "value": value }));
    let signed = Answer::read(request.send().await.unwrap()).await;
    assert_eq!(signed.status, StatusCode::OK, "{}", signed.body);
    let assertion = format!("{unsigned}.{}", signed.body["value"].as_str().unwrap());

    let graph = bench.ask(&bench.juniper(), &assertion).await.token().to_owned();
    let users = bench.get("https://graph.microsoft.com/v1.0/users", &graph).await;
    assert_eq!(users.body["value"].as_array().unwrap().len(), 7);

    let journal = bench.lab.journal();
    let counts = [Kind::ManagedIdentity, Kind::CertificateGet, Kind::Sign, Kind::Token, Kind::GraphUsers];
    assert_eq!(counts.map(|kind| journal.count(kind)), [1; 5]);
    assert_eq!(journal.count(Kind::SecretGet), 0, "the key stayed where it is");
}

#[tokio::test]
async fn a_token_for_another_resource_opens_no_vault() {
    let bench = Bench::ready().await;
    let token = managed_identity_token(&bench, "https://graph.microsoft.com").await;
    let answer = bench.get(SIGNER, &token).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    let challenge = answer.headers["www-authenticate"].to_str().unwrap();
    assert!(
        challenge.contains(&format!("https://login.microsoftonline.com/{}", bench.lab.seed().home.id)),
        "{challenge}"
    );
}

#[tokio::test]
async fn the_vendors_operations_open_the_vault_and_register_applications_with_their_secret() {
    let bench = Bench::ready().await;
    let seed = bench.lab.seed();
    let operator = seed.operator.unwrap();
    let token = async |scope: &str, tenant| {
        let fields = [
            ("grant_type", "client_credentials"),
            ("client_id", &operator.client_id.to_string()),
            ("client_secret", operator.client_secret),
            ("scope", scope),
        ];
        bench.post(&token_endpoint(&tenant), &fields).await
    };
    let vault = token("https://vault.azure.net/.default", seed.home.id).await.token().to_owned();
    let secrets = bench.get("https://harborvault.vault.azure.net/secrets?api-version=2025-07-01", &vault).await;
    assert_eq!(secrets.body["value"].as_array().unwrap().len(), 2, "{}", secrets.body);
    let graph = token(GRAPH, seed.home.id).await.token().to_owned();
    let created = bench.graph("POST", "applications", &graph, &json!({ "displayName": "made by operations" })).await;
    assert_eq!(created.status, StatusCode::CREATED, "{}", created.body);
    assert_eq!(token(GRAPH, seed.juniper.id).await.aadsts(), 50_194, "it belongs to the vendor alone");
}

#[tokio::test]
async fn a_certificate_is_renewed_behind_its_real_host_name_when_the_labs_clock_moves() {
    let bench = Bench::ready().await;
    let token = managed_identity_token(&bench, "https://vault.azure.net").await;
    let first = bench.get(SIGNER, &token).await;
    assert_eq!(first.status, StatusCode::OK, "{}", first.body);
    bench.lab.clock().advance(std::time::Duration::from_secs(300 * 86_400));
    let token = managed_identity_token(&bench, "https://vault.azure.net").await;
    let second = bench.get(SIGNER, &token).await;
    assert_eq!(second.status, StatusCode::OK, "{}", second.body);
    assert_ne!((&second.body["kid"], &second.body["cer"]), (&first.body["kid"], &first.body["cer"]));
    let old = bench.get(&format!("{}?api-version=2025-07-01", first.body["id"].as_str().unwrap()), &token).await;
    assert_eq!(old.body["cer"], first.body["cer"]);
}
