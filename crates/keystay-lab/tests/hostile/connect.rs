//! CONNECT to anything but the names the lab plays.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    time::timeout,
};

use crate::target::{PATIENCE, Target, VAULT, statuses};

#[tokio::test]
async fn only_names_of_azure_on_their_own_port_are_tunnelled() {
    let target = Target::new().await;
    // somebody who would be reached by a proxy that forwards
    let bystander = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = bystander.local_addr().unwrap().port();
    let mut all = String::new();
    for to in [
        &format!("127.0.0.1:{port}"),
        &format!("localhost:{port}"),
        &format!("[::1]:{port}"),
        &format!("0.0.0.0:{port}"),
        &format!("[::ffff:127.0.0.1]:{port}"),
        &target.address(),
        "169.254.169.254:80",
        "169.254.169.254:443",
        "10.0.0.1:443",
        "[fe80::1]:443",
        "2130706433:443",
        "0x7f000001:443",
        "graph.microsoft.com:80",
        "graph.microsoft.com:22",
        "graph.microsoft.com:0",
        "graph.microsoft.com:65536",
        "graph.microsoft.com:-1",
        "graph.microsoft.com:443:443",
        "graph.microsoft.com",
        "graph.microsoft.com:",
        ":443",
        "",
        "/",
        "*",
        "evil.example:443",
        "graph.microsoft.com.evil.example:443",
        "evilgraph.microsoft.com:443",
        "vault.azure.net:443",
        ".vault.azure.net:443",
        "a.b.vault.azure.net:443",
        "-.vault.azure.net:443",
        "x_y.vault.azure.net:443",
        "graph.microsoft.com%00.evil:443",
        "gräph.microsoft.com:443",
        "user@graph.microsoft.com:443@evil.example:443",
        "user:pass@evil.example:443",
        "http://graph.microsoft.com:443/",
        "graph.microsoft.com:443/path",
        &format!("{}.vault.azure.net:443", "a".repeat(25)),
        &format!("{}:443", "a".repeat(60_000)),
    ] {
        let answer = target.raw_outside(format!("CONNECT {to} HTTP/1.1\r\nHost: {to}\r\n\r\n")).await;
        let found = statuses(&answer);
        assert!(found.is_empty() || (400..500).contains(&found[0]), "{to:.80}: {answer}");
        all += &answer;
    }
    timeout(std::time::Duration::from_millis(50), bystander.accept()).await.expect_err("nobody was reached");
    target.is_well(&all).await;
}

#[tokio::test]
async fn a_name_with_a_user_before_it_is_that_name_and_no_other() {
    let target = Target::new().await;
    let mut answers = String::new();
    for to in [format!("user:pass@{VAULT}:443"), format!("{}.:443", VAULT.to_uppercase())] {
        let mut stream = target.connect().await;
        stream.write_all(format!("CONNECT {to} HTTP/1.1\r\nHost: {to}\r\n\r\n").as_bytes()).await.unwrap();
        let mut head = [0; 512];
        let length = timeout(PATIENCE, stream.read(&mut head)).await.unwrap().unwrap();
        let head = String::from_utf8_lossy(&head[..length]).into_owned();
        // refused, or a tunnel whose certificate says who is at its end
        if head.starts_with("HTTP/1.1 200 ") {
            let name = VAULT.try_into().unwrap();
            target.connector().connect(name, stream).await.unwrap();
        } else {
            assert!((400..500).contains(&statuses(&head)[0]), "{to}: {head}");
        }
        answers += &head;
    }
    target.is_well(&answers).await;
}

#[tokio::test]
async fn a_body_or_a_second_request_behind_connect_is_no_way_around_tls() {
    let target = Target::new().await;
    let mut all = String::new();
    for more in [
        "Content-Length: 10\r\n\r\n0123456789",
        "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "\r\nGET /lab/state HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    ] {
        let request = format!("CONNECT {VAULT}:443 HTTP/1.1\r\nHost: {VAULT}:443\r\n{more}");
        let answer = target.raw_outside(request).await;
        assert_eq!(statuses(&answer).len(), 1, "{more}: {answer}");
        assert!(!answer.contains("token_key"), "{answer}");
        all += &answer;
    }
    target.is_well(&all).await;
}
