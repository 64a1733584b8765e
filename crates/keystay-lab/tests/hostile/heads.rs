//! Heads of requests: framing, fields, methods, and what a second reader might take for another request.

use crate::target::{ENTRA, GRAPH, Target, VAULT, statuses};

/// Requests whose framing two readers could understand differently; each hides a second request.
fn smuggled(host: &str) -> Vec<String> {
    let hidden = format!("GET /smuggled HTTP/1.1\r\nHost: {host}\r\n\r\n");
    let start = format!("POST /keys/visible HTTP/1.1\r\nHost: {host}\r\n");
    let length = hidden.len();
    vec![
        format!("{start}Content-Length: {length}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{hidden}"),
        format!("{start}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n{hidden}"),
        format!("{start}Content-Length: 0\r\nContent-Length: {length}\r\n\r\n{hidden}"),
        format!("{start}Content-Length: 0, {length}\r\n\r\n{hidden}"),
        format!("{start}Content-Length: +{length}\r\n\r\n{hidden}"),
        format!("{start}Content-Length: -1\r\n\r\n{hidden}"),
        format!("{start}Content-Length: 99999999999999999999\r\n\r\n{hidden}"),
        format!("{start}Content-Length : {length}\r\n\r\n{hidden}"),
        format!("{start}Content-Length:\r\n {length}\r\n\r\n{hidden}"),
        format!("{start}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n{hidden}"),
        format!("{start}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n{hidden}"),
        format!("{start}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n{hidden}"),
        format!("{start}Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n{hidden}"),
        format!("{start}X: y\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n{hidden}"),
        format!("{start}Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n{hidden}"),
        format!("{start}Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n\r\n{hidden}"),
        format!("{start}Transfer-Encoding: chunked\r\n\r\n0;{}\r\n\r\n{hidden}", "x".repeat(100_000)),
        format!("{start}Transfer-Encoding: chunked\r\n\r\n0\r\n{}\r\n{hidden}", "T: t\r\n".repeat(10_000)),
        format!("{start}\rContent-Length: 0\r\n\r\n{hidden}"),
        format!("{start}Content-Length: 0\n\n{hidden}"),
        format!("GET /keys/visible HTTP/1.0\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{hidden}"),
        format!("GET /keys/visible HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length}\r\n\r\n{hidden}"),
    ]
}

#[tokio::test]
async fn what_the_framing_hides_is_never_a_request_that_the_visible_one_has_not_ended() {
    let target = Target::new().await;
    let mut all = String::new();
    for request in smuggled(VAULT) {
        target.bench.lab.journal().clear();
        let answers = target.raw(VAULT, &request).await;
        let paths: Vec<_> = target.bench.lab.journal().entries().into_iter().map(|entry| entry.path).collect();
        let seen = statuses(&answers);
        // as many answers as requests on record, or one more that refuses the connection
        assert!(seen.len() >= paths.len() && seen.len() <= paths.len() + 1, "{request:?}: {paths:?} {seen:?}");
        let both_framings = request.contains("Content-Length: ") && request.contains("Transfer-Encoding: chunked\r\n");
        let doubtful =
            both_framings || request.contains("Content-Length: 0\r\nContent-Length") || request.contains("\r\n ");
        if doubtful {
            assert!(!paths.iter().any(|path| path == "/smuggled"), "{request:?}: {paths:?}");
        }
        all += &answers;
    }
    target.is_well(&all).await;
}

#[tokio::test]
async fn heads_without_measure_are_refused() {
    let target = Target::new().await;
    let mut all = String::new();
    for extra in [
        format!("X: {}\r\n", "y".repeat(1024 * 1024)),
        format!("{}: y\r\n", "X".repeat(1024 * 1024)),
        "X: y\r\n".repeat(10_000),
        format!("Cookie: {}\r\n", "a=b; ".repeat(100_000)),
        format!("Authorization: Bearer {}\r\n", "a".repeat(200_000)),
    ] {
        let answer = target.raw(GRAPH, format!("GET /v1.0/users HTTP/1.1\r\nHost: {GRAPH}\r\n{extra}\r\n")).await;
        assert!(answer.is_empty() || statuses(&answer) == [431] || statuses(&answer) == [400], "{answer}");
        all += &answer;
    }
    for line in [
        format!("GET /{} HTTP/1.1", "x".repeat(1024 * 1024)),
        format!("{} / HTTP/1.1", "X".repeat(1024 * 1024)),
        "GET /".to_owned(),
        "GET / HTTP/9.9".to_owned(),
        "GET  / HTTP/1.1".to_owned(),
        "GET / HTTP/1.1 extra".to_owned(),
        "\0".to_owned(),
        "GET /\u{0} HTTP/1.1".to_owned(),
        "GET /\u{fc} HTTP/1.1".to_owned(),
        "GET http:// HTTP/1.1".to_owned(),
        "GET https://graph.microsoft.com:99999/ HTTP/1.1".to_owned(),
    ] {
        for inside in [true, false] {
            let request = format!("{line}\r\nHost: {GRAPH}\r\n\r\n");
            let answer = if inside { target.raw(GRAPH, request).await } else { target.raw_outside(request).await };
            assert!(answer.is_empty() || statuses(&answer)[0] >= 400, "{line:.50}: {answer}");
            all += &answer;
        }
    }
    target.is_well(&all).await;
}

#[tokio::test]
async fn fields_said_twice_or_wrongly_open_nothing() {
    let target = Target::new().await;
    let token = &target.vault_token;
    let mut all = String::new();
    for (fields, expected) in [
        ("Authorization: Bearer x\r\nAuthorization: Bearer TOKEN\r\n", 401),
        ("Authorization: Basic TOKEN\r\n", 401),
        ("Authorization: BearerTOKEN\r\n", 401),
        ("Authorization: Bearer\tTOKEN\r\n", 401),
        ("Authorization: \u{fc} TOKEN\r\n", 401),
        ("Authorization: Bearer TOKEN\r\nX-HTTP-Method: DELETE\r\n", 200),
        ("Authorization: Bearer TOKEN\r\nx-ms-client-request-id: a\r\nx-ms-client-request-id: b\r\n", 200),
        (
            "Authorization: Bearer TOKEN\r\nX-Forwarded-For: 1.1.1.1\r\nX-Forwarded-Host: localhost\r\nForwarded: host=localhost\r\n",
            200,
        ),
        (
            "Authorization: Bearer TOKEN\r\nUpgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABk\r\n",
            200,
        ),
        ("Authorization: Bearer TOKEN\r\nHost: graph.microsoft.com\r\n", 421),
    ] {
        let fields = fields.replace("TOKEN", token);
        let host = if fields.contains("\nHost:") { String::new() } else { format!("Host: {VAULT}\r\n") };
        let answer = target.raw(VAULT, format!("GET /keys?api-version=7.6 HTTP/1.1\r\n{host}{fields}\r\n")).await;
        assert_eq!(statuses(&answer), [expected], "{fields}: {answer}");
        all += &answer;
    }
    for hosts in [
        "",
        "Host: \r\n",
        "Host: a b\r\n",
        "Host: graph.microsoft.com@evil\r\n",
        "Host: graph.microsoft.com\r\nHost: harborvault.vault.azure.net\r\n",
        "Host: [::1]\r\n",
    ] {
        let answer = target.raw(VAULT, format!("GET /keys HTTP/1.1\r\n{hosts}\r\n")).await;
        assert!(matches!(statuses(&answer)[..], [400 | 421]), "{hosts}: {answer}");
        let answer = target.raw_outside(format!("GET /lab/state HTTP/1.1\r\n{hosts}\r\n")).await;
        assert!(matches!(statuses(&answer)[..], [400 | 403]), "{hosts}: {answer}");
        all += &answer;
    }
    target.is_well(&all).await;
}

#[tokio::test]
async fn methods_nobody_knows_and_targets_without_a_path_are_answered() {
    let target = Target::new().await;
    let mut all = String::new();
    for host in [VAULT, GRAPH, ENTRA, "management.azure.com"] {
        let token = if host == GRAPH { &target.graph_token } else { &target.vault_token };
        for line in [
            "BREW /keys/a?api-version=7.6",
            "OPTIONS *",
            "TRACE /keys",
            "HEAD /v1.0/users",
            "CONNECT graph.microsoft.com:443",
            "GET *",
            "PATCH /v1.0/applications",
            "get /keys?api-version=7.6",
            "GET /keys?api-version=7.6",
            "PUT /",
            "DELETE /v1.0/",
        ] {
            let answer = target
                .raw(host, format!("{line} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\r\n"))
                .await;
            assert!(statuses(&answer).iter().all(|status| *status < 500), "{host} {line}: {answer}");
            assert_eq!(statuses(&answer).len(), 1, "{host} {line}: {answer}");
            all += &answer;
        }
    }
    for line in ["OPTIONS *", "GET *", "BREW /lab/clock", "TRACE /", "CONNECT /", "CONNECT *"] {
        let answer = target.raw_outside(format!("{line} HTTP/1.1\r\nHost: {}\r\n\r\n", target.address())).await;
        assert!(statuses(&answer).iter().all(|status| (400..500).contains(status)), "{line}: {answer}");
        all += &answer;
    }
    target.is_well(&all).await;
}

/// A caller chooses methods and paths; the record of 100,000 requests must stay small all the same.
#[tokio::test]
async fn the_journal_keeps_little_of_what_is_long() {
    let target = Target::new().await;
    target.bench.lab.journal().clear();
    let path = "x".repeat(50_000);
    let request = format!("{} /keys/{path} HTTP/1.1\r\nHost: {VAULT}\r\n\r\n", "M".repeat(5_000));
    let all = target.raw(VAULT, request).await;
    let entry = &target.bench.lab.journal().entries()[0];
    assert!(entry.path.starts_with("/keys/x") && entry.path.len() <= 1024, "{}", entry.path.len());
    assert!(entry.method.len() <= 32, "{}", entry.method.len());
    target.is_well(&all).await;
}
