//! Assertions, read by software that is not ours.

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::{collections::HashSet, sync::Arc, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use keystay::{AssertionGenerator, LocalKey, Secret};
use serde_json::{Value, json};
use support::{APP, SIGNER_PEM, start};

const ENDPOINT: &str = "https://login.microsoftonline.com/contoso.com/oauth2/v2.0/token";
/// Computed by OpenSSL from `data/signer.pem`.
const X5T: &str = "zoBhst3bu5J4YVvzw1kPD2rGxmk";
const X5T_S256: &str = "yKsg9-vDg-Xja-U1WTj0VN2EltZziAmBBk28gQOpAcU";

async fn generator() -> AssertionGenerator {
    let key = LocalKey::from_pem("signer.pem", &Secret::new(SIGNER_PEM.into())).await.unwrap();
    AssertionGenerator::new(APP.parse().unwrap(), Arc::new(key)).unwrap()
}

fn part(jwt: &str, index: usize) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(jwt.split('.').nth(index).unwrap()).unwrap()).unwrap()
}

/// Signature, audience and issuer checked by the `jsonwebtoken` crate.
fn decode(jwt: &str, algorithm: Algorithm) -> jsonwebtoken::TokenData<Value> {
    let certificate = SIGNER_PEM.split("-----BEGIN PRIVATE KEY").next().unwrap();
    let (_, pem) = x509_parser::pem::parse_x509_pem(certificate.as_bytes()).unwrap();
    let spki = pem.parse_x509().unwrap().public_key().raw.to_vec();
    let public_key = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(spki));
    let mut validation = Validation::new(algorithm);
    validation.set_audience(&[ENDPOINT]);
    validation.set_issuer(&[APP]);
    // the clock of these tests is not the computer's
    validation.validate_exp = false;
    jsonwebtoken::decode(jwt, &DecodingKey::from_rsa_pem(public_key.as_bytes()).unwrap(), &validation).unwrap()
}

#[tokio::test]
async fn ps256_with_the_sha256_thumbprint_is_the_default() {
    let assertion = generator().await.generate(ENDPOINT, start()).await.unwrap();
    let jwt = assertion.jwt().expose();
    assert_eq!(part(jwt, 0), json!({"alg": "PS256", "typ": "JWT", "x5t#S256": X5T_S256}));
    let claims = decode(jwt, Algorithm::PS256).claims;
    assert_eq!(
        claims,
        json!({"aud": ENDPOINT, "iss": APP, "sub": APP, "jti": assertion.id().to_string(),
               "nbf": 1_800_000_000, "iat": 1_800_000_000, "exp": 1_800_000_300})
    );
    assert_eq!(assertion.expires_on(), start() + Duration::from_secs(300));
}

#[tokio::test]
async fn rs256_with_the_sha1_thumbprint_on_request() {
    let assertion = generator().await.with_rs256().generate(ENDPOINT, start()).await.unwrap();
    let jwt = assertion.jwt().expose();
    // a known answer, byte for byte
    assert_eq!(
        jwt.split('.').next().unwrap(),
        URL_SAFE_NO_PAD.encode(format!(r#"{{"alg":"RS256","typ":"JWT","x5t":"{X5T}"}}"#))
    );
    decode(jwt, Algorithm::RS256);
}

#[tokio::test]
async fn the_certificate_goes_along_in_der_on_request() {
    let assertion = generator().await.with_certificate_in_header().generate(ENDPOINT, start()).await.unwrap();
    let header = part(assertion.jwt().expose(), 0);
    let der = STANDARD.decode(header["x5c"][0].as_str().unwrap()).unwrap();
    let (_, certificate) = x509_parser::parse_x509_certificate(&der).unwrap();
    assert_eq!(certificate.subject().to_string(), "CN=keystay test signer");
}

#[tokio::test]
async fn nothing_in_an_assertion_is_padded_and_no_id_comes_twice() {
    let generator = generator().await;
    let mut ids = HashSet::new();
    for _ in 0..20 {
        let assertion = generator.generate(ENDPOINT, start()).await.unwrap();
        assert!(!assertion.jwt().expose().contains(['=', '+', '/']));
        assert!(ids.insert(assertion.id()));
    }
}

#[tokio::test]
async fn own_claims_are_added_and_the_registered_ones_kept() {
    let generator = generator().await;
    let extended = generator.clone().with_claim("department", json!({"id": 7})).unwrap();
    let assertion = extended.generate(ENDPOINT, start()).await.unwrap();
    assert_eq!(part(assertion.jwt().expose(), 1)["department"]["id"], 7);
    for registered in ["aud", "iss", "sub", "exp", "nbf", "iat", "jti"] {
        assert!(generator.clone().with_claim(registered, json!("x")).is_err(), "{registered}");
    }
}

#[tokio::test]
async fn a_lifetime_of_a_year_is_cut_to_ten_minutes_and_none_to_two() {
    let generator = generator().await.with_lifetime(Duration::from_secs(31_536_000));
    let assertion = generator.generate(ENDPOINT, start()).await.unwrap();
    assert_eq!(assertion.expires_on(), start() + Duration::from_secs(600));
    let shortest = generator.with_lifetime(Duration::ZERO).generate(ENDPOINT, start()).await.unwrap();
    assert_eq!(shortest.expires_on(), start() + Duration::from_secs(120));
}

#[tokio::test]
async fn debug_of_an_assertion_and_its_generator_shows_no_part_of_the_jwt() {
    let generator = generator().await;
    let assertion = generator.generate(ENDPOINT, start()).await.unwrap();
    let shown = format!("{generator:?} {assertion:?} {generator:#?} {assertion:#?}");
    assert!(assertion.jwt().expose().split('.').all(|part| !shown.contains(part)), "{shown}");
    assert!(!shown.contains("eyJ"), "{shown}");
}
