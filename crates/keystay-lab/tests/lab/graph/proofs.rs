//! Keys that an application rolls itself, with a proof by a key it has.

use std::time::Duration;

use base64::{Engine, prelude::BASE64_STANDARD};
use jsonwebtoken::{Algorithm, Header, encode};
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::admin;
use crate::support::{Answer, Bench, ClientKey, KEY, OTHER_KEY, ps256, rs256};

fn proof(bench: &Bench, key: &ClientKey, change: impl FnOnce(&mut Value)) -> String {
    let issuer = bench.lab.directory().application(bench.app()).unwrap().id;
    let mut claims = json!({
        "aud": "00000002-0000-0000-c000-000000000000",
        "iss": issuer,
        "nbf": bench.now(),
        "exp": bench.now() + 600,
    });
    change(&mut claims);
    rs256(key, &claims)
}

/// The body of `addKey` for [`OTHER_KEY`].
fn body(proof: &str) -> Value {
    let key = json!({ "type": "AsymmetricX509Cert", "usage": "Verify", "key": BASE64_STANDARD.encode(&OTHER_KEY.der) });
    json!({ "keyCredential": key, "passwordCredential": null, "proof": proof })
}

#[track_caller]
fn assert_no_proof(answer: &Answer) {
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{}", answer.body);
    assert_eq!(answer.body["error"]["message"], "Access Token missing or malformed.");
}

#[tokio::test]
async fn an_app_rolls_its_own_key_with_a_proof_and_no_permission() {
    let bench = Bench::ready().await;
    let directory = bench.lab.directory();
    let token = bench.app_token(directory.home()).await.token().to_owned();
    let path = format!("applications/{}", directory.application(bench.app()).unwrap().id);
    let bad = [
        proof(&bench, &OTHER_KEY, |_| ()),
        proof(&bench, &KEY, |claims| claims["aud"] = "https://graph.microsoft.com".into()),
        proof(&bench, &KEY, |claims| claims["iss"] = json!(bench.app())),
        proof(&bench, &KEY, |claims| claims["exp"] = (bench.now() + 3600).into()),
        proof(&bench, &KEY, |claims| {
            claims["nbf"] = (bench.now() - 900).into();
            claims["exp"] = (bench.now() - 400).into();
        }),
        proof(&bench, &KEY, |claims| claims["nbf"] = (bench.now() + 400).into()),
        "abc".to_owned(),
    ];
    for proof in bad {
        assert_no_proof(&bench.graph("POST", &format!("{path}/addKey"), &token, &body(&proof)).await);
    }
    let good = body(&proof(&bench, &KEY, |_| ()));
    let added = bench.graph("POST", &format!("{path}/addKey"), &token, &good).await;
    assert_eq!(added.status, StatusCode::OK, "{}", added.body);
    bench.ask(&bench.juniper(), &ps256(&OTHER_KEY, &bench.claims())).await.token();

    let old = bench.key_id();
    let remove = json!({ "keyId": old, "proof": proof(&bench, &OTHER_KEY, |_| ()) });
    let removed = bench.graph("POST", &format!("{path}/removeKey"), &token, &remove).await;
    assert_eq!(removed.status, StatusCode::NO_CONTENT, "{}", removed.body);
    assert_eq!(bench.ask_with(&bench.claims()).await.aadsts(), 700_027);
}

#[tokio::test]
async fn a_proof_under_the_name_of_another_key_or_by_a_key_past_its_end_is_none() {
    let bench = Bench::ready().await;
    let path = format!("applications(appId='{}')/addKey", bench.app());
    let claims = jsonwebtoken::dangerous::insecure_decode::<Value>(proof(&bench, &KEY, |_| ())).unwrap().claims;
    let header = Header { x5t: Some(OTHER_KEY.x5t.clone()), ..Header::new(Algorithm::RS256) };
    let misnamed = encode(&header, &claims, &KEY.signing).unwrap();
    assert_no_proof(&bench.graph("POST", &path, &admin(&bench).await, &body(&misnamed)).await);
    bench.lab.clock().advance(Duration::from_secs(366 * 86_400));
    let late = proof(&bench, &KEY, |_| ());
    assert_no_proof(&bench.graph("POST", &path, &admin(&bench).await, &body(&late)).await);
}
