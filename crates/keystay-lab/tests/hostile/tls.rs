//! Inside a tunnel, before there is HTTP.

use std::time::{Duration, Instant};

use keystay_lab::Limits;
use rustls::pki_types::ServerName;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::timeout,
};

use crate::target::{ENTRA, GRAPH, PATIENCE, Target, VAULT, exchange};

/// A record header of TLS: type, version 1.0 to 1.2, length.
fn record(kind: u8, length: u16, content: &[u8]) -> Vec<u8> {
    [&[kind, 3, 1], length.to_be_bytes().as_slice(), content].concat()
}

#[tokio::test]
async fn what_is_no_handshake_is_closed() {
    let target = Target::new().await;
    let mut answers = String::new();
    for junk in [
        b"GET / HTTP/1.1\r\nHost: graph.microsoft.com\r\n\r\n".to_vec(),
        vec![0; 16 * 1024],
        vec![0xff; 16 * 1024],
        record(22, 0xffff, &[1; 100]),
        record(22, 4, &[1, 0xff, 0xff, 0xff]),
        record(20, 1, &[1]),
        record(21, 2, &[2, 40]),
        record(23, 5, b"hello"),
        // SSLv2, and a heartbeat that promises more than it brings
        vec![0x80, 0x2e, 1, 0, 2, 0, 0x15, 0, 0, 0, 0x10],
        record(24, 3, &[1, 0x40, 0]),
    ] {
        let mut stream = target.tunnel(GRAPH).await;
        let _ = stream.write_all(&junk).await;
        // one whose promise of more is not kept waits for the limit of a handshake, which is another test's matter
        let _ = stream.shutdown().await;
        let mut answer = Vec::new();
        let _ = timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("the lab closes");
        answers += &String::from_utf8_lossy(&answer);
    }
    assert!(!answers.contains("HTTP/1.1"), "nothing answers without TLS: {answers}");
    target.is_well(&answers).await;
}

#[tokio::test]
async fn a_handshake_that_does_not_end_is_given_up() {
    let target = Target::with(Limits { handshake: Duration::from_millis(200), ..Limits::default() }).await;
    for half in [Vec::new(), vec![22], record(22, 512, &[1, 0, 1, 0xfc, 3, 3])] {
        let mut stream = target.tunnel(GRAPH).await;
        stream.write_all(&half).await.unwrap();
        let start = Instant::now();
        let mut rest = Vec::new();
        let _ = timeout(PATIENCE, stream.read_to_end(&mut rest)).await.expect("the lab gives up");
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    }
    target.is_well("").await;
}

#[tokio::test]
async fn the_tunnel_decides_who_answers_whatever_name_the_handshake_asks_for() {
    let target = Target::new().await;
    for (tunnel, asked) in [(GRAPH, ENTRA), (VAULT, "example.com"), (ENTRA, "localhost")] {
        let name = ServerName::try_from(asked).unwrap();
        let error = target.connector().connect(name, target.tunnel(tunnel).await).await.unwrap_err();
        assert!(error.to_string().contains("not valid for name"), "{error}");
    }
    target.is_well("").await;
}

#[tokio::test]
async fn a_client_that_leaves_in_the_middle_harms_nobody() {
    let target = Target::new().await;
    for length in [0, 1, 5, 6, 100] {
        let mut stream = target.tunnel(VAULT).await;
        stream.write_all(&record(22, 512, &[1; 512])[..length]).await.unwrap();
        drop(stream);
    }
    for request in
        ["", "GET", "GET /keys HTTP/1.1\r\nHost:", "POST /keys/a/create HTTP/1.1\r\nContent-Length: 99\r\n\r\n{"]
    {
        let mut stream = target.open(VAULT).await;
        stream.write_all(request.as_bytes()).await.unwrap();
        drop(stream);
    }
    target.is_well("").await;
}

#[tokio::test]
async fn junk_after_the_handshake_ends_the_connection() {
    let target = Target::new().await;
    let mut answers = String::new();
    // a second handshake below the first, as renegotiation was, and records of every kind that are encrypted with nothing
    for kind in [20, 21, 22, 23, 24, 99] {
        let mut stream = target.open(GRAPH).await;
        let (socket, _) = stream.get_mut();
        socket.write_all(&record(kind, 64, &[1; 64])).await.unwrap();
        answers += &exchange(&mut *socket, []).await;
    }
    assert!(!answers.contains("HTTP/1.1"), "{answers}");
    for junk in [
        vec![0; 4096],
        vec![0xff; 4096],
        b"\x16\x03\x01\x02\x00\x01".to_vec(),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(),
    ] {
        answers += &target.raw(GRAPH, junk).await;
    }
    target.is_well(&answers).await;
}
