//! The native door, from outside.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use keystay_lab::Kind;
use reqwest::StatusCode;
use serde_json::{Value, json};
use support::{GRAPH, House, SECRET};

#[tokio::test]
async fn a_caller_gets_a_token_by_its_secret_and_by_its_user() {
    let house = House::start().await;
    let asked = json!({ "identity": "graph", "tenant": house.customer(), "scope": GRAPH });
    let by_secret = reqwest::Client::new().post(house.url("/v1/token")).bearer_auth(SECRET).json(&asked);
    let by_secret: Value = by_secret.send().await.unwrap().error_for_status().unwrap().json().await.unwrap();
    let by_user = house.over_socket().get("http://keystay/v1/token").query(&asked);
    let by_user: Value = by_user.send().await.unwrap().error_for_status().unwrap().json().await.unwrap();
    assert_eq!(by_secret["access_token"], by_user["access_token"]);
    assert_eq!(by_secret["token_type"], "Bearer");
    assert_eq!(house.events("signed").len(), 1);

    let granted = house.events("granted");
    assert_eq!(granted.len(), 2);
    assert_eq!((&granted[0]["caller"], &granted[0]["evidence"]["by"]), (&json!("reports"), &json!("bearer")));
    assert_eq!((&granted[1]["caller"], &granted[1]["evidence"]["by"]), (&json!("local"), &json!("peer")));
    assert_eq!(granted[0]["token"], granted[1]["token"]);
    assert!(granted[0]["token"]["uti"].is_string());
}

#[tokio::test]
async fn every_signature_is_in_the_ledger_with_the_vaults_own_id() {
    let house = House::start().await;
    let asked = json!({ "identity": "graph", "tenant": house.customer() });
    let request = reqwest::Client::new().post(house.url("/v1/token")).bearer_auth(SECRET).json(&asked);
    request.send().await.unwrap().error_for_status().unwrap();
    let begun = house.events("sign-begins");
    let signed = house.events("signed");
    assert_eq!((begun.len(), signed.len()), (1, 1));
    assert_eq!(begun[0]["correlation_id"], signed[0]["correlation_id"]);

    let audited: Vec<Value> =
        house.lab.audit().records().iter().map(|record| serde_json::to_value(record).unwrap()).collect();
    let sign = audited.iter().find(|record| record["operationName"] == "KeySign").unwrap();
    assert_eq!(sign["correlationId"], begun[0]["correlation_id"]);
}

#[tokio::test]
async fn a_stranger_gets_nothing_and_is_on_record() {
    let house = House::start().await;
    let asked = json!({ "identity": "graph", "tenant": house.customer() });
    let client = reqwest::Client::new();
    for request in [
        client.post(house.url("/v1/token")),
        client.post(house.url("/v1/token")).bearer_auth("x".repeat(43)),
        client.post(house.url("/v1/token")).bearer_auth(""),
        client.post(house.url("/v1/token")).basic_auth("reports", Some(SECRET)),
    ] {
        let answer = request.json(&asked).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
    }
    assert_eq!(house.events("turned-away").len(), 4);
    assert_eq!(house.lab.journal().count(Kind::Token), 0);
}

#[tokio::test]
async fn what_no_rule_allows_is_refused_with_the_reason() {
    let house = House::with(|config| {
        config["rules"][0]["scopes"] = json!([GRAPH]);
    })
    .await;
    let client = reqwest::Client::new();
    for (identity, tenant, scope, code) in [
        ("mail", house.customer(), GRAPH, "identity-not-allowed"),
        ("graph", house.customer(), "api://other/.default", "scope-not-allowed"),
        ("graph", house.customer(), "https://vault.azure.net/.default", "forbidden-vault"),
        ("graph", house.lab.seed().home.id.to_string(), GRAPH, "forbidden-graph-at-home"),
    ] {
        let asked = json!({ "identity": identity, "tenant": tenant, "scope": scope });
        let answer = client.post(house.url("/v1/token")).bearer_auth(SECRET).json(&asked).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::FORBIDDEN);
        let problem: Value = answer.json().await.unwrap();
        assert_eq!(problem["code"], code);
    }
    assert_eq!(house.events("denied").len(), 4);
    assert_eq!(house.lab.journal().count(Kind::Token), 0);
}

#[tokio::test]
async fn a_tenant_that_has_not_consented_is_refused_in_words_and_no_token_leaves() {
    let house = House::start().await;
    let stranger = house.lab.directory().create_tenant("Stranger").to_string();
    let asked = json!({ "identity": "graph", "tenant": stranger });
    let answer =
        reqwest::Client::new().post(house.url("/v1/token")).bearer_auth(SECRET).json(&asked).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    let problem: Value = answer.json().await.unwrap();
    assert_eq!(problem["code"], "not-consented");
    assert!(problem["hint"].as_str().unwrap().contains("adminconsent"), "{problem}");
    assert_eq!(house.events("failed")[0]["reason"], "not-consented");
}

#[tokio::test]
async fn a_page_a_proxy_and_another_host_name_are_turned_away() {
    let house = House::start().await;
    let client = reqwest::Client::new();
    for (name, value) in [
        ("host", "evil.example"),
        ("origin", "https://evil.example"),
        ("sec-fetch-site", "cross-site"),
        ("x-forwarded-for", "127.0.0.1"),
        ("forwarded", "for=127.0.0.1"),
        ("via", "1.1 proxy"),
    ] {
        let request = client.get(house.url("/v1/token")).bearer_auth(SECRET).header(name, value);
        let answer = request.query(&[("identity", "graph"), ("tenant", &house.customer())]).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{name}");
    }
    assert_eq!(house.lab.journal().count(Kind::Token), 0);
}
