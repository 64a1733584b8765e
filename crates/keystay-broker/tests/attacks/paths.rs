//! Paths that one reader takes for another path.

use crate::{
    raw::{assert_nothing_left, exchange, good_request, reasons},
    support::House,
};

#[tokio::test]
async fn no_spelling_of_a_path_leads_around_the_doors() {
    let house = House::start().await;
    let address = house.broker.loopback().unwrap();
    let good = good_request(&house, "Connection: close\r\n");
    let long = format!("/v1/{}", "a".repeat(9_000));
    for path in [
        "/v1/../v1/token",
        "/./v1/token",
        "/v1/%2e%2e/v1/token",
        "/v1%2ftoken",
        "/v1%2Ftoken",
        "/v1/tok%65n",
        "/v1/token%00",
        "/v1/token%0d%0aX:1",
        "/v1/token%c0%ae",
        "/v1\\token",
        "/v1/token\u{e9}",
        "/v1/token;a=b",
        "*",
        "v1/token",
        &long,
        "/v1/token/",
        "/V1/TOKEN",
        "/v1//token",
        "//v1/token",
    ] {
        let answer = exchange(address, good.replacen("/v1/token", path, 1).as_bytes()).await;
        let status = answer.get(9..12).unwrap_or_default();
        assert!(["400", "403", "414"].contains(&status), "{path}: {answer}");
    }
    assert_nothing_left(&house);
    assert!(reasons(&house).iter().filter(|reason| *reason == "wrong-path").count() >= 10);
}

/// What is escaped in a query is a value, and a value moves no URL.
#[tokio::test]
async fn no_value_leads_to_another_host_or_tenant() {
    let house = House::start().await;
    let address = house.broker.loopback().unwrap();
    let good = good_request(&house, "Connection: close\r\n");
    let customer = house.customer();
    for tenant in [
        "..%2f..%2fcommon",
        "evil.example%2f%23",
        "common",
        "organizations",
        "a%00b",
        "login.evil.example%3f",
        "%40evil.example",
        "%0d%0aHost:evil",
        "",
    ] {
        let answer = exchange(address, good.replacen(&customer, tenant, 1).as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 400") || answer.starts_with("HTTP/1.1 403"), "{tenant}: {answer}");
    }
    assert_nothing_left(&house);
}
