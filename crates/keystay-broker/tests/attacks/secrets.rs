//! Secrets that are wrong, of somebody else, or no longer a secret.

use keystay_broker::{BearerHash, Config};
use reqwest::StatusCode;
use serde_json::json;

use crate::{
    raw::{assert_nothing_left, reasons},
    support::{House, SECRET},
};

#[tokio::test]
async fn what_is_nearly_the_secret_is_not_it() {
    let house = House::start().await;
    let hash = BearerHash::of(SECRET).to_hex();
    let tail = &SECRET[..SECRET.len() - 1];
    for header in [
        format!("Bearer {tail}"),
        format!("Bearer {SECRET}x"),
        format!("Bearer {}", SECRET.to_uppercase()),
        format!("Bearer {hash}"),
        format!("Bearer {SECRET},{SECRET}"),
        format!("Bearer {SECRET} {SECRET}"),
        format!("Basic {SECRET}"),
        SECRET.to_owned(),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
    ] {
        let request = reqwest::Client::new().get(house.url("/v1/token")).header("authorization", &header);
        let request = request.query(&[("identity", "graph"), ("tenant", &house.customer())]);
        assert_eq!(request.send().await.unwrap().status(), StatusCode::UNAUTHORIZED, "{header}");
    }
    assert_nothing_left(&house);
    assert_eq!(reasons(&house).len(), 10);
    assert!(reasons(&house).iter().all(|reason| reason == "wrong-secret"));
}

/// A secret counts in its header only, where neither logs nor histories keep it.
#[tokio::test]
async fn a_secret_in_the_url_is_none() {
    let house = House::start().await;
    let request = reqwest::Client::new().get(house.url("/v1/token"));
    let request = request.query(&[("identity", "graph"), ("tenant", &house.customer()), ("access_token", SECRET)]);
    assert_eq!(request.send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
    assert_nothing_left(&house);
}

/// A wrong secret takes away also what the socket alone would have given.
#[tokio::test]
async fn a_wrong_secret_on_the_socket_is_refused_there_too() {
    let house = House::start().await;
    let request = house.over_socket().get("http://keystay/v1/token").bearer_auth("x".repeat(43));
    let request = request.query(&[("identity", "graph"), ("tenant", &house.customer())]);
    assert_eq!(request.send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
    assert_nothing_left(&house);
}

/// On a connection that is open already, too.
#[tokio::test]
async fn a_secret_that_a_reload_removed_opens_nothing_any_more() {
    let house = House::start().await;
    let client = reqwest::Client::builder().pool_max_idle_per_host(1).build().unwrap();
    let ask = || {
        let request = client.get(house.url("/v1/token")).bearer_auth(SECRET);
        request.query(&[("identity", "graph"), ("tenant", &house.customer())])
    };
    assert_eq!(ask().send().await.unwrap().status(), StatusCode::OK);
    let mut config = house.config.clone();
    config["callers"]["reports"]["bearer_sha256"] = json!(BearerHash::of(&"n".repeat(43)).to_hex());
    house.broker.reconfigure(&Config::read(&config).unwrap()).unwrap();
    assert_eq!(ask().send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
    assert_eq!(house.events("granted").len(), 1);
    assert_eq!(reasons(&house), ["wrong-secret"]);
}
