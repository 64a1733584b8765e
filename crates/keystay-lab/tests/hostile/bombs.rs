//! Small things that cost much: keys, certificates, patterns and saved states made to burn time or memory.

use std::time::{Duration, Instant};

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, prelude::BASE64_STANDARD, prelude::BASE64_URL_SAFE_NO_PAD};
use keystay_lab::{Fault, Lab, LabOptions, LabState, Latency, Role, Scope};
use reqwest::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    support::{Answer, KEY},
    target::{GRAPH, Target, VAULT},
};

/// More than any one request may take, also in a debug build on a busy computer.
const SOON: Duration = Duration::from_secs(15);

impl Target {
    async fn vault(&self, method: &str, path: &str, body: &Value) -> Answer {
        let url = format!("https://{VAULT}/{path}?api-version=2025-07-01");
        let request = self.bench.http.request(method.parse().unwrap(), url).bearer_auth(&self.vault_token).json(body);
        let start = Instant::now();
        let answer = Answer::read(request.send().await.unwrap()).await;
        assert!(start.elapsed() < SOON, "{method} {path} took {:?}", start.elapsed());
        answer
    }
}

/// DER with a tag and definite length.
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let mut bytes = vec![tag];
    match length {
        0..128 => bytes.push(u8::try_from(length).unwrap()),
        128..256 => bytes.extend([0x81, u8::try_from(length).unwrap()]),
        256..65_536 => bytes.extend([&[0x82], u16::try_from(length).unwrap().to_be_bytes().as_slice()].concat()),
        _ => bytes.extend([&[0x83], &u32::try_from(length).unwrap().to_be_bytes()[1..]].concat()),
    }
    bytes.extend(content);
    bytes
}

fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    der(0x30, &parts.concat())
}

fn oid(arcs: &[u8]) -> Vec<u8> {
    der(6, arcs)
}

const DATA: [u8; 9] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1];
const SHROUDED_KEY: [u8; 11] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 10, 1, 2];
const TRIPLE_DES: [u8; 10] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 1, 3];
const SHA1: [u8; 5] = [0x2b, 0x0e, 3, 2, 0x1a];

fn rounds(number: u32) -> Vec<u8> {
    der(2, &[&[0], number.to_be_bytes().as_slice()].concat())
}

/// A PFX with so many encrypted keys, each of which takes so many rounds to open.
fn pfx(keys: usize, each: u32, mac: u32) -> Vec<u8> {
    let salt = || der(4, b"saltsalt");
    let algorithm = sequence(&[oid(&TRIPLE_DES), sequence(&[salt(), rounds(each)])]);
    let shrouded = sequence(&[algorithm, der(4, &[7; 64])]);
    let bag = sequence(&[oid(&SHROUDED_KEY), der(0xa0, &shrouded)]);
    let safe = sequence(&vec![bag; keys]);
    let content = |inner: &[u8]| sequence(&[oid(&DATA), der(0xa0, &der(4, inner))]);
    let digest = sequence(&[sequence(&[oid(&SHA1), der(5, &[])]), der(4, &[0; 20])]);
    sequence(&[der(2, &[3]), content(&sequence(&[content(&safe)])), sequence(&[digest, salt(), rounds(mac)])])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pfx_that_asks_for_hours_is_refused_at_once() {
    let target = Target::new().await;
    let mut all = String::new();
    for bomb in [
        pfx(1, 1, i32::MAX.cast_unsigned()),
        pfx(1, 1, u32::MAX),
        pfx(1, i32::MAX.cast_unsigned(), 1),
        pfx(100, 1_000_000, 1),
        pfx(4000, 1_000_000, 1_000_000),
        vec![0x30; 500_000],
        [0x30, 0x80].repeat(100_000),
        [0x24, 0x80].repeat(100_000),
        [0x30, 0x84, 0x7f, 0xff, 0xff, 0xff].to_vec(),
    ] {
        let answer = target
            .vault("POST", "certificates/bomb/import", &json!({ "value": BASE64_STANDARD.encode(bomb), "pwd": "" }))
            .await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.body);
        all += &answer.body.to_string();
    }
    // the same by way of a secret that is to be converted
    let value = BASE64_STANDARD.encode(pfx(100, 1_000_000, 1));
    target.vault("PUT", "secrets/bomb", &json!({ "value": value, "contentType": "application/x-pkcs12" })).await;
    let url = format!("https://{VAULT}/secrets/bomb?api-version=2026-04-01&outContentType=application/x-pem-file");
    let start = Instant::now();
    let answer = target.bench.get(&url, &target.vault_token).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.body);
    assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
    target.is_well(&all).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_absurd_sizes_are_refused_at_once() {
    let target = Target::new().await;
    let mut all = String::new();
    let number = |bytes: usize| {
        let mut number = vec![0xff; bytes];
        number[bytes - 1] = 0xfd;
        BASE64_URL_SAFE_NO_PAD.encode(number)
    };
    for bytes in [0, 1, 100, 1025, 2048, 16_384, 60_000] {
        let half = number((bytes / 2).max(1));
        let whole = number(bytes.max(1));
        let jwk = json!({ "kty": "RSA", "n": whole, "e": whole, "d": whole, "p": half, "q": half, "dp": half, "dq": half, "qi": half });
        let answer = target.vault("PUT", "keys/absurd", &json!({ "key": jwk })).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{bytes}: {}", answer.body);
        all += &answer.body.to_string();
        for curve in ["P-256", "P-256K", "P-384", "P-521", "P-999"] {
            let jwk = json!({ "kty": "EC", "crv": curve, "x": whole, "y": whole, "d": whole });
            let answer = target.vault("PUT", "keys/absurd", &json!({ "key": jwk })).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{bytes}: {}", answer.body);
        }
    }
    for bits in [0_u64, 1, 1024, 2047, 8192, 16_384, 1 << 31, u64::from(u32::MAX), u64::MAX] {
        for (path, body) in [
            ("keys/absurd/create", json!({ "kty": "RSA", "key_size": bits })),
            (
                "certificates/absurd/create",
                json!({ "policy": { "key_props": { "kty": "RSA", "key_size": bits }, "x509_props": { "subject": "CN=a" } } }),
            ),
        ] {
            let answer = target.vault("POST", path, &body).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path} {bits}: {}", answer.body);
        }
    }
    // a certificate whose public key has a hundred thousand bits, registered and then used
    let bytes = certificate_with_modulus(12_500);
    let app = target.bench.lab.directory().application(target.bench.app()).unwrap().id;
    let entry = json!({ "keyCredentials": [{ "key": BASE64_STANDARD.encode(&bytes), "type": "AsymmetricX509Cert", "usage": "Verify" }] });
    let start = Instant::now();
    let answer = target.bench.graph("PATCH", &format!("applications/{app}"), &target.graph_token, &entry).await;
    assert!(!answer.status.is_server_error(), "{} {}", answer.status, answer.body);
    let thumbprint = BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, &bytes));
    let header = json!({ "alg": "PS256", "x5t#S256": thumbprint }).to_string();
    let claims = target.bench.claims().to_string();
    let assertion = [header, claims, "x".repeat(12_500)].map(|part| BASE64_URL_SAFE_NO_PAD.encode(part)).join(".");
    assert_eq!(target.bench.ask(&target.bench.juniper(), &assertion).await.status, StatusCode::UNAUTHORIZED);
    assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
    target.bench.lab.directory().add_certificate(target.bench.app(), &KEY.der, "back again").unwrap();
    target.is_well(&all).await;
}

/// A certificate of nobody over an RSA key of so many bytes; only its form is right.
fn certificate_with_modulus(bytes: usize) -> Vec<u8> {
    let algorithm = |arcs: &[u8]| sequence(&[oid(arcs), der(5, &[])]);
    let sha256_rsa = algorithm(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11]);
    let rsa = algorithm(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1]);
    let mut modulus = vec![0xff; bytes + 1];
    modulus[0] = 0;
    let public = sequence(&[der(2, &modulus), der(2, &[1, 0, 1])]);
    let key = sequence(&[rsa, der(3, &[&[0], public.as_slice()].concat())]);
    let validity = sequence(&[der(0x17, b"200101000000Z"), der(0x17, b"490101000000Z")]);
    let body = sequence(&[
        der(0xa0, &der(2, &[2])),
        der(2, &[1]),
        sha256_rsa.clone(),
        sequence(&[]),
        validity,
        sequence(&[]),
        key,
    ]);
    sequence(&[body, sha256_rsa, der(3, &[0; 257])])
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_and_requests_that_are_none_are_refused() {
    let target = Target::new().await;
    let mut all = String::new();
    let policy =
        json!({ "issuer": { "name": "Unknown" }, "key_props": { "kty": "EC" }, "x509_props": { "subject": "CN=m" } });
    assert_eq!(
        target.vault("POST", "certificates/m/create", &json!({ "policy": policy })).await.status,
        StatusCode::ACCEPTED
    );
    let deep = (0..200).fold(vec![5, 0], |inner, _| der(0x30, &inner));
    for junk in [
        Vec::new(),
        vec![0x30],
        vec![0; 10_000],
        deep,
        [0x30, 0x80].repeat(50_000),
        certificate_with_modulus(10),
        certificate_with_modulus(50_000),
    ] {
        let chain = vec![BASE64_STANDARD.encode(&junk); 10];
        let answer = target.vault("POST", "certificates/m/pending/merge", &json!({ "x5c": chain })).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.body);
        let block = BASE64_STANDARD.encode(&junk);
        let pem = format!(
            "-----BEGIN PRIVATE KEY-----\n{block}\n-----END PRIVATE KEY-----\n-----BEGIN CERTIFICATE-----\n{block}\n-----END CERTIFICATE-----\n"
        );
        let answer = target.vault("POST", "certificates/p/import", &json!({ "value": pem })).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.body);
        all += &answer.body.to_string();
    }
    for pem in [
        "-----BEGIN ".repeat(50_000),
        "-----BEGIN A-----\n-----END A-----\n".repeat(20_000),
        format!("-----BEGIN {}", "-".repeat(500_000)),
    ] {
        let answer = target.vault("POST", "certificates/p/import", &json!({ "value": pem })).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.body);
    }
    target.is_well(&all).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn policies_without_measure_are_refused_or_made() {
    let target = Target::new().await;
    let mut all = String::new();
    let many = |text: &str| vec![text.to_owned(); 20_000];
    for x509 in [
        json!({ "subject": "CN=".to_owned() + &"a".repeat(500_000) }),
        json!({ "subject": "CN=a,".repeat(50_000) }),
        json!({ "subject": "\\".repeat(500_000) }),
        json!({ "subject": "CN=\"" }),
        json!({ "subject": "CN=a", "ekus": many("1.3.6.1") }),
        json!({ "subject": "CN=a", "ekus": ["3.1"] }),
        json!({ "subject": "CN=a", "ekus": ["1.40"] }),
        json!({ "subject": "CN=a", "ekus": ["2.18446744073709551615"] }),
        json!({ "subject": "CN=a", "ekus": ["1.2.18446744073709551615"] }),
        json!({ "subject": "CN=a", "ekus": [format!("1{}", ".1".repeat(200_000))] }),
        json!({ "subject": "CN=a", "sans": { "dns_names": many("*.example") } }),
        json!({ "subject": "CN=a", "sans": { "upns": ["\u{0}"], "uris": ["\u{7f}"], "emails": ["@"] } }),
        json!({ "subject": "CN=a", "sans": { "ip_addresses": ["::ffff:1.2.3.4%eth0"] } }),
        json!({ "subject": "CN=a", "key_usage": many("digitalSignature") }),
        json!({ "subject": "C=ZZZ" }),
        json!({ "subject": "CN=a", "validity_months": u32::MAX }),
        json!({ "subject": "CN=a", "validity_months": 1200 }),
    ] {
        let policy = json!({ "key_props": { "kty": "EC" }, "x509_props": x509, "issuer": { "name": "Self" } });
        let answer = target
            .vault("POST", &format!("certificates/{}/create", Uuid::new_v4()), &json!({ "policy": policy }))
            .await;
        assert!(
            matches!(answer.status, StatusCode::ACCEPTED | StatusCode::BAD_REQUEST),
            "{x509:.100}: {}",
            answer.body
        );
        all += &answer.body.to_string();
    }
    target.is_well(&all).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_full_of_stars_decides_at_once() {
    let target = Target::new().await;
    let stranger = target.bench.lab.seed().host_identity.object_id;
    let vaults = target.bench.lab.vaults();
    vaults.remove_roles(VAULT, stranger);
    let data_actions = vec![format!("{}!", "*k*e*y*s*/".repeat(500)), format!("{}!", "*".repeat(5000))];
    vaults.assign_role(VAULT, stranger, Role::Custom { name: "stars".into(), data_actions }, Scope::Vault);
    assert_eq!(target.vault("GET", "keys", &json!({})).await.status, StatusCode::FORBIDDEN);
    vaults.assign_role(VAULT, stranger, Role::Administrator, Scope::Vault);
    target.is_well("").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn queries_made_to_cost_are_refused_at_once() {
    let target = Target::new().await;
    let mut all = String::new();
    let nested = |open: &str, inner: &str, close: &str| open.repeat(5000) + inner + &close.repeat(5000);
    for filter in [
        nested("(", "appId eq 'x'", ")"),
        "not ".repeat(8000) + "true",
        "appId eq 'x' and ".repeat(2000) + "appId eq 'x'",
        "appId eq 'x' or ".repeat(2000) + "appId eq 'x'",
        "tags/any(t:".repeat(1000) + "t eq 'x'" + &")".repeat(1000),
        "'".repeat(10_001),
        "appId eq ".into(),
        "appId eq '".to_owned() + &"''".repeat(10_000) + "'",
        "\u{0}".into(),
        "startswith(".repeat(2000),
    ] {
        for collection in ["applications", "servicePrincipals", "users"] {
            let url = format!("https://{GRAPH}/v1.0/{collection}");
            let request = target.bench.http.get(url).bearer_auth(&target.graph_token).query(&[("$filter", &filter)]);
            let start = Instant::now();
            let answer = Answer::read(request.send().await.unwrap()).await;
            assert!(!answer.status.is_server_error(), "{filter:.60}: {} {}", answer.status, answer.body);
            assert!(start.elapsed() < SOON, "{filter:.60}: {:?}", start.elapsed());
            all += &answer.body.to_string();
        }
    }
    for (name, value) in [
        ("$top", "-1"),
        ("$top", "99999999999999999999"),
        ("$select", &",".repeat(10_000)),
        ("$expand", "owners($expand=owners)"),
        ("$orderby", "x"),
        ("$skiptoken", "YWZ0ZXI6MTg0NDY3NDQwNzM3MDk1NTE2MTU"),
        ("$count", "true"),
        ("$search", "\""),
    ] {
        let request = target
            .bench
            .http
            .get(format!("https://{GRAPH}/v1.0/users"))
            .bearer_auth(&target.graph_token)
            .query(&[(name, value)]);
        let answer = Answer::read(request.send().await.unwrap()).await;
        assert!(!answer.status.is_server_error(), "{name}={value:.60}: {} {}", answer.status, answer.body);
        all += &answer.body.to_string();
    }
    target.is_well(&all).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_no_lever() {
    let target = Target::new().await;
    let one = |id: usize, url: &str| json!({ "id": id.to_string(), "method": "GET", "url": url });
    let inner = json!({ "id": "1", "method": "POST", "url": "/$batch", "headers": { "Content-Type": "application/json" }, "body": { "requests": [one(1, "/users")] } });
    let mut all = String::new();
    for requests in [
        json!((0..5000).map(|id| one(id, "/users")).collect::<Vec<_>>()),
        json!([inner]),
        json!((0..20).map(|_| one(1, "/users")).collect::<Vec<_>>()),
        json!([{ "id": "1", "method": "GET", "url": "/users", "dependsOn": ["1"] }]),
        json!([{ "id": "1", "method": "GET", "url": "/users", "dependsOn": ["2"] }, { "id": "2", "method": "GET", "url": "/users", "dependsOn": ["1"] }]),
        json!([one(1, "https://evil.example/"), one(2, "//evil.example/"), one(3, "/../../lab/state"), one(4, "")]),
        json!([{ "id": "1", "method": "GET\r\nX: y", "url": "/users\r\nX: y", "headers": { "a\r\nb": "c\r\nd" } }]),
        json!([]),
    ] {
        let start = Instant::now();
        let answer = target.bench.graph("POST", "$batch", &target.graph_token, &json!({ "requests": requests })).await;
        assert!(!answer.status.is_server_error(), "{} {}", answer.status, answer.body);
        assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
        assert!(answer.body.to_string().len() < 1024 * 1024, "a batch makes little much");
        all += &answer.body.to_string();
    }
    target.is_well(&all).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_saved_state_of_garbage_is_refused_and_changes_nothing() {
    let target = Target::new().await;
    let url = format!("{}/lab/state", target.bench.lab.control_url());
    let saved: Value = target.bench.get(&url, "").await.body;
    for path in paths(&saved, "", 3) {
        for oddity in [json!(null), json!("x"), json!(i64::MAX), json!(i64::MIN), json!([]), json!({})] {
            let mut broken = saved.clone();
            *broken.pointer_mut(&path).unwrap() = oddity;
            let put = target.bench.http.put(&url).json(&broken).send().await.unwrap();
            assert!(
                put.status() == StatusCode::NO_CONTENT || put.status() == StatusCode::BAD_REQUEST,
                "{path}: {}",
                put.status()
            );
            if put.status() == StatusCode::NO_CONTENT {
                // what was taken must be a world one can live in
                for place in [
                    "https://harborvault.vault.azure.net/keys?api-version=7.6",
                    "https://graph.microsoft.com/v1.0/users",
                ] {
                    let answer = target.bench.get(place, &target.vault_token).await;
                    assert!(!answer.status.is_server_error(), "{path}: {}", answer.body);
                }
                assert!(target.bench.get(&url, "").await.status.is_success(), "{path}");
            }
            // a lab that starts with it starts, or says why not
            if let Ok(state) = LabState::from_json(broken.to_string().as_bytes()) {
                drop(Lab::start(LabOptions::new().with_state(state)).await);
            }
        }
    }
    let put = target.bench.http.put(&url).json(&saved).send().await.unwrap();
    assert_eq!(put.status(), StatusCode::NO_CONTENT);
    target.is_well("").await;
}

/// JSON pointers to values not too deep: of several like members, one.
fn paths(value: &Value, at: &str, depth: usize) -> Vec<String> {
    let mut all = Vec::new();
    if depth == 0 {
        return all;
    }
    match value {
        Value::Object(members) => {
            let few = if members.len() > 12 { 2 } else { members.len() };
            for (name, inner) in members.iter().take(few) {
                let path = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
                all.extend(paths(inner, &path, depth - 1));
                all.push(path);
            }
        }
        Value::Array(items) => {
            for (position, inner) in items.iter().enumerate().take(1) {
                let path = format!("{at}/{position}");
                all.extend(paths(inner, &path, depth - 1));
                all.push(path);
            }
        }
        _ => {}
    }
    all
}

#[tokio::test]
async fn no_setting_of_clock_latency_or_faults_stops_the_lab() {
    let target = Target::new().await;
    let lab = target.bench.lab.control_url();
    for _ in 0..60 {
        target
            .bench
            .http
            .post(format!("{lab}/lab/clock"))
            .json(&json!({ "advance_seconds": 316_224_000 }))
            .send()
            .await
            .unwrap();
    }
    for url in [format!("https://{VAULT}/keys?api-version=7.6"), "https://graph.microsoft.com/v1.0/users".into()] {
        assert_eq!(target.bench.get(&url, &target.vault_token).await.status, StatusCode::UNAUTHORIZED);
    }
    target.bench.app_token(target.bench.juniper()).await;
    target.bench.lab.clock().set(std::time::SystemTime::now());

    let for_ever = Latency { sign: Duration::MAX, token: Duration::MAX, other: Duration::MAX };
    target.bench.lab.latency().set(for_ever);
    let asked = target.bench.get("https://graph.microsoft.com/v1.0/users", "x");
    tokio::time::timeout(Duration::from_millis(300), asked).await.expect_err("it takes for ever");
    // the control API is the way back
    let back = target.bench.http.put(format!("{lab}/lab/latency")).json(&json!({})).send();
    assert!(tokio::time::timeout(SOON, back).await.expect("it is not slowed").unwrap().status().is_success());
    target.bench.lab.latency().set(Latency::default());

    for action in [
        json!({ "status": { "code": 0 } }),
        json!({ "status": { "code": 65_535 } }),
        json!({ "status": { "code": 100 } }),
        json!({ "status": { "code": 101 } }),
        json!({ "status": { "code": 204, "body": "no body may be here" } }),
        json!({ "status": { "code": 304, "body": "nor here" } }),
        json!({ "status": { "code": 200, "headers": { "content-length": "5", "transfer-encoding": "chunked", "a b": "c", "x": "\r\ny: z" }, "body": "longer than five" } }),
        json!("truncate"),
        json!("reset"),
    ] {
        let fault = json!({ "host": GRAPH, "action": action, "times": 1 });
        // from inside: the control API refuses some of these
        target.bench.lab.faults().add(serde_json::from_value(fault).unwrap());
        // any answer or none will do
        let _ = tokio::time::timeout(SOON, target.bench.http.get(format!("https://{GRAPH}/v1.0/users")).send())
            .await
            .expect("it ends");
        target.bench.lab.faults().clear();
    }
    target.bench.lab.faults().add(Fault::delay(Duration::MAX).on_host(GRAPH).times(1));
    let asked = target.bench.get("https://graph.microsoft.com/v1.0/users", "x");
    tokio::time::timeout(Duration::from_millis(300), asked).await.expect_err("it takes for ever");
    target.is_well("").await;
}
