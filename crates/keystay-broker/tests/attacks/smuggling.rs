//! A request hidden inside another: what a strict reader of RFC 9112 takes for one request is never two here.

use crate::{
    raw::{answers, exchange, good_request, impatient_house, reasons},
    support::House,
};

/// A request without a secret whose body, if its end were seen elsewhere, is a request with one.
fn around(house: &House, framing: &str, body: &str) -> String {
    let host = house.broker.loopback().unwrap();
    format!("POST /v1/token HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n{framing}\r\n{body}")
}

#[tokio::test]
async fn a_body_with_two_ends_hides_no_request() {
    let house = impatient_house().await;
    let address = house.broker.loopback().unwrap();
    let hidden = good_request(&house, "");
    let length = hidden.len() + 5;
    let chunks = format!("0\r\n\r\n{hidden}");
    let as_chunk = format!("{:x}\r\n{hidden}\r\n0\r\n\r\n", hidden.len());
    let both = format!("Content-Length: {length}\r\nTransfer-Encoding: chunked\r\n");
    let cases = [
        ("length and chunked", both.as_str(), &chunks),
        ("chunked and length", "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", &chunks),
        ("chunked and no length", "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n", &as_chunk),
        ("two lengths", "Content-Length: 0\r\nContent-Length: 5\r\n", &chunks),
        ("two codings", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", &chunks),
        ("two codings, turned", "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n", &chunks),
        ("chunked twice", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", &chunks),
        ("a list of codings", "Transfer-Encoding: gzip, chunked\r\n", &chunks),
        ("an unknown coding", "Transfer-Encoding: xchunked\r\n", &chunks),
        ("a coding in quotes", "Transfer-Encoding: \"chunked\"\r\n", &chunks),
        ("space before the colon", "Transfer-Encoding : chunked\r\n", &chunks),
        ("vertical tab", "Transfer-Encoding:\x0bchunked\r\n", &chunks),
        ("a folded line", "Content-Length: 0\r\n\tTransfer-Encoding: chunked\r\n", &chunks),
        ("a folded value", "Transfer-Encoding:\r\n chunked\r\n", &chunks),
        ("a length in a list", "Content-Length: 5, 5\r\n", &chunks),
        ("a length with a sign", "Content-Length: +5\r\n", &chunks),
        ("a length below zero", "Content-Length: -5\r\n", &chunks),
        ("a length in hexadecimal", "Content-Length: 0x5\r\n", &chunks),
        ("a length beyond numbers", "Content-Length: 18446744073709551621\r\n", &chunks),
        ("a length with a space", "Content-Length: 5 5\r\n", &chunks),
        ("a zero byte in a value", "X-A: a\0b\r\nContent-Length: 5\r\n", &chunks),
        ("a carriage return in a value", "X-A: a\rContent-Length: 5\r\n", &chunks),
    ];
    for (name, framing, body) in cases {
        let answer = exchange(address, around(&house, framing, body).as_bytes()).await;
        assert!(answers(&answer) <= 1, "{name}: {answer}");
        assert!(!answer.contains("HTTP/1.1 200"), "{name}: {answer}");
        assert_eq!(house.events("granted").len(), 0, "{name}: {answer}");
    }
    assert!(house.lab.journal().count(keystay_lab::Kind::Token) == 0);
    assert!(!reasons(&house).is_empty());
}

#[tokio::test]
async fn chunks_that_readers_differ_about_end_the_connection() {
    let house = impatient_house().await;
    let address = house.broker.loopback().unwrap();
    let hidden = good_request(&house, "");
    let recognised = good_request(&house, "Transfer-Encoding: chunked\r\nContent-Type: application/json\r\n");
    let recognised = recognised.replacen("GET /v1/token", "POST /v1/token", 1);
    for (name, chunks) in [
        ("a newline in an extension", format!("2;a=\nb\r\n{{}}\r\n0\r\n\r\n{hidden}")),
        ("a size with a sign", format!("+2\r\n{{}}\r\n0\r\n\r\n{hidden}")),
        ("a size in the C way", format!("0x2\r\n{{}}\r\n0\r\n\r\n{hidden}")),
        ("a size beyond numbers", format!("fffffffffffffffff2\r\n{{}}\r\n0\r\n\r\n{hidden}")),
        ("a size with a bare newline", format!("2\n{{}}\n0\n\n{hidden}")),
        ("a chunk longer than said", format!("2\r\n{{}}XX\r\n0\r\n\r\n{hidden}")),
        ("an extension without end", format!("2;{}\r\n{{}}\r\n0\r\n\r\n{hidden}", "a".repeat(20_000))),
    ] {
        let answer = exchange(address, format!("{recognised}{chunks}").as_bytes()).await;
        assert!(answers(&answer) <= 1, "{name}: {answer}");
        assert!(!answer.contains("HTTP/1.1 200"), "{name}: {answer}");
    }
    assert_eq!(house.events("granted").len(), 0);
}

/// A trailer comes after the body, when everything has been decided.
#[tokio::test]
async fn a_secret_behind_the_body_is_none() {
    let house = impatient_house().await;
    let secret = crate::support::SECRET;
    let trailer = format!("0\r\nAuthorization: Bearer {secret}\r\n\r\n");
    let request = around(&house, "Transfer-Encoding: chunked\r\nTrailer: Authorization\r\n", &trailer);
    let answer = exchange(house.broker.loopback().unwrap(), request.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    assert_eq!(reasons(&house), ["nothing-presented"]);
}

#[tokio::test]
async fn request_lines_and_heads_that_are_none_end_the_connection() {
    let house = impatient_house().await;
    let address = house.broker.loopback().unwrap();
    let good = good_request(&house, "");
    let target = crate::raw::target(&house);
    for (name, bytes) in [
        ("HTTP/0.9", format!("GET {target}\r\n{good}")),
        ("HTTP/2 by prior knowledge", format!("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n{good}")),
        ("a version that is none", good.replace("HTTP/1.1", "HTTP/1.9")),
        ("two spaces", good.replacen("GET ", "GET  ", 1)),
        ("a tab", good.replacen("GET ", "GET\t", 1)),
        ("a method with a newline", format!("GE\r\nT {good}")),
        ("a folded secret", good.replace("Bearer ", "Bearer\r\n ")),
        ("a header without a name", good.replace("Host:", ":")),
        ("a header without a colon", good.replace("Host:", "Host")),
        ("TLS", format!("\x16\x03\x01\x02\x00\x01{good}")),
    ] {
        let answer = exchange(address, bytes.as_bytes()).await;
        assert!(answers(&answer) <= 1, "{name}: {answer}");
        assert!(!answer.contains("HTTP/1.1 200"), "{name}: {answer}");
    }
    assert_eq!(house.events("granted").len(), 0);
    assert!(reasons(&house).iter().filter(|reason| *reason == "no-http").count() >= 8, "{:?}", reasons(&house));
}

/// RFC 9112 section 2.2 lets a reader take a bare newline for an end of line: then it is one request, not two.
#[tokio::test]
async fn bare_newlines_make_no_second_request() {
    let house = impatient_house().await;
    let bare = good_request(&house, "Content-Length: 40\r\n").replace("\r\n", "\n");
    let hidden = good_request(&house, "").replace("\r\n", "\n");
    let answer = exchange(house.broker.loopback().unwrap(), format!("{bare}{}", &hidden[..40]).as_bytes()).await;
    assert!(answers(&answer) <= 1, "{answer}");
    assert!(house.events("granted").len() <= 1);
}

#[tokio::test]
async fn pipelined_requests_are_answered_one_by_one_up_to_the_first_that_is_turned_away() {
    let house = impatient_house().await;
    let address = house.broker.loopback().unwrap();
    let good = good_request(&house, "");
    let answer = exchange(address, good.repeat(3).as_bytes()).await;
    assert_eq!((answers(&answer), house.events("granted").len()), (3, 3), "{answer}");

    let evil = good.replace(&format!("Host: {address}"), "Host: evil.example");
    let answer = exchange(address, format!("{good}{evil}{good}{good}").as_bytes()).await;
    assert_eq!((answers(&answer), house.events("granted").len()), (2, 4), "{answer}");
    assert!(answer.to_ascii_lowercase().contains("connection: close"), "{answer}");

    let last = good_request(&house, "Connection: close\r\n");
    let answer = exchange(address, format!("{last}{good}").as_bytes()).await;
    assert_eq!((answers(&answer), house.events("granted").len()), (1, 5), "{answer}");
}

/// A body that nobody reads is not the next request.
#[tokio::test]
async fn a_body_under_a_get_is_no_request() {
    let house = impatient_house().await;
    let hidden = good_request(&house, "");
    let outer = good_request(&house, &format!("Content-Length: {}\r\n", hidden.len()));
    let answer = exchange(house.broker.loopback().unwrap(), format!("{outer}{hidden}").as_bytes()).await;
    assert_eq!((answers(&answer), house.events("granted").len()), (1, 1), "{answer}");
}
