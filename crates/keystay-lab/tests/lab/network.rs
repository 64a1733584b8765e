//! The proxy: which names are played, and what happens to the others.

use std::time::{Duration, Instant};

use keystay_lab::{Fault, FaultAction, Kind, LabOptions, Latency};
use reqwest::StatusCode;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{Bench, KEY, ps256};

/// Sends raw text to the listener and returns all of the answer.
async fn raw(bench: &Bench, text: &str) -> String {
    let address = bench.lab.proxy_url().replace("http://", "");
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut answer = vec![0; 4096];
    let mut length = 0;
    while let Ok(Ok(more)) = tokio::time::timeout(Duration::from_millis(300), stream.read(&mut answer[length..])).await
    {
        if more == 0 {
            break;
        }
        length += more;
    }
    String::from_utf8_lossy(&answer[..length]).into_owned()
}

#[tokio::test]
async fn a_name_the_lab_does_not_play_is_refused_and_not_forwarded() {
    let bench = Bench::start(LabOptions::new()).await;
    let answer = raw(&bench, "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
    assert!(answer.ends_with("the lab does not play example.com; nothing is forwarded to the internet\n"), "{answer}");
    let answer = raw(&bench, "CONNECT graph.microsoft.com:80 HTTP/1.1\r\nHost: graph.microsoft.com:80\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
    let answer = raw(&bench, "GET http://example.com/ HTTP/1.1\r\nHost: example.com\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 403 ") && answer.contains("does not play example.com"), "{answer}");
    assert!(answer.contains("\r\ndate: "), "{answer}");
    let entries = bench.lab.journal().entries();
    let tried: Vec<_> =
        entries.iter().map(|entry| (entry.host.as_str(), entry.method.as_str(), entry.status)).collect();
    let expected = [("example.com", "CONNECT"), ("graph.microsoft.com", "CONNECT"), ("example.com", "GET")];
    assert_eq!(tried, expected.map(|(host, method)| (host, method, Some(403))), "attempts are on record");
}

/// Python's urllib3 sends head and body apart and leaves Nagle's algorithm on when there is a proxy.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_body_that_waits_for_the_acknowledgement_of_its_head_does_not_wait_long() {
    let bench = Bench::start(LabOptions::new()).await;
    let mut stream = TcpStream::connect(bench.lab.proxy_url().replace("http://", "")).await.unwrap();
    stream.set_nodelay(false).unwrap();
    let host = bench.lab.proxy_url().replace("http://", "");
    let body = r#"{"advance_seconds":1}"#;
    let head = format!(
        "POST /lab/clock HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let mut waits = Vec::new();
    // A new connection acknowledges at once for a while; the delay would come after it.
    for _ in 0..60 {
        let start = Instant::now();
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(body.as_bytes()).await.unwrap();
        let mut answer = [0; 1024];
        assert!(stream.read(&mut answer).await.unwrap() > 0);
        waits.push(start.elapsed());
    }
    let late = &mut waits[30..];
    late.sort();
    assert!(late[15] < Duration::from_millis(30), "{late:?}");
}

#[tokio::test]
async fn a_tunnel_leads_to_its_own_name_only() {
    let bench = Bench::start(LabOptions::new()).await;
    let request = bench.http.get("https://graph.microsoft.com/v1.0/users").header("host", "login.microsoftonline.com");
    assert_eq!(request.send().await.unwrap().status(), StatusCode::MISDIRECTED_REQUEST);
}

#[tokio::test]
async fn a_dropped_lab_is_gone() {
    let bench = Bench::start(LabOptions::new()).await;
    bench.http.get("https://graph.microsoft.com/v1.0/users").send().await.unwrap();
    let (address, ca) = (bench.lab.proxy_url().replace("http://", ""), bench.lab.ca_file().to_owned());
    assert!(ca.exists());
    drop(bench.lab);
    let deadline = Instant::now() + Duration::from_secs(5);
    while TcpStream::connect(&address).await.is_ok() {
        assert!(Instant::now() < deadline, "the listener is still there");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(!ca.exists());
    bench.http.get("https://graph.microsoft.com/v1.0/users").send().await.unwrap_err();
}

#[tokio::test]
async fn latency_is_the_whole_service_time() {
    let latency = Latency { token: Duration::from_millis(150), ..Latency::default() };
    let bench = Bench::start(LabOptions::new().with_ready_app(true).with_latency(latency)).await;
    bench.lab.directory().add_certificate(bench.app(), &KEY.der, "test").unwrap();
    bench.app_token(bench.juniper()).await.token();
    let start = Instant::now();
    bench.app_token(bench.juniper()).await.token();
    assert!(start.elapsed() >= Duration::from_millis(150), "{:?}", start.elapsed());
    bench.lab.latency().set(Latency::default());
    assert_eq!(bench.lab.latency().get(), Latency::default());
}

#[tokio::test]
async fn faults_happen_to_the_requests_they_name() {
    let bench = Bench::ready().await;
    let faults = bench.lab.faults();
    let headers = [("Retry-After".to_owned(), "7".to_owned())].into();
    let busy = FaultAction::Status { code: 429, headers, body: "slow down".to_owned() };
    faults.add(Fault::new(busy).on_host("login.microsoftonline.com").times(1));
    let answer = bench.app_token(bench.juniper()).await;
    assert_eq!((answer.status, answer.headers["retry-after"].to_str().unwrap()), (StatusCode::TOO_MANY_REQUESTS, "7"));
    bench.app_token(bench.juniper()).await.token();

    for action in [FaultAction::Reset, FaultAction::Truncate] {
        faults.add(Fault::new(action.clone()).on_path("/users").times(1));
        let url = "https://graph.microsoft.com/v1.0/users";
        let broken = match bench.http.get(url).send().await {
            Ok(answer) => answer.bytes().await.is_err(),
            Err(_) => true,
        };
        assert!(broken, "{action:?}");
    }

    faults.add(Fault::delay(Duration::from_millis(120)).times(1));
    let start = Instant::now();
    bench.app_token(bench.juniper()).await.token();
    assert!(start.elapsed() >= Duration::from_millis(120));
    faults.add(Fault::status(500));
    faults.clear();
    bench.app_token(bench.juniper()).await.token();
}

#[tokio::test]
async fn the_journal_counts_every_request_and_holds_no_secret() {
    let bench = Bench::ready().await;
    let token = bench.app_token(bench.juniper()).await.token().to_owned();
    let id = "0e5f5a4e-3f43-4f0e-9d8e-3c9d3b0f0001";
    let request = bench.http.get("https://graph.microsoft.com/v1.0/users?$top=3").bearer_auth(&token);
    request.header("client-request-id", id).send().await.unwrap();
    bench.get("https://graph.microsoft.com/v1.0/users", "bad").await;
    let journal = bench.lab.journal();
    assert_eq!((journal.count(Kind::Token), journal.count(Kind::GraphUsers), journal.count(Kind::Sign)), (1, 2, 0));
    let entries = journal.entries();
    assert_eq!((entries[0].tenant, entries[0].client_app), (Some(bench.juniper()), Some(bench.app())));
    assert_eq!(entries[1].client_request_id.as_deref(), Some(id));
    assert_eq!((entries[1].path.as_str(), entries[1].status), ("/v1.0/users", Some(200)));
    assert_eq!((entries[1].tenant, entries[1].client_app), (Some(bench.juniper()), Some(bench.app())));
    assert_eq!(entries[2].status, Some(401));
    let text = format!("{entries:?}");
    assert!(!text.contains(&token) && !text.contains(&ps256(&KEY, &bench.claims())[..20]), "{text}");
    journal.clear();
    assert_eq!((journal.count(Kind::Token), journal.entries().len()), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_clients_at_once_are_served() {
    let bench = std::sync::Arc::new(Bench::ready().await);
    let assertion = ps256(&KEY, &bench.claims());
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..64 {
        let (bench, assertion) = (bench.clone(), assertion.clone());
        tasks.spawn(async move {
            for _ in 0..4 {
                bench.ask(&bench.juniper(), &assertion).await.token();
            }
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended.unwrap();
    }
    assert_eq!(bench.lab.journal().count(Kind::Token), 256);
}
