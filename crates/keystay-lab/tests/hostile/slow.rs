//! Callers who take their time.

use std::time::{Duration, Instant};

use keystay_lab::Limits;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::{sleep, timeout},
};

use crate::target::{GRAPH, PATIENCE, Target, VAULT, exchange};

const SOON: Duration = Duration::from_millis(300);

fn impatient() -> Limits {
    Limits { head: SOON, service: SOON, unread: SOON, ..Limits::default() }
}

#[tokio::test]
async fn a_head_that_comes_drop_by_drop_is_given_up() {
    let target = Target::with(impatient()).await;
    for inside in [false, true] {
        let start = Instant::now();
        let head = "GET /v1.0/users HTTP/1.1\r\nHost: graph.microsoft.com\r\n".bytes().chain(std::iter::repeat(b'x'));
        let outcome =
            if inside { drip(target.open(GRAPH).await, head).await } else { drip(target.connect().await, head).await };
        outcome.expect_err("the lab closes");
        assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    }
    target.is_well("").await;
}

/// Sends a byte now and then until the other side has had enough.
async fn drip(
    mut stream: impl tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
    bytes: impl Iterator<Item = u8>,
) -> std::io::Result<()> {
    let mut answer = [0; 1024];
    for byte in bytes.take(2000) {
        stream.write_all(&[byte]).await?;
        stream.flush().await?;
        if timeout(Duration::from_millis(20), stream.read(&mut answer)).await.is_ok_and(|read| !matches!(read, Ok(1..)))
        {
            return Err(std::io::ErrorKind::ConnectionAborted.into());
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_handshake_or_a_body_that_comes_drop_by_drop_is_given_up() {
    let target = Target::with(Limits { handshake: SOON, ..impatient() }).await;
    let start = Instant::now();
    // the head of a record of 512 bytes with a ClientHello
    let hello = [22, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3].into_iter().chain(std::iter::repeat(7));
    drip(target.tunnel(GRAPH).await, hello).await.expect_err("the lab closes");
    let mut stream = target.open(VAULT).await;
    let head = format!(
        "POST /keys/a/create?api-version=7.6 HTTP/1.1\r\nHost: {VAULT}\r\nAuthorization: Bearer {}\r\nContent-Length: 1000\r\n\r\n",
        target.vault_token
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    drip(stream, std::iter::repeat(b' ')).await.expect_err("the lab closes");
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    target.is_well("").await;
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let target = Target::with(impatient()).await;
    let mut answers = String::new();
    for framing in ["Content-Length: 1000", "Transfer-Encoding: chunked"] {
        let request = format!(
            "POST /keys/a/create?api-version=7.6 HTTP/1.1\r\nHost: {VAULT}\r\nAuthorization: Bearer {}\r\n{framing}\r\n\r\n",
            target.vault_token
        );
        let start = Instant::now();
        let answer = target.raw(VAULT, request).await;
        assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
        assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
        answers += &answer;
    }
    target.is_well(&answers).await;
}

#[tokio::test]
async fn an_answer_nobody_reads_is_thrown_away() {
    let target = Target::with(impatient()).await;
    // some megabytes, more than the sockets hold
    for number in 0..10_000 {
        target.bench.lab.directory().create_tenant(&format!("{number}{}", "x".repeat(300)));
    }
    let mut stream = target.connect().await;
    let request = format!("GET /lab/state-summary HTTP/1.1\r\nHost: {}\r\n\r\n", target.address());
    stream.write_all(request.as_bytes()).await.unwrap();
    timeout(PATIENCE, stream.readable()).await.expect("the answer begins").unwrap();
    sleep(SOON * 5).await;
    let answer = exchange(stream, []).await;
    let promised: usize = answer.split("content-length: ").nth(1).unwrap().split('\r').next().unwrap().parse().unwrap();
    assert!(answer.len() < promised, "{} of {promised} bytes", answer.len());
    target.is_well("").await;
}

#[tokio::test]
async fn a_caller_who_stops_in_the_middle_of_the_answer_keeps_nothing_open() {
    let target = Target::with(impatient()).await;
    let mut stream = target.open(GRAPH).await;
    let many =
        format!("GET /v1.0/users HTTP/1.1\r\nHost: {GRAPH}\r\nAuthorization: Bearer {}\r\n\r\n", target.graph_token);
    // pipelined, so that answers pile up
    for _ in 0..2000 {
        if timeout(SOON * 5, stream.write_all(many.as_bytes())).await.is_err() {
            break;
        }
    }
    sleep(SOON * 3).await;
    let mut rest = Vec::new();
    let _ = timeout(PATIENCE, stream.read_to_end(&mut rest)).await.expect("the lab closes");
    target.is_well("").await;
}
