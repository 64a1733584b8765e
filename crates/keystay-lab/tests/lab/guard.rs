//! Who gets into a vault, how often, and what is written down about it, from outside.

use std::time::Duration;

use keystay_lab::{ClaimsChallenge, Lab, LabOptions, LabState, Throttling};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{Bench, managed_identity_token};

const KEY: &str = "https://harborvault.vault.azure.net/keys/harbor-signer?api-version=2025-07-01";

#[tokio::test]
async fn the_audit_log_is_read_as_json_lines_and_by_vault() {
    let bench = Bench::ready().await;
    let token = managed_identity_token(&bench, "https://vault.azure.net").await;
    bench.get(KEY, &token).await;
    let url = format!("{}/lab/audit", bench.lab.control_url());
    let read = async |query: &str| {
        let answer = bench.http.get(format!("{url}{query}")).send().await.unwrap();
        assert_eq!(answer.headers()["content-type"], "application/jsonl");
        let text = answer.text().await.unwrap();
        text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()).collect::<Vec<_>>()
    };
    let records = read("").await;
    let record = records.last().unwrap();
    assert_eq!((&record["operationName"], &record["properties"]["httpStatusCode"]), (&json!("KeyGet"), &json!(200)));
    assert_eq!(read("?vault=harborvault.vault.azure.net").await.len(), records.len());
    bench.lab.vaults().create("other.vault.azure.net", bench.lab.directory().home());
    assert!(read("?vault=other.vault.azure.net").await.is_empty());
    let nowhere = bench.http.get(format!("{url}?vault=nowhere.vault.azure.net")).send().await.unwrap();
    assert_eq!(nowhere.status(), StatusCode::NOT_FOUND);
    assert_eq!(bench.lab.audit().records().len(), records.len());
    bench.http.delete(&url).send().await.unwrap();
    assert!(bench.lab.audit().records().is_empty());
}

#[tokio::test]
async fn a_demand_for_a_newer_token_is_met_by_a_newer_token_while_the_older_stays_refused() {
    let bench = Bench::ready().await;
    let old = managed_identity_token(&bench, "https://vault.azure.net").await;
    assert_eq!(bench.get(KEY, &old).await.status, StatusCode::OK);
    bench.lab.clock().advance(Duration::from_secs(60));
    let claims = json!({ "access_token": { "nbf": { "essential": true, "value": bench.now().to_string() } } });
    let url = format!("{}/lab/claims-challenges", bench.lab.control_url());
    let demand = ClaimsChallenge { principal: Some(bench.lab.seed().host_identity.object_id), vault: None, claims };
    assert_eq!(bench.http.post(&url).json(&demand).send().await.unwrap().status(), StatusCode::CREATED);
    let refused = bench.get(KEY, &old).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    let challenge = refused.headers["www-authenticate"].to_str().unwrap();
    assert!(challenge.contains("error=\"insufficient_claims\", claims=\""), "{challenge}");

    // the managed identity endpoint gives out a cached token for a while
    bench.lab.clock().advance(Duration::from_secs(24 * 3600));
    let new = managed_identity_token(&bench, "https://vault.azure.net").await;
    assert_eq!(bench.get(KEY, &new).await.status, StatusCode::OK);
    assert_eq!(bench.get(KEY, &old).await.status, StatusCode::UNAUTHORIZED);
    bench.http.delete(&url).send().await.unwrap();
    assert!(bench.lab.vaults().claims_challenges().is_empty());
}

#[tokio::test]
async fn limits_and_the_callers_network_are_set_from_outside_and_saved_with_the_world() {
    let bench = Bench::ready().await;
    let control = bench.lab.control_url();
    let put = async |path: &str, body: Value| {
        bench.http.put(format!("{control}/lab/{path}")).json(&body).send().await.unwrap().status()
    };
    assert_eq!(put("throttling", json!({ "key_operations": 1, "retry_after": true })).await, StatusCode::OK);
    assert_eq!(put("client-network", json!({ "address": "198.51.100.7" })).await, StatusCode::OK);
    assert!(put("throttling", json!({ "key_operation": 1 })).await.is_client_error(), "a mistyped name is no dial");
    assert!(put("client-network", json!({ "address": "home" })).await.is_client_error());

    let token = managed_identity_token(&bench, "https://vault.azure.net").await;
    assert_eq!(bench.get(KEY, &token).await.status, StatusCode::OK);
    let refused = bench.get(KEY, &token).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.headers["retry-after"].to_str().unwrap().parse::<u64>().unwrap() <= 10);

    let state = LabState::from_json(bench.lab.export().unwrap().to_json().unwrap().as_bytes()).unwrap();
    let again = Lab::start(LabOptions::new().with_state(state)).await.unwrap();
    let limits = Throttling { key_operations: 1, retry_after: true, ..Throttling::default() };
    assert_eq!(again.vaults().throttling(), limits);
    assert_eq!(again.vaults().client_network().address.to_string(), "198.51.100.7");
}
