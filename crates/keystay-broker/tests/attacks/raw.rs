//! Bytes on a connection, as an attacker writes them.

use std::{net::SocketAddr, time::Duration};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::support::{House, SECRET};

/// Longer than the broker waits for anything in these tests.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

/// A house whose broker waits a second for heads and bodies, so that connections end while a test looks.
pub(crate) async fn impatient_house() -> House {
    House::with(|config| config["limits"] = json!({ "request_seconds": 1 })).await
}

/// Writes the bytes, and reads until the broker closes the connection.
pub(crate) async fn exchange(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    // the broker may close before it has read everything
    let _ = stream.write_all(bytes).await;
    rest(&mut stream).await
}

/// What still comes until the broker closes the connection.
pub(crate) async fn rest(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let read = timeout(DEADLINE, stream.read_to_end(&mut answer)).await.expect("the broker keeps the connection open");
    // bytes it did not read make the system reset the connection after the answer
    drop(read);
    String::from_utf8_lossy(&answer).into_owned()
}

/// How many answers these are.
pub(crate) fn answers(text: &str) -> usize {
    text.matches("HTTP/1.1 ").count() - text.matches("HTTP/1.1 100").count()
}

/// The target of a request that a caller would make.
pub(crate) fn target(house: &House) -> String {
    format!("/v1/token?identity=graph&tenant={}", house.customer())
}

/// A request that is answered with a token; with further headers.
pub(crate) fn good_request(house: &House, headers: &str) -> String {
    let host = house.broker.loopback().unwrap();
    format!("GET {} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {SECRET}\r\n{headers}\r\n", target(house))
}

/// The reasons for which somebody was turned away, so far.
pub(crate) fn reasons(house: &House) -> Vec<String> {
    let reason = |line: &Value| line["reason"].as_str().unwrap().to_owned();
    house.events("turned-away").iter().map(reason).collect()
}

/// Nobody got anything, and nothing was asked of Azure.
pub(crate) fn assert_nothing_left(house: &House) {
    assert_eq!(house.events("granted"), Vec::<Value>::new());
    assert_eq!(house.events("sign-begins"), Vec::<Value>::new());
    assert_eq!(house.lab.journal().count(keystay_lab::Kind::Token), 0);
}
