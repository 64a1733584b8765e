//! The managed identity of the host, alone and as the proof of an application.

use std::time::Duration;

use keystay_lab::{FederatedCredential, Kind, LabOptions};
use reqwest::StatusCode;

use crate::support::{Bench, ask_managed_identity, assertion_fields};

#[tokio::test]
async fn the_host_has_an_identity_whose_token_lives_for_a_day() {
    let bench = Bench::start(LabOptions::new()).await;
    let host = bench.lab.seed().host_identity;
    let answer = ask_managed_identity(&bench, "", "api-version=2019-08-01&resource=https://vault.azure.net").await;
    let claims = answer.claims();
    assert_eq!(claims["oid"], host.object_id.to_string());
    assert_eq!(claims["appid"], host.client_id.to_string());
    assert_eq!(claims["aud"], "https://vault.azure.net");
    let expires_on: i64 =
        answer.body["expires_on"].as_str().expect("a text, as the Rust SDK wants it").parse().unwrap();
    assert_eq!(expires_on, claims["exp"].as_i64().unwrap());
    assert!((expires_on - bench.now() - 86_400).abs() <= 2);
    assert_eq!(answer.body["token_type"], "Bearer");
    assert_eq!(bench.lab.journal().count(Kind::ManagedIdentity), 1);
}

#[tokio::test]
async fn identity_requests_that_are_not_right_are_refused_in_words_every_sdk_shows() {
    let bench = Bench::start(LabOptions::new()).await;
    let good = "api-version=2019-08-01&resource=https://vault.azure.net";
    let cases = [
        ("wrong", good.to_owned(), StatusCode::UNAUTHORIZED),
        ("", "resource=https://vault.azure.net".to_owned(), StatusCode::BAD_REQUEST),
        ("", "api-version=2019-08-01".to_owned(), StatusCode::BAD_REQUEST),
        ("", format!("{good}&client_id=4a8b0000-0000-4000-8000-00000000ffff"), StatusCode::FORBIDDEN),
        ("", "api-version=2019-08-01&resource=https://unknown.example".to_owned(), StatusCode::BAD_REQUEST),
    ];
    for (secret, query, status) in cases {
        let answer = ask_managed_identity(&bench, secret, &query).await;
        assert_eq!(answer.status, status, "{query}: {}", answer.body);
        for field in ["error", "error_description", "message", "correlationId"] {
            assert!(answer.body[field].is_string(), "{field}: {}", answer.body);
        }
        assert_eq!(answer.body["statusCode"], status.as_u16());
    }
}

/// Lets the ready application trust a token of Entra about `subject`.
fn trust(bench: &Bench, name: &str, subject: &str) {
    let issuer = format!("https://login.microsoftonline.com/{}/v2.0", bench.lab.directory().home());
    let credential = FederatedCredential::new(name, issuer, subject);
    bench.lab.directory().add_federated_credential(bench.app(), credential).unwrap();
}

#[tokio::test]
async fn an_app_may_prove_itself_with_the_token_of_a_managed_identity_it_trusts() {
    let bench = Bench::ready().await;
    let identity = bench.lab.directory().create_managed_identity("signer");
    let query = format!("api-version=2019-08-01&resource=api://AzureADTokenExchange&client_id={}", identity.client_id);
    let proof = ask_managed_identity(&bench, "", &query).await.token().to_owned();
    assert_eq!(bench.ask(&bench.juniper(), &proof).await.aadsts(), 70_025);
    trust(&bench, "another", "4a8b0000-0000-4000-8000-00000000ffff");
    assert_eq!(bench.ask(&bench.juniper(), &proof).await.aadsts(), 700_213);
    trust(&bench, "signer", &identity.object_id.to_string());
    bench.ask(&bench.juniper(), &proof).await.token();
    bench.lab.clock().advance(Duration::from_secs(25 * 3600));
    assert_eq!(bench.ask(&bench.juniper(), &proof).await.aadsts(), 700_024);
}

#[tokio::test]
async fn a_token_of_an_ordinary_app_proves_nothing() {
    let bench = Bench::ready().await;
    trust(&bench, "any", "4a8b0000-0000-4000-8000-00000000ffff");
    let fields = assertion_fields(bench.app(), &crate::support::ps256(&crate::support::KEY, &bench.claims()));
    let fields: Vec<_> = fields
        .iter()
        .map(|(name, value)| (*name, if *name == "scope" { "api://AzureADTokenExchange/.default" } else { value }))
        .collect();
    let token = bench.post(&crate::support::token_endpoint(&bench.juniper()), &fields).await.token().to_owned();
    assert_eq!(bench.ask(&bench.juniper(), &token).await.aadsts(), 700_229);
}
