use std::time::Duration;

use aws_lc_rs::signature::{self, UnparsedPublicKey};

use super::*;

#[tokio::test]
async fn a_made_key_signs_and_its_own_verify_agrees() {
    let bench = Bench::new();
    for (crv, alg, hash) in [
        ("P-256", "ES256", &digest::SHA256),
        ("P-256K", "ES256K", &digest::SHA256),
        ("P-384", "ES384", &digest::SHA384),
        ("P-521", "ES512", &digest::SHA512),
    ] {
        let name = format!("made-{alg}");
        let made = bench.key(&name, json!({ "kty": "EC-HSM", "crv": crv })).await;
        assert_eq!((made["key"]["crv"].as_str(), made["key"]["kty"].as_str()), (Some(crv), Some("EC-HSM")));
        let digest = digest::digest(hash, b"tide tables");
        let signed = bench.sign(&name, alg, digest.as_ref()).await;
        assert_eq!(signed.status, StatusCode::OK, "{}", signed.body);
        assert_eq!(signed.body["kid"], made["key"]["kid"]);

        let request = json!({ "alg": alg, "digest": BASE64URL.encode(digest), "value": signed.body["value"] });
        assert_eq!(bench.post(&format!("/keys/{name}/verify"), request.clone()).await.body["value"], json!(true));
        let mut other = request;
        other["digest"] = json!(BASE64URL.encode(digest::digest(hash, b"other tables")));
        assert_eq!(bench.post(&format!("/keys/{name}/verify"), other).await.body["value"], json!(false));
    }
}

#[tokio::test]
async fn an_rsa_key_signs_in_every_rsa_algorithm() {
    let bench = Bench::new();
    let made = bench.key("harbor", json!({ "kty": "RSA", "key_size": 2048 })).await;
    let member = |name: &str| BASE64URL.decode(made["key"][name].as_str().unwrap()).unwrap();
    let public = signature::RsaPublicKeyComponents { n: member("n"), e: member("e") };
    for (alg, hash, check) in [
        ("RS256", &digest::SHA256, &signature::RSA_PKCS1_2048_8192_SHA256),
        ("RS384", &digest::SHA384, &signature::RSA_PKCS1_2048_8192_SHA384),
        ("RS512", &digest::SHA512, &signature::RSA_PKCS1_2048_8192_SHA512),
        ("PS256", &digest::SHA256, &signature::RSA_PSS_2048_8192_SHA256),
        ("PS384", &digest::SHA384, &signature::RSA_PSS_2048_8192_SHA384),
        ("PS512", &digest::SHA512, &signature::RSA_PSS_2048_8192_SHA512),
    ] {
        let answer = bench.sign("harbor", alg, digest::digest(hash, b"log book").as_ref()).await;
        assert_eq!(answer.status, StatusCode::OK, "{alg}: {}", answer.body);
        let signature = BASE64URL.decode(answer.body["value"].as_str().unwrap()).unwrap();
        public.verify(check, b"log book", &signature).unwrap_or_else(|_| panic!("{alg} does not verify"));
    }
}

#[tokio::test]
async fn a_digest_of_another_length_is_refused_with_both_lengths() {
    let bench = Bench::new();
    bench.key("harbor", json!({ "kty": "EC" })).await;
    let answer = bench.sign("harbor", "ES256", &[7; 44]).await;
    assert_eq!((answer.status, answer.code()), (StatusCode::BAD_REQUEST, "BadParameter"));
    assert_eq!(
        answer.message(),
        "Invalid length of 'value': 44 bytes. ES256 requires 32 bytes, encoded with base64url."
    );
}

#[tokio::test]
async fn an_algorithm_for_another_kind_of_key_is_refused() {
    let bench = Bench::new();
    bench.key("harbor", json!({ "kty": "EC" })).await;
    for (alg, digest) in [("RS256", vec![0; 32]), ("ES384", vec![0; 48]), ("XX1", vec![0; 32])] {
        let answer = bench.sign("harbor", alg, &digest).await;
        assert_eq!((answer.status, answer.code()), (StatusCode::BAD_REQUEST, "BadParameter"), "{alg}");
    }
    let text = bench.post("/keys/harbor/sign", json!({ "alg": "ES256", "value": "not base64url!" })).await;
    assert_eq!(text.code(), "BadParameter");
}

#[tokio::test]
async fn a_disabled_key_signs_nothing_until_it_is_enabled_again() {
    let bench = Bench::new();
    bench.key("harbor", json!({ "kty": "EC" })).await;
    let digest = sha256(b"");
    let disabled = bench.patch("/keys/harbor", json!({ "attributes": { "enabled": false } })).await;
    assert_eq!(disabled.body["attributes"]["enabled"], json!(false));
    let refused = bench.sign("harbor", "ES256", &digest).await;
    assert_eq!((refused.status, refused.inner()), (StatusCode::FORBIDDEN, "KeyDisabled"));

    bench.vaults.set_key_enabled(HOST, "harbor", "", true).unwrap();
    assert_eq!(bench.sign("harbor", "ES256", &digest).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_key_signs_only_inside_its_window_of_time_but_verifies_outside_it() {
    let bench = Bench::new();
    let now = bench.clock.unix();
    let window = json!({ "nbf": now + 3600, "exp": now + 7200 });
    bench.key("harbor", json!({ "kty": "EC", "attributes": window })).await;
    let digest = sha256(b"");
    assert_eq!(bench.sign("harbor", "ES256", &digest).await.inner(), "KeyNotYetValid");
    bench.clock.advance(Duration::from_secs(5000));
    let signed = bench.sign("harbor", "ES256", &digest).await;
    assert_eq!(signed.status, StatusCode::OK);
    bench.clock.advance(Duration::from_secs(5000));
    assert_eq!(bench.sign("harbor", "ES256", &digest).await.inner(), "KeyExpired");
    let request = json!({ "alg": "ES256", "digest": BASE64URL.encode(&digest), "value": signed.body["value"] });
    assert_eq!(bench.post("/keys/harbor/verify", request).await.body["value"], json!(true));
}

#[tokio::test]
async fn a_key_does_only_the_operations_it_is_given() {
    let bench = Bench::new();
    bench.key("harbor", json!({ "kty": "EC", "key_ops": ["verify"] })).await;
    let refused = bench.sign("harbor", "ES256", &sha256(b"")).await;
    assert_eq!((refused.status, refused.code()), (StatusCode::FORBIDDEN, "Forbidden"));
    bench.patch("/keys/harbor", json!({ "key_ops": ["sign"] })).await;
    assert_eq!(bench.sign("harbor", "ES256", &sha256(b"")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_empty_version_with_a_trailing_slash_means_the_newest() {
    let bench = Bench::new();
    let old = bench.key("harbor", json!({ "kty": "EC" })).await;
    let new = bench.key("harbor", json!({ "kty": "EC" })).await;
    assert_ne!(old["key"]["kid"], new["key"]["kid"]);
    for path in ["/keys/harbor", "/keys/harbor/"] {
        assert_eq!(bench.get(path).await.body["key"]["kid"], new["key"]["kid"], "{path}");
    }
    let version = version_of(&old["key"]["kid"]);
    assert_eq!(bench.get(&format!("/keys/harbor/{version}")).await.body["key"]["x"], old["key"]["x"]);
    for path in ["harbor/", "harbor"] {
        assert_eq!(bench.sign(path, "ES256", &sha256(b"")).await.body["kid"], new["key"]["kid"], "{path}");
    }
}

#[tokio::test]
async fn missing_objects_and_bad_names_are_told_apart() {
    let bench = Bench::new();
    let missing = bench.get("/keys/none").await;
    assert_eq!((missing.status, missing.code()), (StatusCode::NOT_FOUND, "KeyNotFound"));
    assert!(missing.message().starts_with("A key with (name/id) none was not found in this key vault."));
    assert!(missing.message().ends_with("https://go.microsoft.com/fwlink/?linkid=2125182"));
    for name in ["under_score".to_owned(), "n".repeat(128)] {
        let answer = bench.get(&format!("/keys/{name}")).await;
        assert_eq!((answer.status, answer.code()), (StatusCode::BAD_REQUEST, "BadParameter"), "{name}");
    }
    assert_eq!(bench.get("/nothing/here").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_the_lab_cannot_do_with_a_key_is_refused_and_not_forgotten() {
    let bench = Bench::new();
    for request in [
        json!({ "kty": "RSA", "public_exponent": 3 }),
        json!({ "kty": "EC", "attributes": { "exportable": true }, "release_policy": { "data": "e30" } }),
        json!({ "kty": "EC", "release_policy": { "data": "e30" } }),
    ] {
        let answer = bench.post("/keys/harbor/create", request.clone()).await;
        assert_eq!((answer.status, answer.code()), (StatusCode::BAD_REQUEST, "BadParameter"), "{request}");
    }
    bench.key("harbor", json!({ "kty": "EC", "attributes": { "exportable": false } })).await;
}

#[tokio::test]
async fn a_name_is_the_same_whatever_its_case_and_keeps_its_first_spelling() {
    let bench = Bench::new();
    let made = bench.key("Harbor", json!({ "kty": "EC" })).await;
    let next = bench.key("hARBOR", json!({ "kty": "EC" })).await;
    assert!(next["key"]["kid"].as_str().unwrap().contains("/keys/Harbor/"), "{next}");
    assert_eq!(bench.versions("keys/harbor").await.len(), 2);
    let old = version_of(&made["key"]["kid"]);
    assert_eq!(bench.get(&format!("/keys/HARBOR/{old}")).await.body["key"]["x"], made["key"]["x"]);
    let taken = bench.post("/certificates/harbor/create", order(json!({ "kty": "EC" }), PFX)).await;
    assert_eq!(taken.status, StatusCode::CONFLICT, "the key of that name is not its own");
    bench.delete("/keys/harbor").await;
    assert_eq!(
        bench.post("/keys/HARBOR/create", json!({ "kty": "EC" })).await.inner(),
        "ObjectIsDeletedButRecoverable"
    );
    assert_eq!(bench.post("/deletedkeys/harbor/recover", json!({})).await.status, StatusCode::OK);
    assert_eq!(bench.get("/keys").await.body["value"].as_array().unwrap().len(), 1);
    bench.key("Restore", json!({ "kty": "EC" })).await;
    let restore = bench.post("/keys/restore", json!({ "value": "" })).await;
    assert_eq!(restore.message(), "Backup blob contains invalid or corrupt version.", "a path is no name");
}

#[tokio::test]
async fn a_key_type_the_vault_does_not_have_is_refused_in_the_services_words() {
    let bench = Bench::new();
    let answer = bench.post("/keys/harbor/create", json!({ "kty": "oct" })).await;
    assert_eq!(
        (answer.status, answer.code(), answer.inner()),
        (StatusCode::BAD_REQUEST, "BadParameter", "KeyTypeNotSupported")
    );
    assert_eq!(answer.message(), "Invalid kty value: oct");
}

#[tokio::test]
async fn an_imported_elliptic_key_is_the_very_key() {
    let bench = Bench::new();
    // RFC 7515 appendix A.3.1
    let jwk = json!({
        "kty": "EC", "crv": "P-256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        "d": "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI",
    });
    let imported = bench.put("/keys/harbor", json!({ "key": jwk, "Hsm": true })).await;
    assert_eq!(imported.status, StatusCode::OK, "{}", imported.body);
    assert_eq!((&imported.body["key"]["kty"], &imported.body["key"]["x"]), (&json!("EC-HSM"), &jwk["x"]));
    assert!(imported.body["key"].get("d").is_none());

    let signed = bench.sign("harbor", "ES256", &sha256(b"cargo")).await;
    let mut point = vec![4];
    point.extend(BASE64URL.decode(jwk["x"].as_str().unwrap()).unwrap());
    point.extend(BASE64URL.decode(jwk["y"].as_str().unwrap()).unwrap());
    let signature = BASE64URL.decode(signed.body["value"].as_str().unwrap()).unwrap();
    UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, point).verify(b"cargo", &signature).unwrap();
}

#[tokio::test]
async fn a_deleted_key_keeps_its_name_until_it_is_recovered_or_purged() {
    let bench = Bench::new();
    bench.key("harbor", json!({ "kty": "EC" })).await;
    let deleted = bench.delete("/keys/harbor").await;
    assert!(deleted.body["scheduledPurgeDate"].as_i64().unwrap() > bench.clock.unix(), "{}", deleted.body);
    assert_eq!(bench.get("/keys/harbor").await.status, StatusCode::NOT_FOUND);
    let again = bench.post("/keys/harbor/create", json!({ "kty": "EC" })).await;
    assert_eq!((again.status, again.inner()), (StatusCode::CONFLICT, "ObjectIsDeletedButRecoverable"));
    assert_eq!(bench.post("/deletedkeys/harbor/recover", json!({})).await.status, StatusCode::OK);
    assert_eq!(bench.get("/keys/harbor").await.status, StatusCode::OK);
    bench.delete("/keys/harbor").await;
    assert_eq!(bench.delete("/deletedkeys/harbor").await.status, StatusCode::NO_CONTENT);
    bench.key("harbor", json!({ "kty": "EC" })).await;
}

#[tokio::test]
async fn an_imported_rsa_key_is_the_very_key() {
    use aws_lc_rs::{encoding::AsDer as _, rsa};
    let pair = rsa::KeyPair::generate(rsa::KeySize::Rsa2048).unwrap();
    let jwk = jwk_of(pair.as_der().unwrap().as_ref());
    let imported = bench_import(&jwk).await;
    assert_eq!((&imported["key"]["n"], &imported["key"]["e"]), (&jwk["n"], &jwk["e"]));

    let mut broken = jwk;
    broken["dp"] = broken["dq"].clone();
    let bench = Bench::new();
    let answer = bench.put("/keys/harbor", json!({ "key": broken })).await;
    assert_eq!((answer.status, answer.code()), (StatusCode::BAD_REQUEST, "BadParameter"));
}

async fn bench_import(jwk: &Value) -> Value {
    let bench = Bench::new();
    let answer = bench.put("/keys/harbor", json!({ "key": jwk })).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(bench.sign("harbor", "PS256", &sha256(b"")).await.status, StatusCode::OK);
    answer.body
}

/// The members of an RSA private key in PKCS#8 (RFC 8017 appendix A.1.2) as a JWK.
fn jwk_of(pkcs8: &[u8]) -> Value {
    use x509_parser::der_parser::der::parse_der;
    let (_, info) = parse_der(pkcs8).unwrap();
    let (_, key) = parse_der(info.as_sequence().unwrap()[2].as_slice().unwrap()).unwrap();
    let members = key.as_sequence().unwrap();
    let mut jwk = json!({ "kty": "RSA" });
    for (name, member) in ["n", "e", "d", "p", "q", "dp", "dq", "qi"].iter().zip(&members[1..]) {
        let bytes = member.as_slice().unwrap();
        jwk[*name] = json!(BASE64URL.encode(bytes.strip_prefix(&[0]).unwrap_or(bytes)));
    }
    jwk
}

#[tokio::test]
async fn a_post_can_name_another_method_in_a_header() {
    let bench = Bench::new();
    bench.key("harbor", json!({ "kty": "EC" })).await;
    let request = Request::post(format!("https://{HOST}{}", versioned("/keys/harbor")))
        .header(header::AUTHORIZATION, "Bearer owner")
        .header("x-http-method", "PATCH")
        .extension(RequestHost(HOST.into()))
        .body(Body::from(json!({ "attributes": { "enabled": false } }).to_string()))
        .unwrap();
    assert_eq!(bench.router.clone().oneshot(request).await.unwrap().status(), StatusCode::OK);
    assert_eq!(bench.get("/keys/harbor").await.body["attributes"]["enabled"], json!(false));
}
