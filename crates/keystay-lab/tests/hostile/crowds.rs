//! Many callers at once, and callers with many names.

use std::time::Duration;

use futures::{StreamExt, stream};
use keystay_lab::Limits;
use reqwest::StatusCode;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::timeout,
};

use crate::target::{PATIENCE, Target, VAULT};

/// Idle, half a head, half a handshake: what keeps a place without a request.
const IDLE: [&str; 3] = ["", "GET / HTTP", "CONNECT harborvault.vault.azure.net:443 HTTP/1.1\r\n\r\n\x16\x03\x01"];

#[tokio::test(flavor = "multi_thread")]
async fn hundreds_of_silent_connections_leave_room_for_good_ones() {
    let target = Target::new().await;
    let mut crowd = Vec::new();
    for number in 0..900 {
        let mut stream = target.connect().await;
        stream.write_all(IDLE[number % 3].as_bytes()).await.unwrap();
        crowd.push(stream);
    }
    target.is_well("").await;
    drop(crowd);
    target.is_well("").await;
}

#[tokio::test]
async fn beyond_its_limit_a_connection_waits_until_another_ends() {
    let limits = Limits { connections: 20, head: Duration::from_secs(2), ..Limits::default() };
    let target = Target::with(limits).await;
    let mut crowd = Vec::new();
    for _ in 0..40 {
        crowd.push(target.connect().await);
    }
    let request = format!("GET /lab/clock HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", target.address());
    let mut late = target.connect().await;
    late.write_all(request.as_bytes()).await.unwrap();
    let mut answer = [0; 15];
    timeout(Duration::from_millis(300), late.read_exact(&mut answer)).await.expect_err("all places are taken");
    // silent ones lose their places by and by
    timeout(PATIENCE, late.read_exact(&mut answer)).await.expect("its turn comes").unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200 OK");
    drop(crowd);
    target.is_well("").await;
}

#[tokio::test]
async fn a_tunnel_keeps_its_place_as_long_as_it_is_open() {
    let limits = Limits { connections: 30, ..Limits::default() };
    let target = Target::with(limits).await;
    let mut tunnels = Vec::new();
    while let Ok(tunnel) = timeout(Duration::from_millis(500), target.tunnel(VAULT)).await {
        tunnels.push(tunnel);
        assert!(tunnels.len() <= 30, "a tunnel gave its place away");
    }
    assert!(tunnels.len() > 20, "{}", tunnels.len());
    drop(tunnels);
    target.is_well("").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn thousands_of_invented_vaults_are_unknown_and_forgotten() {
    let target = Target::new().await;
    let names = stream::iter(0..1100).map(|number| {
        let target = &target;
        async move {
            let url = format!("https://invented{number}.vault.azure.net/keys?api-version=7.6");
            let answer = target.bench.get(&url, &target.vault_token).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{}", answer.body);
        }
    });
    names.buffer_unordered(50).collect::<Vec<()>>().await;
    target.is_well("").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_orders_for_keys_holds_up_nobody_else() {
    let target = Target::new().await;
    let order = |number: usize| {
        let url = format!("https://{VAULT}/keys/flood{number}/create?api-version=7.6");
        target
            .bench
            .http
            .post(url)
            .bearer_auth(&target.vault_token)
            .json(&serde_json::json!({ "kty": "RSA", "key_size": 4096 }))
            .send()
    };
    let flood = stream::iter(0..60).map(order).buffer_unordered(60).for_each(|_| async {});
    // the orders are given up as soon as the others were served
    tokio::select! {
        () = flood => {}
        () = async { tokio::time::sleep(Duration::from_millis(300)).await; target.is_well("").await } => {}
    }
    target.is_well("").await;
}
