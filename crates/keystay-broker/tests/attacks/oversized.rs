//! More bytes than any door needs.

use reqwest::StatusCode;
use serde_json::json;

use crate::{
    raw::{answers, assert_nothing_left, exchange, good_request, impatient_house, reasons},
    support::{House, SECRET},
};

#[tokio::test]
async fn a_head_that_is_too_long_is_refused_and_no_more_of_it_is_read() {
    let house = impatient_house().await;
    let address = house.broker.loopback().unwrap();
    for (name, header) in [
        ("one long header", format!("X-A: {}\r\n", "a".repeat(40_000))),
        ("many headers", "X-A: a\r\n".repeat(5_000)),
        ("a long secret", format!("X-Identity-Header: {}\r\n", "a".repeat(40_000))),
    ] {
        let answer = exchange(address, good_request(&house, &header).as_bytes()).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{name}: {answer}");
        assert!(answers(&answer) <= 1, "{name}");
    }
    let long = good_request(&house, "").replacen("/v1/token", &format!("/{}", "a".repeat(70_000)), 1);
    let answer = exchange(address, long.as_bytes()).await;
    assert!(answers(&answer) <= 1 && !answer.contains(" 200 "), "{answer}");
    assert_nothing_left(&house);
    assert_eq!(reasons(&house), ["no-http"; 4]);
}

#[tokio::test]
async fn a_body_that_is_too_long_is_refused_from_callers_and_not_read_from_strangers() {
    let house = impatient_house().await;
    let address = house.broker.loopback().unwrap();
    let large = json!({ "identity": "graph", "tenant": house.customer(), "scope": "x".repeat(20_000) });
    let client = reqwest::Client::new();
    let answer = client.post(house.url("/v1/token")).bearer_auth(SECRET).json(&large).send().await.unwrap();
    assert!(answer.status().is_client_error(), "{}", answer.status());

    // no end is announced; the broker stops reading by itself
    let endless = format!(
        "POST /v1/token HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {SECRET}\r\n\
         Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n{}",
        format!("1000\r\n{}\r\n", "x".repeat(4096)).repeat(64)
    );
    let answer = exchange(address, endless.as_bytes()).await;
    assert!(answers(&answer) <= 1 && !answer.contains(" 200 "), "{answer}");

    let stranger = format!("POST /v1/token HTTP/1.1\r\nHost: {address}\r\nContent-Length: 1000000000\r\n\r\nx");
    let answer = exchange(address, stranger.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    assert_nothing_left(&house);
}

#[tokio::test]
async fn what_a_body_holds_beside_the_question_is_refused() {
    let house = House::start().await;
    let customer = house.customer();
    let deep = format!("{}{}", "[".repeat(8_000), "]".repeat(8_000));
    let client = reqwest::Client::new();
    for body in [
        json!({ "identity": "graph", "tenant": customer, "vault": "https://evil.vault.azure.net" }).to_string(),
        json!({ "identity": "graph", "tenant": customer, "authority": "https://evil.example" }).to_string(),
        json!({ "identity": ["graph"], "tenant": customer }).to_string(),
        format!("{{\"identity\":\"graph\",\"identity\":\"graph\",\"tenant\":\"{customer}\"}}"),
        format!("{{\"identity\":\"graph\",\"tenant\":\"{customer}\"}}{{}}"),
        format!("{{\"identity\":{deep}}}"),
        "\u{feff}{}".to_owned(),
        String::new(),
    ] {
        let request =
            client.post(house.url("/v1/token")).bearer_auth(SECRET).header("content-type", "application/json");
        let answer = request.body(body.clone()).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{body:.80}");
    }
    assert_nothing_left(&house);
}
