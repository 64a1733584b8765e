//! Tokens and assertions that are none.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::{
    support::{Answer, Bench, KEY, OTHER_KEY, ps256, token_endpoint},
    target::{Target, VAULT},
};

fn segment(value: &Value) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(value.to_string())
}

fn unsigned(header: &Value, claims: &Value, signature: &str) -> String {
    format!("{}.{}.{signature}", segment(header), segment(claims))
}

/// Access tokens somebody might try, made from a good one.
async fn forged(target: &Target) -> Vec<String> {
    let good = &target.vault_token;
    let parts: Vec<&str> = good.split('.').collect();
    let header: Value = serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(parts[0]).unwrap()).unwrap();
    let claims: Value = serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap();
    let keys = format!("https://login.microsoftonline.com/{}/discovery/v2.0/keys", target.bench.juniper());
    let keys: Value = target.bench.get(&keys, "").await.body;
    let modulus = keys["keys"][0]["n"].as_str().unwrap();
    let with = |name: &str, value: Value| {
        let mut changed = header.clone();
        changed[name] = value;
        changed
    };
    let hmac = |secret: &[u8]| {
        let header = Header { kid: header["kid"].as_str().map(str::to_owned), ..Header::new(Algorithm::HS256) };
        encode(&header, &claims, &EncodingKey::from_secret(secret)).unwrap()
    };
    let mut forged = vec![
        String::new(),
        ".".into(),
        "..".into(),
        "...".into(),
        "a.b.c".into(),
        "e30.e30.".into(),
        unsigned(&with("alg", json!("none")), &claims, ""),
        unsigned(&with("alg", json!("None")), &claims, ""),
        unsigned(&with("alg", json!("none")), &claims, parts[2]),
        unsigned(&with("alg", Value::Null), &claims, parts[2]),
        unsigned(&with("alg", json!(["RS256"])), &claims, parts[2]),
        unsigned(&with("kid", json!("a".repeat(20_000))), &claims, parts[2]),
        unsigned(&with("kid", json!("../../../etc/passwd")), &claims, parts[2]),
        unsigned(&with("jwk", json!({ "kty": "RSA", "n": modulus, "e": "AQAB" })), &claims, parts[2]),
        unsigned(&with("jku", json!("https://evil.example/keys")), &claims, parts[2]),
        unsigned(&with("x5c", json!([BASE64_URL_SAFE_NO_PAD.encode(&OTHER_KEY.der)])), &claims, parts[2]),
        unsigned(&with("crit", json!(["exp"])), &claims, parts[2]),
        unsigned(&with("b64", json!(false)), &claims, parts[2]),
        hmac(modulus.as_bytes()),
        hmac(&BASE64_URL_SAFE_NO_PAD.decode(modulus).unwrap()),
        hmac(b""),
        encode(&Header::new(Algorithm::RS256), &claims, &OTHER_KEY.signing).unwrap(),
        // a token within a token
        unsigned(&header, &json!({ "jwt": good }), parts[2]),
        format!("{good}.{good}"),
        format!("{}.{}", parts[0], parts[1]),
        format!("{}.{}.", parts[0], parts[1]),
        format!("{good}="),
        format!("{} {good}", "x"),
        good.replace('.', ".."),
        good.to_uppercase(),
        format!("{}.{}.{}", parts[0], parts[1], parts[2].chars().rev().collect::<String>()),
        format!("{}.{}.{}", parts[0], "A".repeat(30_000), parts[2]),
        format!("{}.{}.{}", BASE64_URL_SAFE_NO_PAD.encode("[".repeat(20_000)), parts[1], parts[2]),
    ];
    for name in ["exp", "aud", "tid", "oid", "iss"] {
        for value in
            [json!("9999999999"), json!(9_999_999_999_u64), json!([]), json!({}), Value::Null, json!(-1), json!(1e300)]
        {
            let mut changed = claims.clone();
            changed[name] = value;
            forged.push(unsigned(&header, &changed, parts[2]));
        }
    }
    forged
}

#[tokio::test]
async fn no_forged_access_token_opens_anything() {
    let target = Target::new().await;
    let mut all = String::new();
    for token in forged(&target).await {
        for url in
            [format!("https://{VAULT}/keys?api-version=7.6"), "https://graph.microsoft.com/v1.0/users".to_owned()]
        {
            let request = target.bench.http.get(&url).header("authorization", format!("Bearer {token}"));
            let answer = Answer::read(request.send().await.unwrap()).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{url} {token:.200}: {}", answer.body);
            all += &answer.body.to_string();
        }
    }
    target.is_well(&all).await;
}

#[tokio::test]
async fn no_forged_assertion_gets_a_token_and_none_is_repeated_in_the_refusal() {
    let target = Target::new().await;
    let bench = &target.bench;
    let good = ps256(&KEY, &bench.claims());
    let parts: Vec<&str> = good.split('.').collect();
    let header = json!({ "alg": "PS256", "x5t#S256": KEY.x5t_s256 });
    let mut all = String::new();
    let mut assertions = forged(&target).await;
    assertions.retain(|assertion| !assertion.is_empty());
    for thumbprint in [
        json!(null),
        json!(5),
        json!(""),
        json!("="),
        json!("A".repeat(100_000)),
        json!(OTHER_KEY.x5t_s256),
        json!([KEY.x5t_s256]),
    ] {
        let mut changed = header.clone();
        changed["x5t#S256"] = thumbprint;
        assertions.push(unsigned(&changed, &bench.claims(), parts[2]));
    }
    for (name, value) in oddly(bench) {
        let mut claims = bench.claims();
        claims[name] = value;
        assertions.push(ps256(&KEY, &claims));
    }
    assertions.push(ps256(&KEY, &json!([])));
    assertions.push(ps256(&KEY, &json!("text")));
    for assertion in assertions {
        let answer = bench.ask(&bench.juniper(), &assertion).await;
        assert!(answer.status.is_client_error(), "{assertion:.300}: {}", answer.body);
        let signature = assertion.rsplit('.').next().unwrap();
        let shown = signature.len() > 40 && answer.body.to_string().contains(signature);
        assert!(!shown, "the refusal shows the assertion: {}", answer.body);
        all += &answer.body.to_string();
    }
    assert_eq!(bench.ask(&bench.juniper(), &good).await.status, StatusCode::OK);
    target.is_well(&all).await;
}

/// Claims of the wrong kind or with a value that must not count, signed with the right key.
fn oddly(bench: &Bench) -> Vec<(&'static str, Value)> {
    let mut odd = Vec::new();
    for name in ["iss", "sub", "aud"] {
        for value in
            [json!(null), json!(1), json!([]), json!({}), json!(""), json!([bench.app()]), json!("x".repeat(100_000))]
        {
            odd.push((name, value));
        }
    }
    for value in [
        json!(null),
        json!([]),
        json!({}),
        json!("soon"),
        json!(""),
        json!(-1),
        json!(i64::MIN),
        json!("NaN"),
        json!("-inf"),
        json!(1e300),
    ] {
        odd.push(("exp", value));
    }
    for value in [json!([]), json!({}), json!("soon"), json!(i64::MAX), json!("inf"), json!(1e300)] {
        odd.push(("nbf", value));
    }
    odd
}

#[tokio::test]
async fn forms_of_any_kind_are_answered() {
    let target = Target::new().await;
    let url = token_endpoint(&target.bench.juniper());
    let mut all = String::new();
    for body in [
        Vec::new(),
        b"=".to_vec(),
        b"&&&&".to_vec(),
        b"grant_type".to_vec(),
        b"grant_type=client_credentials&grant_type=password".to_vec(),
        b"grant_type=%ff%fe%00".to_vec(),
        b"grant_type=client_credentials&client_id=%00&scope=%0d%0a".to_vec(),
        b"{\"grant_type\":\"client_credentials\"}".to_vec(),
        [b"grant_type=password&username=".to_vec(), vec![b'a'; 500_000]].concat(),
        [b"a".to_vec(), b"&a=b".repeat(200_000)].concat(),
        [b"grant_type=client_credentials&client_id=x&scope=".to_vec(), b"%20".repeat(300_000)].concat(),
        vec![0xff; 100_000],
    ] {
        let request =
            target.bench.http.post(&url).header("content-type", "application/x-www-form-urlencoded").body(body);
        let answer = Answer::read(request.send().await.unwrap()).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{:?}", answer.body);
        answer.aadsts();
        all += &answer.body.to_string();
    }
    target.is_well(&all).await;
}
