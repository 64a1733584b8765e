use aws_lc_rs::signature::{self, UnparsedPublicKey};
use p12_keystore::Pkcs12Archive;

use super::*;

#[tokio::test]
async fn a_key_that_is_not_exportable_stays_inside_and_still_signs() {
    let bench = Bench::new();
    let bundle = bench.certificate("harbor", json!({ "exportable": false, "kty": "RSA", "key_size": 2048 }), PFX).await;
    let der = der_of(&bundle);

    let secret = bench.get("/secrets/harbor").await;
    assert_eq!(secret.status, StatusCode::OK);
    assert_eq!((&secret.body["managed"], &secret.body["contentType"]), (&json!(true), &json!(PFX)));
    let pfx = STANDARD.decode(secret.body["value"].as_str().unwrap()).unwrap();
    let archive = Pkcs12Archive::from_pkcs12(&pfx, "").unwrap();
    assert!(archive.keys.is_empty(), "the secret holds a private key");
    assert_eq!(archive.certs.len(), 1);
    assert_eq!(archive.certs[0].cert.as_der(), der);
    if let Some(text) = openssl_reads(&pfx) {
        assert!(text.contains("BEGIN CERTIFICATE") && !text.contains("PRIVATE KEY"), "{text}");
    }

    for (alg, check) in
        [("RS256", &signature::RSA_PKCS1_2048_8192_SHA256), ("PS256", &signature::RSA_PSS_2048_8192_SHA256)]
    {
        let signed = bench.sign("harbor", alg, &sha256(b"manifest")).await;
        assert_eq!(signed.body["kid"], bundle["kid"]);
        let signature = BASE64URL.decode(signed.body["value"].as_str().unwrap()).unwrap();
        UnparsedPublicKey::new(check, public_key_of(&der)).verify(b"manifest", &signature).unwrap();
    }
}

#[tokio::test]
async fn the_secret_of_an_exportable_certificate_holds_the_very_key() {
    let bench = Bench::new();
    let bundle = bench.certificate("harbor", json!({ "exportable": true, "kty": "RSA" }), PFX).await;
    let secret = bench.get("/secrets/harbor").await;
    let pfx = STANDARD.decode(secret.body["value"].as_str().unwrap()).unwrap();
    let archive = Pkcs12Archive::from_pkcs12(&pfx, "").unwrap();
    let key = super::super::KeyMaterial::from_pkcs8(archive.keys[0].key.as_der()).unwrap();
    assert_eq!(key.public_bytes(), public_key_of(&der_of(&bundle)));
    if let Some(text) = openssl_reads(&pfx) {
        assert!(text.contains("BEGIN CERTIFICATE") && text.contains("BEGIN PRIVATE KEY"), "{text}");
    }
}

#[tokio::test]
async fn certificate_key_and_secret_share_one_version_id() {
    let bench = Bench::new();
    let bundle = bench.certificate("harbor", json!({ "kty": "EC", "crv": "P-256" }), PFX).await;
    let version = version_of(&bundle["id"]);
    assert_eq!(
        (version.len(), version_of(&bundle["kid"]), version_of(&bundle["sid"])),
        (32, version.clone(), version.clone())
    );
    let key = bench.get(&format!("/keys/harbor/{version}")).await;
    assert_eq!((key.status, &key.body["managed"]), (StatusCode::OK, &json!(true)));
    let secret = bench.get(&format!("/secrets/harbor/{version}")).await;
    assert_eq!((&secret.body["id"], &secret.body["kid"]), (&bundle["sid"], &bundle["kid"]));
}

#[tokio::test]
async fn an_elliptic_certificate_is_signed_by_its_key_and_the_key_verifies_against_it() {
    let bench = Bench::new();
    for (crv, alg, check) in [
        ("P-256", "ES256", &signature::ECDSA_P256_SHA256_FIXED),
        ("P-256K", "ES256K", &signature::ECDSA_P256K1_SHA256_FIXED),
        ("P-384", "ES384", &signature::ECDSA_P384_SHA384_FIXED),
        ("P-521", "ES512", &signature::ECDSA_P521_SHA512_FIXED),
    ] {
        let bundle = bench.certificate(alg, json!({ "kty": "EC", "crv": crv, "exportable": false }), PFX).await;
        let hash = match alg {
            "ES256" | "ES256K" => &digest::SHA256,
            "ES384" => &digest::SHA384,
            _ => &digest::SHA512,
        };
        let signed = bench.sign(alg, alg, digest::digest(hash, b"buoy").as_ref()).await;
        let signature = BASE64URL.decode(signed.body["value"].as_str().unwrap()).unwrap();
        UnparsedPublicKey::new(check, public_key_of(&der_of(&bundle))).verify(b"buoy", &signature).unwrap();
    }
}

#[tokio::test]
async fn openssl_finds_every_kind_of_certificate_and_request_signed_by_its_own_key() {
    let bench = Bench::new();
    let Some(files) = OpensslFiles::new() else { return };
    for (name, key_props, curve) in [
        ("rsa", json!({ "kty": "RSA" }), "rsaEncryption"),
        ("p256", json!({ "kty": "EC", "crv": "P-256" }), "prime256v1"),
        ("p256k", json!({ "kty": "EC", "crv": "P-256K" }), "secp256k1"),
        ("p384", json!({ "kty": "EC", "crv": "P-384" }), "secp384r1"),
        ("p521", json!({ "kty": "EC", "crv": "P-521" }), "secp521r1"),
    ] {
        bench.certificate(name, key_props, PEM).await;
        let pem = bench.get(&format!("/secrets/{name}")).await.body["value"].as_str().unwrap().to_owned();
        files.write("all.pem", pem.as_bytes());
        files.run("x509 -in all.pem -out cert.pem");
        files.run("verify -check_ss_sig -CAfile cert.pem cert.pem");
        let told = files.run("x509 -in cert.pem -noout -text");
        assert!(told.contains(curve), "{told}");
        files.run("pkey -in all.pem -pubout -out key.pub");
        files.run("x509 -in cert.pem -noout -pubkey -out cert.pub");
        assert_eq!(files.read("key.pub"), files.read("cert.pub"), "{name}");
        let csr = bench.get(&format!("/certificates/{name}/pending")).await.body["csr"].clone();
        files.write("csr.der", &STANDARD.decode(csr.as_str().unwrap()).unwrap());
        let told = files.run("req -inform DER -in csr.der -noout -verify -text");
        assert!(told.contains("verify OK") && told.contains(curve), "{told}");
    }
}

#[tokio::test]
async fn a_pem_secret_holds_what_the_policy_lets_out_with_plain_line_ends() {
    let bench = Bench::new();
    bench.certificate("open", json!({ "kty": "EC", "exportable": true }), PEM).await;
    bench.certificate("closed", json!({ "kty": "EC", "exportable": false }), PEM).await;
    let value = async |name: &str| {
        let secret = bench.get(&format!("/secrets/{name}")).await.body;
        assert_eq!(secret["contentType"], json!(PEM));
        secret["value"].as_str().unwrap().to_owned()
    };
    let open = value("open").await;
    assert!(open.starts_with("-----BEGIN PRIVATE KEY-----\n"), "{open}");
    assert!(open.contains("-----BEGIN CERTIFICATE-----\n"), "{open}");
    let closed = value("closed").await;
    assert!(closed.starts_with("-----BEGIN CERTIFICATE-----\n"), "{closed}");
    assert!(!closed.contains("PRIVATE KEY") && !closed.contains('\r'), "{closed}");
}

#[tokio::test]
async fn the_defaults_are_the_services() {
    let bench = Bench::new();
    let order = json!({ "policy": { "x509_props": { "subject": "CN=harbor" } } });
    bench.post("/certificates/harbor/create", order).await;
    let bundle = bench.get("/certificates/harbor/").await.body;
    let policy = &bundle["policy"];
    assert_eq!(policy["key_props"], json!({ "exportable": true, "kty": "RSA", "key_size": 2048, "reuse_key": false }));
    assert_eq!(policy["secret_props"], json!({ "contentType": PFX }));
    assert_eq!(policy["x509_props"]["validity_months"], json!(12));
    assert_eq!(policy["lifetime_actions"][0]["trigger"], json!({ "lifetime_percentage": 80 }));
    assert_eq!(bench.get("/certificates/harbor/policy").await.body, *policy);
    let key = bench.get("/keys/harbor").await.body;
    assert_eq!(key["key"]["key_ops"], json!(["sign", "verify", "wrapKey", "unwrapKey"]));

    let der = der_of(&bundle);
    let (_, certificate) = x509_parser::parse_x509_certificate(&der).unwrap();
    let created = bundle["attributes"]["created"].as_i64().unwrap();
    assert_eq!(certificate.validity().not_before.timestamp(), created - 600);
    assert_eq!(bundle["attributes"]["nbf"], json!(created - 600));
    let days = (certificate.validity().not_after.timestamp() - created) / 86_400;
    assert!((365..=366).contains(&days), "{days}");
    assert_eq!(certificate.subject().to_string(), "CN=harbor");
    let usage = certificate.extended_key_usage().unwrap().unwrap().value;
    assert!(usage.server_auth && usage.client_auth);
    let has = |oid: &str| certificate.extensions().iter().any(|extension| extension.oid.to_id_string() == oid);
    assert!(has("2.5.29.14") && has("2.5.29.35") && has("2.5.29.19"), "SKI, AKI and basic constraints");
    assert_eq!(bundle["x5t"], json!(BASE64URL.encode(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, &der))));
}

#[tokio::test]
async fn a_key_in_an_hsm_is_never_exportable() {
    let bench = Bench::new();
    let refused =
        bench.post("/certificates/harbor/create", order(json!({ "kty": "RSA-HSM", "exportable": true }), PFX)).await;
    assert_eq!(refused.code(), "BadParameter");
    let bundle = bench.certificate("harbor", json!({ "kty": "EC-HSM" }), PEM).await;
    assert_eq!(bundle["policy"]["key_props"]["exportable"], json!(false));
    assert!(!bench.get("/secrets/harbor").await.body["value"].as_str().unwrap().contains("PRIVATE KEY"));
}

/// What `openssl pkcs12` makes of a PFX without a password; none where openssl is not installed.
fn openssl_reads(pfx: &[u8]) -> Option<String> {
    let files = OpensslFiles::new()?;
    let legacy = if files.run("version").starts_with("OpenSSL 3") { "-legacy" } else { "" };
    files.write("a.pfx", pfx);
    let told = files.run(&format!("pkcs12 {legacy} -in a.pfx -passin pass: -nodes -info"));
    assert!(told.contains("MAC: sha1, Iteration 2000"), "{told}");
    assert!(told.contains("pbeWithSHA1And3-KeyTripleDES-CBC, Iteration 2000"), "{told}");
    Some(told)
}
