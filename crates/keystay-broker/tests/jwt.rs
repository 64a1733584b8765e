//! Callers that bring a token of an issuer.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::{path::PathBuf, time::Duration};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use keystay::ManualClock;
use keystay_lab::{Kind, NewOidcToken, OidcIssuer};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use support::{
    House,
    mint::{AUDIENCE, ISSUER, Mint, SUBJECT, claims, now, publish},
};

/// A broker that trusts one issuer, whose keys are in a file.
async fn house(keys: &[&Mint], change: impl FnOnce(&mut Value)) -> (House, PathBuf) {
    let file = support::folder().join("keys.json");
    publish(&file, keys);
    let house = House::with(|config| {
        config["issuers"] = json!({ "cluster": { "issuer": ISSUER, "audience": AUDIENCE, "keys_file": file } });
        config["callers"]["reports"] = json!({ "jwt": { "issuer": "cluster", "subject": SUBJECT } });
        change(config);
    })
    .await;
    (house, file)
}

async fn ask(house: &House, token: &str) -> (StatusCode, Value) {
    let asked = json!({ "identity": "graph", "tenant": house.customer() });
    let answer = Client::new().post(house.url("/v1/token")).bearer_auth(token).json(&asked).send().await.unwrap();
    (answer.status(), answer.json().await.unwrap())
}

async fn refused(house: &House, token: &str, code: &str) {
    let (status, answer) = ask(house, token).await;
    assert_eq!((status, &answer["code"]), (StatusCode::UNAUTHORIZED, &json!(code)), "{answer}");
    assert_eq!(house.events("turned-away").last().unwrap()["reason"], code);
}

#[tokio::test]
async fn a_caller_comes_by_a_token_of_each_algorithm_and_is_on_record() {
    let mints = [Algorithm::RS256, Algorithm::PS256, Algorithm::ES256, Algorithm::ES384, Algorithm::EdDSA]
        .map(|algorithm| Mint::new(&format!("{algorithm:?}"), algorithm));
    let (house, _) = house(&mints.each_ref(), |_| {}).await;
    for mint in &mints {
        let (status, answer) = ask(&house, &mint.token(|claims| claims["jti"] = json!("the-token"))).await;
        assert_eq!(status, StatusCode::OK, "{}: {answer}", mint.id);
    }
    let granted = house.events("granted");
    assert_eq!(granted.len(), 5);
    let evidence = json!({ "by": "jwt", "issuer": "cluster", "subject": SUBJECT, "jti": "the-token" });
    assert_eq!((&granted[0]["caller"], &granted[0]["evidence"]), (&json!("reports"), &evidence));
}

#[tokio::test]
async fn a_token_that_says_something_else_than_it_should_is_refused() {
    let mint = Mint::new("a", Algorithm::ES256);
    let (house, _) = house(&[&mint], |_| {}).await;
    let later = now() + 600;
    for (claim, value, code) in [
        ("aud", json!("other"), "jwt-audience"),
        ("aud", json!(["other", "keystay2"]), "jwt-audience"),
        ("aud", json!([]), "jwt-audience"),
        ("aud", Value::Null, "jwt-audience"),
        ("aud", json!({ "keystay": 1 }), "jwt-audience"),
        ("iss", json!("https://issuer.test/"), "jwt-issuer"),
        ("iss", json!([ISSUER]), "jwt-malformed"),
        ("iss", Value::Null, "jwt-malformed"),
        ("sub", json!("system:serviceaccount:apps:other"), "jwt-subject"),
        ("sub", json!("system:serviceaccount:apps:reports "), "jwt-subject"),
        ("sub", json!([SUBJECT]), "jwt-malformed"),
        ("sub", Value::Null, "jwt-malformed"),
        ("exp", json!(now() - 31), "jwt-expired"),
        ("exp", json!(-1), "jwt-malformed"),
        ("exp", json!(0), "jwt-expired"),
        ("exp", json!("4102444800"), "jwt-malformed"),
        ("exp", Value::Null, "jwt-malformed"),
        ("nbf", json!("now"), "jwt-malformed"),
    ] {
        let token = mint.token(|claims| claims[claim] = value.clone());
        refused(&house, &token, code).await;
    }
    for claim in ["nbf", "iat"] {
        // passes by itself, so it is no 401
        let (status, answer) = ask(&house, &mint.token(|claims| claims[claim] = json!(later))).await;
        assert_eq!((status, &answer["code"]), (StatusCode::SERVICE_UNAVAILABLE, &json!("jwt-not-yet")));
    }
    assert_eq!(house.lab.journal().count(Kind::Token), 0);
    // the clocks of the issuer and the broker may differ by half a minute
    for (claim, value) in [("exp", now() - 20), ("nbf", now() + 20)] {
        assert_eq!(ask(&house, &mint.token(|claims| claims[claim] = json!(value))).await.0, StatusCode::OK, "{claim}");
    }
}

#[tokio::test]
async fn a_token_its_issuer_did_not_sign_is_refused() {
    let (mint, thief) = (Mint::new("a", Algorithm::ES256), Mint::new("a", Algorithm::ES256));
    let rsa = Mint::new("r", Algorithm::RS256);
    let (house, _) = house(&[&mint, &rsa], |_| {}).await;
    let good = mint.token(|_| {});
    let parts: Vec<&str> = good.split('.').collect();
    let encoded = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());

    refused(&house, &thief.token(|_| {}), "jwt-signature").await;
    // claims exchanged under a signature
    let mut other = claims();
    other["sub"] = json!("somebody");
    refused(&house, &format!("{}.{}.{}", parts[0], encoded(&other), parts[2]), "jwt-signature").await;
    refused(&house, &format!("{}.{}.", parts[0], parts[1]), "jwt-signature").await;
    // no signature, or one that anybody can make
    for algorithm in ["none", "None", "nOnE", "", "HS1", "RS1"] {
        let header = encoded(&json!({ "alg": algorithm, "kid": "a" }));
        refused(&house, &format!("{header}.{}.", parts[1]), "jwt-algorithm").await;
        refused(&house, &format!("{header}.{}.{}", parts[1], parts[2]), "jwt-algorithm").await;
    }
    // the public key as a shared secret
    for secret in [rsa.jwk().to_string(), rsa.jwk()["n"].as_str().unwrap().to_owned()] {
        let header = Header { kid: Some("r".into()), ..Header::new(Algorithm::HS256) };
        let token = encode(&header, &claims(), &EncodingKey::from_secret(secret.as_bytes())).unwrap();
        refused(&house, &token, "jwt-algorithm").await;
    }
    // the key of one algorithm, named for another
    let header = Header { kid: Some("a".into()), ..Header::new(Algorithm::RS256) };
    refused(&house, &rsa.sign(&header, &claims()), "jwt-key").await;
    // a key the token brings along
    let header = Header {
        jwk: Some(serde_json::from_value(thief.jwk()).unwrap()),
        jku: Some("http://127.0.0.1:1/keys".into()),
        ..thief.header()
    };
    refused(&house, &thief.sign(&header, &claims()), "jwt-signature").await;
    refused(&house, &thief.sign(&Header { kid: Some("b".into()), ..header.clone() }, &claims()), "jwt-key").await;
    refused(&house, &thief.sign(&Header { kid: None, ..header }, &claims()), "jwt-key").await;
    assert_eq!(house.lab.journal().count(Kind::Token), 0);
}

#[tokio::test]
async fn what_only_looks_like_a_workloads_token_is_refused() {
    let mint = Mint::new("a", Algorithm::EdDSA);
    let (house, _) = house(&[&mint], |_| {}).await;
    for change in [
        |header: &mut Header| header.typ = Some("at+jwt".into()),
        |header: &mut Header| header.typ = Some("dpop+jwt".into()),
        |header: &mut Header| header.cty = Some("JWT".into()),
        |header: &mut Header| header.crit = Some(vec!["exp".into()]),
    ] {
        let mut header = mint.header();
        change(&mut header);
        refused(&house, &mint.sign(&header, &claims()), "jwt-malformed").await;
    }
    for nonsense in ["..", "a.b.c", "e30.e30.e30", "e30.e30.", "e30=.e30=.e30="] {
        refused(&house, nonsense, "jwt-malformed").await;
    }
    let long = mint.token(|claims| claims["filler"] = json!("x".repeat(8 * 1024)));
    refused(&house, &long, "jwt-too-long").await;
    // encrypted tokens have five parts: then it is no secret of a caller, either
    refused(&house, "a.b.c.d.e", "wrong-secret").await;
    refused(&house, "ä.b.c", "wrong-secret").await;
    // a claim written twice has no meaning
    let payload = claims().to_string().replacen('{', &format!("{{\"iss\":\"{ISSUER}\","), 1);
    let head = BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_string(&mint.header()).unwrap());
    let message = format!("{head}.{}", BASE64_URL_SAFE_NO_PAD.encode(payload));
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &mint.key, mint.algorithm).unwrap();
    refused(&house, &format!("{message}.{signature}"), "jwt-malformed").await;
}

#[tokio::test]
async fn a_new_key_is_found_when_a_token_names_it_and_a_withdrawn_one_is_not_believed_for_long() {
    let clock = ManualClock::new(std::time::SystemTime::now());
    let (old, new) = (Mint::new("old", Algorithm::ES256), Mint::new("new", Algorithm::ES256));
    let file = support::folder().join("keys.json");
    publish(&file, &[&old]);
    let house = House::around(
        |config| {
            config["issuers"] = json!({ "cluster": { "issuer": ISSUER, "audience": AUDIENCE, "keys_file": file } });
            config["callers"]["reports"] = json!({ "jwt": { "issuer": "cluster", "subject": SUBJECT } });
        },
        |around| around.clock = std::sync::Arc::new(clock.clone()),
    )
    .await;
    let for_days = |claims: &mut Value| claims["exp"] = json!(now() + 200_000);
    assert_eq!(ask(&house, &old.token(for_days)).await.0, StatusCode::OK);
    publish(&file, &[&new]);
    // somebody has just looked: tokens with unknown keys cannot make the broker ask again and again
    refused(&house, &new.token(for_days), "jwt-key").await;
    clock.advance(Duration::from_secs(11));
    assert_eq!(ask(&house, &new.token(for_days)).await.0, StatusCode::OK);
    refused(&house, &old.token(for_days), "jwt-key").await;

    // while the issuer cannot be asked, its keys are good for a day
    std::fs::write(&file, "nonsense").unwrap();
    clock.advance(Duration::from_secs(23 * 60 * 60));
    assert_eq!(ask(&house, &new.token(for_days)).await.0, StatusCode::OK);
    clock.advance(Duration::from_secs(61 * 60));
    let (status, answer) = ask(&house, &new.token(for_days)).await;
    assert_eq!((status, &answer["code"]), (StatusCode::SERVICE_UNAVAILABLE, &json!("jwt-keys-not-available")));

    // the broker's clock decides what has expired
    publish(&file, &[&new]);
    clock.advance(Duration::from_secs(11));
    assert_eq!(ask(&house, &new.token(for_days)).await.0, StatusCode::OK);
    refused(&house, &new.token(|_| {}), "jwt-expired").await;
}

#[tokio::test]
async fn keys_are_read_from_the_issuers_own_address() {
    let (house, _) = house(&[&Mint::new("a", Algorithm::ES256)], |config| {
        config["issuers"]["cluster"] = json!({
            "issuer": "https://oidc.cluster.test", "audience": "api://keystay",
            "keys_url": "https://oidc.cluster.test/openid/v1/jwks",
        });
    })
    .await;
    let mut order = NewOidcToken::new(OidcIssuer::Kubernetes, SUBJECT);
    order.audience = "api://keystay".into();
    let token = house.lab.issue_oidc_token(&order).unwrap();
    assert_eq!(ask(&house, &token).await.0, StatusCode::OK);
    // a token for Entra is not one for the broker
    let token = house.lab.issue_oidc_token(&NewOidcToken::new(OidcIssuer::Kubernetes, SUBJECT)).unwrap();
    refused(&house, &token, "jwt-audience").await;
}

#[tokio::test]
async fn a_token_is_used_as_often_as_its_life_allows_or_once_where_the_issuer_says_so() {
    let mint = Mint::new("a", Algorithm::ES256);
    let (many, _) = house(&[&mint], |_| {}).await;
    let (once, _) = house(&[&mint], |config| config["issuers"]["cluster"]["one_time"] = json!(true)).await;
    // made after the broker has started, by a clock that counts whole seconds
    let token = mint.token(|claims| claims["iat"] = json!(now() + 1));
    for _ in 0..3 {
        assert_eq!(ask(&many, &token).await.0, StatusCode::OK);
    }
    // what opens nothing is not used up
    let nobody = mint.token(|claims| claims["sub"] = json!("nobody"));
    refused(&once, &nobody, "jwt-subject").await;
    refused(&once, &nobody, "jwt-subject").await;
    assert_eq!(ask(&once, &token).await.0, StatusCode::OK);
    refused(&once, &token, "jwt-spent").await;
    // also after a reload
    once.broker.reconfigure(&keystay_broker::Config::read(&once.config).unwrap()).unwrap();
    refused(&once, &token, "jwt-spent").await;
    refused(&once, &mint.token(|claims| claims["jti"] = Value::Null), "jwt-not-spendable").await;
    refused(&once, &mint.token(|claims| claims["iat"] = json!(now() - 60)), "jwt-not-spendable").await;
}

#[tokio::test]
async fn no_token_of_a_caller_is_in_the_audit_log() {
    let mint = Mint::new("a", Algorithm::ES256);
    let (house, _) = house(&[&mint], |_| {}).await;
    let good = mint.token(|_| {});
    let bad = mint.token(|claims| claims["aud"] = json!("other"));
    ask(&house, &good).await;
    ask(&house, &bad).await;
    let journal = format!("{:?}", house.journal());
    for token in [&good, &bad] {
        for part in token.split('.').skip(1) {
            assert!(!journal.contains(part));
        }
    }
}
