//! Leases, and those who would like to use somebody else's.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::time::{Duration, Instant};

use keystay_broker::{BearerHash, Config};
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use support::{GRAPH, House, SECRET};

/// The secret of a lease.
fn secret(number: u8) -> String {
    format!("{number:02x}").repeat(32)
}

/// Asks for a lease over the socket.
async fn ask(house: &House, more: Value) -> Response {
    let mut body = json!({
        "identity": "graph", "tenant": house.customer(), "secret_sha256": BearerHash::of(&secret(1)).to_hex(),
    });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    house.over_socket().post("http://keystay/v1/leases").json(&body).send().await.unwrap()
}

/// Takes a lease; it is held by the answer.
async fn take(house: &House, more: Value) -> (Value, Response) {
    let mut answer = ask(house, more).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let line = answer.chunk().await.unwrap().unwrap();
    (serde_json::from_slice(&line).unwrap(), answer)
}

/// What a program with the lease's variables gets, at a managed-identity endpoint.
async fn managed_identity(endpoint: &str, secret: &str, resource: &str) -> (StatusCode, Value) {
    let request = reqwest::Client::new().get(endpoint).header("X-IDENTITY-HEADER", secret);
    let answer = request.query(&[("api-version", "2019-08-01"), ("resource", resource)]).send().await.unwrap();
    (answer.status(), answer.json().await.unwrap())
}

const RESOURCE: &str = "https://graph.microsoft.com";

#[tokio::test]
async fn a_lease_is_the_caller_for_one_identity_and_tenant_and_is_on_record() {
    let house = House::start().await;
    let (terms, _held) = take(&house, json!({})).await;
    let endpoint = terms["endpoint"].as_str().unwrap();
    let (status, token) = managed_identity(endpoint, &secret(1), RESOURCE).await;
    assert_eq!(status, StatusCode::OK, "{token}");
    let granted = &house.events("granted")[0];
    assert_eq!((&granted["caller"], &granted["evidence"]["by"]), (&json!("local"), &json!("lease")));
    assert_eq!(granted["evidence"]["id"], terms["lease"]);
    let leased = &house.events("leased")[0];
    assert_eq!((&leased["lease"], &leased["evidence"]["by"]), (&terms["lease"], &json!("peer")));
    let journal = std::fs::read_to_string(house.folder.join("audit.jsonl")).unwrap();
    assert!(!journal.contains(&secret(1)) && !journal.contains(&BearerHash::of(&secret(1)).to_hex()));
}

#[tokio::test]
async fn a_secret_is_worth_nothing_after_its_connection_has_closed() {
    let house = House::start().await;
    let (terms, held) = take(&house, json!({})).await;
    let endpoint = terms["endpoint"].as_str().unwrap();
    assert_eq!(managed_identity(endpoint, &secret(1), RESOURCE).await.0, StatusCode::OK);
    drop(held);
    let deadline = Instant::now() + Duration::from_secs(20);
    while managed_identity(endpoint, &secret(1), RESOURCE).await.0 != StatusCode::UNAUTHORIZED {
        assert!(Instant::now() < deadline, "the lease goes on");
    }
    assert_eq!(house.broker.desk().leases().count(), 0);
    assert_eq!(house.events("lease-ended")[0]["lease"], terms["lease"]);
    assert_eq!(house.events("turned-away").last().unwrap()["reason"], "wrong-secret");
}

#[tokio::test]
async fn a_lease_opens_no_other_identity_tenant_or_scope_by_any_door() {
    let house = House::with(|config| {
        config["identities"]["mail"] = config["identities"]["graph"].clone();
        config["rules"][0]["identities"] = json!(["graph", "mail"]);
    })
    .await;
    let (terms, _held) = take(&house, json!({ "scopes": [GRAPH] })).await;
    let endpoint = terms["endpoint"].as_str().unwrap();
    let other = house.lab.seed().marlow.id.to_string();
    for (from, to) in [("graph", "mail"), (&house.customer(), &other)] {
        let (status, told) = managed_identity(&endpoint.replace(from, to), &secret(1), RESOURCE).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{to}: {told}");
    }
    assert_eq!(managed_identity(endpoint, &secret(1), "https://outlook.office.com").await.0, StatusCode::FORBIDDEN);
    let client = reqwest::Client::new();
    for (identity, tenant) in [("mail", house.customer()), ("graph", other)] {
        let asked = json!({ "identity": identity, "tenant": tenant });
        let request = client.post(house.url("/v1/token")).bearer_auth(secret(1)).json(&asked);
        let problem: Value = request.send().await.unwrap().json().await.unwrap();
        assert_eq!(problem["code"], "not-leased");
    }
    assert!(house.events("granted").is_empty());

    let seen = client.get(house.url("/v1/identities")).bearer_auth(secret(1)).send().await.unwrap();
    let seen: Value = seen.json().await.unwrap();
    let names: Vec<&Value> = seen["identities"].as_array().unwrap().iter().map(|identity| &identity["name"]).collect();
    assert_eq!(names, ["graph"]);
}

#[tokio::test]
async fn a_lease_brings_no_lease_forth_and_its_secret_is_taken_once() {
    let house = House::start().await;
    let (_, _held) = take(&house, json!({})).await;
    let again = ask(&house, json!({})).await;
    assert_eq!(again.status(), StatusCode::FORBIDDEN);
    assert_eq!(again.json::<Value>().await.unwrap()["code"], "lease-taken");
    let body = json!({
        "identity": "graph", "tenant": house.customer(), "secret_sha256": BearerHash::of(&secret(2)).to_hex(),
    });
    let nested = reqwest::Client::new().post(house.url("/v1/leases")).bearer_auth(secret(1)).json(&body);
    assert_eq!(nested.send().await.unwrap().json::<Value>().await.unwrap()["code"], "lease-of-a-lease");
    assert_eq!(house.broker.desk().leases().count(), 1);
}

#[tokio::test]
async fn what_no_rule_allows_is_not_leased_and_a_rule_that_goes_takes_its_leases_along() {
    let mut house = House::with(|config| {
        config["rules"][0]["tenants"] = json!([config["identities"]["graph"]["home_tenant"]]);
    })
    .await;
    assert_eq!(ask(&house, json!({})).await.json::<Value>().await.unwrap()["code"], "tenant-not-allowed");
    assert_eq!(ask(&house, json!({ "identity": "mail" })).await.status(), StatusCode::FORBIDDEN);
    assert_eq!(house.events("denied").len(), 2);

    house.config["rules"][0]["tenants"] = json!("*");
    house.broker.reconfigure(&Config::read(&house.config).unwrap()).unwrap();
    let (terms, _held) = take(&house, json!({})).await;
    let endpoint = terms["endpoint"].as_str().unwrap();
    assert_eq!(managed_identity(endpoint, &secret(1), RESOURCE).await.0, StatusCode::OK);
    house.config["rules"][0]["callers"] = json!(["reports"]);
    house.broker.reconfigure(&Config::read(&house.config).unwrap()).unwrap();
    assert_eq!(managed_identity(endpoint, &secret(1), RESOURCE).await.0, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_broker_that_stops_waits_for_no_lease() {
    let house = House::start().await;
    let (_, mut held) = take(&house, json!({})).await;
    let leases = house.broker.desk().leases();
    leases.end_all();
    // the answer ends instead of going on
    assert!(held.chunk().await.unwrap().is_none());
    assert_eq!(leases.count(), 0);
}

#[tokio::test]
async fn a_stranger_takes_no_lease() {
    let house = House::start().await;
    let body = json!({
        "identity": "graph", "tenant": house.customer(), "secret_sha256": BearerHash::of(&secret(3)).to_hex(),
    });
    let client = reqwest::Client::new();
    let request = client.post(house.url("/v1/leases")).json(&body);
    assert_eq!(request.send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
    // one with a secret may
    let request = client.post(house.url("/v1/leases")).bearer_auth(SECRET).json(&body);
    assert_eq!(request.send().await.unwrap().status(), StatusCode::OK);
}
