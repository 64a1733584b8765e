//! Bodies that are too long, of the wrong form or of the wrong kind. Memory under long bodies is measured in `endurance`.

use serde_json::{Value, json};

use crate::{
    support::Answer,
    target::{ENTRA, GRAPH, Target, VAULT, statuses},
};

/// Every operation that reads a body, with one that the lab would take.
fn operations(target: &Target) -> Vec<(&'static str, String, Value)> {
    let bench = &target.bench;
    let lab = bench.lab.control_url();
    let vault = |path: &str| format!("https://{VAULT}/{path}?api-version=2025-07-01");
    let graph = |path: &str| format!("https://{GRAPH}/v1.0/{path}");
    let app = bench.lab.directory().application(bench.app()).unwrap().id;
    let digest = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";
    vec![
        (
            "POST",
            vault("keys/k/create"),
            json!({ "kty": "EC", "key_ops": ["sign"], "attributes": { "exp": 1 }, "tags": { "a": "b" } }),
        ),
        (
            "PUT",
            vault("keys/k"),
            json!({ "key": { "kty": "EC", "crv": "P-256", "x": digest, "y": digest, "d": digest } }),
        ),
        ("PATCH", vault("keys/k"), json!({ "attributes": { "enabled": true }, "key_ops": ["sign"] })),
        ("POST", vault("keys/k/sign"), json!({ "alg": "ES256", "value": digest })),
        ("POST", vault("keys/k/verify"), json!({ "alg": "ES256", "digest": digest, "value": digest })),
        ("POST", vault("keys/k/encrypt"), json!({ "alg": "RSA-OAEP", "value": digest })),
        ("POST", vault("keys/k/unwrapkey"), json!({ "alg": "RSA-OAEP", "value": digest })),
        (
            "PUT",
            vault("keys/k/rotationpolicy"),
            json!({ "lifetimeActions": [{ "trigger": { "timeAfterCreate": "P90D" }, "action": { "type": "Rotate" } }], "attributes": { "expiryTime": "P1Y" } }),
        ),
        ("POST", vault("keys/restore"), json!({ "value": digest })),
        ("PUT", vault("secrets/s"), json!({ "value": "v", "contentType": "text/plain", "attributes": {} })),
        ("PATCH", vault("secrets/s"), json!({ "tags": {} })),
        (
            "POST",
            vault("certificates/c/create"),
            json!({ "policy": { "key_props": { "kty": "EC", "exportable": true }, "x509_props": { "subject": "CN=c", "ekus": ["1.2"], "sans": { "dns_names": ["c"] }, "validity_months": 1, "basic_constraints": { "ca": true } }, "issuer": { "name": "Self" }, "lifetime_actions": [{ "trigger": { "days_before_expiry": 1 }, "action": { "action_type": "AutoRenew" } }] } }),
        ),
        ("POST", vault("certificates/c/import"), json!({ "value": "MAA=", "pwd": "p", "policy": {} })),
        ("POST", vault("certificates/c/pending/merge"), json!({ "x5c": ["MAA="] })),
        ("PATCH", vault("certificates/c/pending"), json!({ "cancellation_requested": true })),
        ("PATCH", vault("certificates/c/policy"), json!({ "key_props": { "exportable": true } })),
        ("PATCH", vault("certificates/c"), json!({ "attributes": { "enabled": true } })),
        (
            "POST",
            graph("applications"),
            json!({ "displayName": "d", "web": { "redirectUris": ["https://a"] }, "requiredResourceAccess": [{ "resourceAppId": app, "resourceAccess": [{ "id": app, "type": "Role" }] }], "keyCredentials": [{ "key": "MAA=", "type": "AsymmetricX509Cert", "usage": "Verify" }] }),
        ),
        ("PATCH", graph(&format!("applications/{app}")), json!({ "displayName": "d" })),
        (
            "POST",
            graph(&format!("applications/{app}/addKey")),
            json!({ "proof": "a.b.c", "keyCredential": { "key": "MAA=" } }),
        ),
        ("POST", graph(&format!("applications/{app}/removeKey")), json!({ "proof": "a.b.c", "keyId": app })),
        ("POST", graph("servicePrincipals"), json!({ "appId": app })),
        ("POST", graph("$batch"), json!({ "requests": [{ "id": "1", "method": "GET", "url": "/users" }] })),
        ("POST", format!("{lab}/lab/clock"), json!({ "advance_seconds": 0 })),
        (
            "POST",
            format!("{lab}/lab/faults"),
            json!({ "host": "nowhere", "action": { "status": { "code": 500 } }, "times": 0 }),
        ),
        ("PUT", format!("{lab}/lab/latency"), json!({ "sign": { "secs": 0, "nanos": 0 } })),
        (
            "PUT",
            format!("{lab}/lab/state"),
            json!({ "version": 1, "token_key": "", "directory": {}, "vaults": { "vaults": {} } }),
        ),
    ]
}

async fn send(target: &Target, method: &str, url: &str, body: Vec<u8>) -> Answer {
    let token = if url.contains(GRAPH) { &target.graph_token } else { &target.vault_token };
    let request = target.bench.http.request(method.parse().unwrap(), url).bearer_auth(token).body(body);
    Answer::read(request.header("content-type", "application/json").send().await.expect(url)).await
}

#[tokio::test]
async fn every_operation_refuses_what_is_not_the_json_it_wants() {
    let target = Target::new().await;
    let deep = |open: &str, close: &str| (open.repeat(100_000) + &close.repeat(100_000)).into_bytes();
    let mut answers = String::new();
    for (method, url, _) in operations(&target) {
        for body in [
            b"{".to_vec(),
            b"\xff\xfe\x00".to_vec(),
            b"nul".to_vec(),
            deep("[", "]"),
            deep("{\"a\":", "}"),
            deep("{\"policy\":{\"key_props\":", "}}"),
            b"\"\\ud800\"".to_vec(),
            b"1e999999".to_vec(),
        ] {
            let answer = send(&target, method, &url, body).await;
            assert!(answer.status.is_client_error(), "{method} {url}: {} {}", answer.status, answer.body);
            answers += &answer.body.to_string();
        }
    }
    target.is_well(&answers).await;
}

/// Values nobody expects in the place of another.
fn oddities() -> Vec<Value> {
    vec![
        Value::Null,
        json!(true),
        json!(-1),
        json!(i64::MAX),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(1e300),
        json!(""),
        json!("\u{0}\u{202e}\r\nX-Injected: 1"),
        json!("9.9.9"),
        json!("P9999999999Y"),
        json!("A".repeat(100_000)),
        json!([]),
        json!([[[]]]),
        json!({}),
        json!({ "a": { "b": [1] } }),
    ]
}

/// All bodies that have one value of `body` replaced by another.
fn distorted(body: &Value, oddity: &Value) -> Vec<Value> {
    let mut all = vec![oddity.clone()];
    match body {
        Value::Object(members) => {
            for (name, value) in members {
                for inner in distorted(value, oddity) {
                    let mut copy = members.clone();
                    copy.insert(name.clone(), inner);
                    all.push(copy.into());
                }
            }
        }
        Value::Array(items) => {
            for (position, value) in items.iter().enumerate() {
                for inner in distorted(value, oddity) {
                    let mut copy = items.clone();
                    copy[position] = inner;
                    all.push(copy.into());
                }
            }
        }
        _ => {}
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn every_value_of_every_body_may_be_of_the_wrong_kind() {
    let target = Target::new().await;
    let mut answers = String::new();
    let mut sent = 0;
    for (method, url, body) in operations(&target) {
        for oddity in oddities() {
            for distorted in distorted(&body, &oddity) {
                let answer = send(&target, method, &url, distorted.to_string().into_bytes()).await;
                assert!(!answer.status.is_server_error(), "{method} {url} {distorted}: {}", answer.body);
                assert!(!answer.headers.contains_key("x-injected"), "{method} {url} {distorted}");
                if answer.status.is_client_error() {
                    answers += &answer.body.to_string();
                }
                sent += 1;
            }
        }
        // what was taken must not change what the next operation means
        target.bench.lab.clock().set(std::time::SystemTime::now());
    }
    assert!(sent > 1000, "{sent}");
    target.is_well(&answers).await;
}

#[tokio::test]
async fn a_long_body_is_refused_before_it_is_read() {
    let target = Target::new().await;
    let address = target.address();
    let mut answers = String::new();
    for (host, path) in [
        (VAULT, "/secrets/a?api-version=7.6"),
        (GRAPH, "/v1.0/applications"),
        (ENTRA, "/common/oauth2/v2.0/token"),
        ("management.azure.com", "/subscriptions/x?api-version=2022-07-01"),
        (address.as_str(), "/lab/faults"),
        (address.as_str(), "/lab/state"),
        (address.as_str(), "/msi/token"),
    ] {
        let method = if matches!(path, "/lab/state") || host == VAULT { "PUT" } else { "POST" };
        let token = if host == GRAPH { &target.graph_token } else { &target.vault_token };
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n\
             Content-Length: 104857600\r\nExpect: 100-continue\r\n\r\n"
        );
        // not a byte of the body is sent, so whoever waits for it answers late
        let start = std::time::Instant::now();
        let answer = if host == address { target.raw_outside(head).await } else { target.raw(host, head).await };
        let last = statuses(&answer).last().copied().unwrap_or_default();
        assert!((400..500).contains(&last) && last != 408, "{method} {host}{path}: {answer}");
        assert!(start.elapsed().as_secs() < 5, "{method} {host}{path}");
        answers += &answer;
    }
    target.is_well(&answers).await;
}
