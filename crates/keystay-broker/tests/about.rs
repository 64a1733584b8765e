//! What the native door says about itself and to whom.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::{collections::BTreeSet, path::Path};

use keystay_broker::{openapi, routes};
use reqwest::StatusCode;
use serde_json::{Value, json};
use support::{House, SECRET};

#[tokio::test]
async fn a_header_is_ready_to_be_sent() {
    let house = House::start().await;
    let client = reqwest::Client::new();
    let request = client.get(house.url("/v1/header/graph")).bearer_auth(SECRET).query(&[("tenant", house.customer())]);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["content-type"], "text/plain; charset=utf-8");
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let text = answer.text().await.unwrap();
    let asked = [("identity", "graph"), ("tenant", &house.customer())];
    let token = client.get(house.url("/v1/token")).bearer_auth(SECRET).query(&asked).send().await.unwrap();
    let token: Value = token.json().await.unwrap();
    assert_eq!(text, format!("Bearer {}", token["access_token"].as_str().unwrap()));

    let missing = client.get(house.url("/v1/header/graph")).bearer_auth(SECRET).send().await.unwrap();
    assert_eq!(missing.status(), StatusCode::BAD_REQUEST);
    let other = client.get(house.url("/v1/header/mail")).bearer_auth(SECRET).query(&[("tenant", house.customer())]);
    assert_eq!(other.send().await.unwrap().status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_caller_learns_who_it_is_and_what_it_may_use() {
    let house = House::with(|config| {
        config["identities"]["mail"] = config["identities"]["graph"].clone();
        config["rules"]
            .as_array_mut()
            .unwrap()
            .push(json!({ "callers": "local", "identities": "mail", "tenants": "*", "scopes": "*" }));
    })
    .await;
    let names = |list: Value| -> Vec<String> {
        let list = list["identities"].as_array().unwrap().clone();
        list.iter().map(|identity| identity["name"].as_str().unwrap().to_owned()).collect()
    };
    let mine = house.over_socket().get("http://keystay/v1/identities").send().await.unwrap();
    assert_eq!(names(mine.json().await.unwrap()), ["graph", "mail"]);
    let its = reqwest::Client::new().get(house.url("/v1/identities")).bearer_auth(SECRET).send().await.unwrap();
    assert_eq!(names(its.json().await.unwrap()), ["graph"]);

    let me: Value = house.over_socket().get("http://keystay/v1/whoami").send().await.unwrap().json().await.unwrap();
    assert_eq!((&me["caller"], &me["evidence"]["by"]), (&json!("local"), &json!("peer")));
    assert_eq!(me["evidence"]["pid"], std::process::id());
    let it = reqwest::Client::new().get(house.url("/v1/whoami")).bearer_auth(SECRET).send().await.unwrap();
    assert_eq!(it.json::<Value>().await.unwrap()["evidence"], json!({ "by": "bearer" }));
}

#[tokio::test]
async fn the_page_loads_and_runs_nothing() {
    let house = House::start().await;
    let answer = house.over_socket().get("http://keystay/").send().await.unwrap();
    assert!(answer.headers()["content-security-policy"].to_str().unwrap().starts_with("default-src 'none';"));
    let page = answer.text().await.unwrap();
    for foreign in ["<script", "<img", "<link", "src=", "@import", "url("] {
        assert!(!page.contains(foreign), "{foreign}");
    }
    let described = described();
    assert!(described.len() >= 8);
    for (_, path) in described {
        assert!(page.contains(&path), "the page does not tell of {path}");
    }
}

/// The routes the document describes.
fn described() -> BTreeSet<(String, String)> {
    let document: Value = serde_json::from_str(&openapi()).unwrap();
    let paths = document["paths"].as_object().unwrap().clone();
    paths
        .iter()
        .flat_map(|(path, item)| {
            item.as_object().unwrap().keys().map(move |method| (method.to_uppercase(), path.clone()))
        })
        .collect()
}

#[test]
fn the_document_describes_every_route_of_this_door() {
    let native = |path: &str| path == "/" || path == "/openapi.json" || path.starts_with("/v1/");
    let routes: BTreeSet<_> = routes()
        .into_iter()
        .filter(|route| native(route.path))
        .map(|route| (route.method.to_string(), route.path.to_owned()))
        .collect();
    assert_eq!(described(), routes);
}

#[tokio::test]
async fn the_document_is_the_one_that_is_checked_in_and_served() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/broker-openapi.json");
    let document = openapi() + "\n";
    if std::env::var_os("KEYSTAY_WRITE_DOCS").is_some() {
        std::fs::write(&file, &document).unwrap();
    }
    let checked_in = std::fs::read_to_string(file).unwrap();
    assert!(
        checked_in == document,
        "`KEYSTAY_WRITE_DOCS=1 cargo test -p keystay-broker --test about` writes docs/broker-openapi.json anew"
    );
    let house = House::start().await;
    let served = house.over_socket().get("http://keystay/openapi.json").send().await.unwrap();
    assert_eq!(served.json::<Value>().await.unwrap(), serde_json::from_str::<Value>(&document).unwrap());
}
