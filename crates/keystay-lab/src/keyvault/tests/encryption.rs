use std::time::Duration;

use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PublicEncryptingKey};

use super::*;

#[tokio::test]
async fn what_is_encrypted_or_wrapped_comes_back_and_nothing_else_does() {
    let bench = Bench::new();
    let made = bench.key("harbor", json!({ "kty": "RSA" })).await;
    let text = BASE64URL.encode(b"the tide is high");
    for (lock, unlock) in [("encrypt", "decrypt"), ("wrapkey", "unwrapkey"), ("wrapKey", "unwrapKey")] {
        for alg in ["RSA1_5", "RSA-OAEP", "RSA-OAEP-256"] {
            let sealed = bench.operate("harbor", lock, json!({ "alg": alg, "value": text })).await;
            assert_eq!(sealed.status, StatusCode::OK, "{lock} {alg}: {}", sealed.body);
            assert_eq!(sealed.body["kid"], made["key"]["kid"]);
            assert_eq!(BASE64URL.decode(sealed.body["value"].as_str().unwrap()).unwrap().len(), 256);
            let request = json!({ "alg": alg, "value": sealed.body["value"] });
            let opened = bench.operate("harbor", unlock, request).await;
            assert_eq!((&opened.body["value"], &opened.body["kid"]), (&json!(text), &made["key"]["kid"]));
        }
        let noise = json!({ "alg": "RSA-OAEP", "value": BASE64URL.encode([7; 256]) });
        let refused = bench.operate("harbor", unlock, noise).await;
        assert_eq!((refused.status, refused.code()), (StatusCode::BAD_REQUEST, "BadParameter"));
    }
}

#[tokio::test]
async fn the_vault_decrypts_what_was_encrypted_outside_with_the_public_half() {
    let bench = Bench::new();
    bench.certificate("harbor", json!({ "kty": "RSA", "exportable": false }), PFX).await;
    let der = der_of(&bench.get("/certificates/harbor").await.body);
    let (_, certificate) = x509_parser::parse_x509_certificate(&der).unwrap();
    let public = PublicEncryptingKey::from_der(certificate.public_key().raw).unwrap();
    let public = OaepPublicEncryptingKey::new(public).unwrap();
    let mut sealed = vec![0; public.ciphertext_size()];
    public.encrypt(&OAEP_SHA256_MGF1SHA256, b"a session key", &mut sealed, None).unwrap();
    let request = json!({ "alg": "RSA-OAEP-256", "value": BASE64URL.encode(sealed) });
    let opened = bench.operate("harbor", "unwrapkey", request).await;
    assert_eq!(opened.body["value"], json!(BASE64URL.encode(b"a session key")), "{}", opened.body);
}

#[tokio::test]
async fn an_expired_key_still_undoes_what_it_did_but_does_nothing_new() {
    let bench = Bench::new();
    let exp = bench.clock.unix() + 3600;
    bench.key("harbor", json!({ "kty": "RSA", "attributes": { "exp": exp } })).await;
    let request = json!({ "alg": "RSA-OAEP", "value": BASE64URL.encode(b"rope") });
    let sealed = bench.operate("harbor", "encrypt", request.clone()).await.body["value"].clone();
    bench.clock.advance(Duration::from_secs(7200));
    for operation in ["encrypt", "wrapkey"] {
        assert_eq!(bench.operate("harbor", operation, request.clone()).await.inner(), "KeyExpired", "{operation}");
    }
    let sealed = json!({ "alg": "RSA-OAEP", "value": sealed });
    for operation in ["decrypt", "unwrapkey"] {
        assert_eq!(bench.operate("harbor", operation, sealed.clone()).await.status, StatusCode::OK, "{operation}");
    }
    bench.patch("/keys/harbor", json!({ "attributes": { "enabled": false } })).await;
    for operation in ["decrypt", "unwrapkey"] {
        assert_eq!(bench.operate("harbor", operation, sealed.clone()).await.inner(), "KeyDisabled", "{operation}");
    }
}

#[tokio::test]
async fn a_key_encrypts_only_with_what_it_is_and_what_it_was_given() {
    let bench = Bench::new();
    bench.key("curve", json!({ "kty": "EC", "key_ops": ["sign", "verify"] })).await;
    bench.key("wraps", json!({ "kty": "RSA", "key_ops": ["wrapKey", "unwrapKey"] })).await;
    let request = json!({ "alg": "RSA-OAEP", "value": BASE64URL.encode(b"rope") });
    assert_eq!(bench.operate("wraps", "wrapkey", request.clone()).await.status, StatusCode::OK);
    assert_eq!(bench.operate("wraps", "encrypt", request.clone()).await.inner(), "KeyOperationForbidden");
    assert_eq!(bench.operate("curve", "encrypt", request).await.inner(), "KeyOperationForbidden");
    for (alg, value) in [
        ("A256KW", BASE64URL.encode(b"rope")),
        ("RSA-OAEP", BASE64URL.encode([0; 215])),
        ("RSA-OAEP", "not base64url!".to_owned()),
    ] {
        let refused = bench.operate("wraps", "wrapkey", json!({ "alg": alg, "value": value })).await;
        assert_eq!((refused.status, refused.code()), (StatusCode::BAD_REQUEST, "BadParameter"), "{alg}");
    }
}
