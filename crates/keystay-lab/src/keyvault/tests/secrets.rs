use super::*;

#[tokio::test]
async fn a_plain_secret_can_be_set_read_and_disabled() {
    let bench = Bench::new();
    let set =
        bench.put("/secrets/code", json!({ "value": "aye", "contentType": "text/plain", "tags": { "a": "b" } })).await;
    assert_eq!(set.status, StatusCode::OK, "{}", set.body);
    let version = version_of(&set.body["id"]);
    for path in ["/secrets/code".to_owned(), "/secrets/code/".to_owned(), format!("/secrets/code/{version}")] {
        assert_eq!(bench.get(&path).await.body["value"], json!("aye"), "{path}");
    }
    bench.patch(&format!("/secrets/code/{version}"), json!({ "attributes": { "enabled": false } })).await;
    let refused = bench.get("/secrets/code").await;
    assert_eq!((refused.status, refused.inner()), (StatusCode::FORBIDDEN, "SecretDisabled"));
    assert_eq!(bench.get("/secrets/none").await.code(), "SecretNotFound");
}

#[tokio::test]
async fn a_certificates_secret_can_be_neither_set_nor_deleted_by_itself() {
    let bench = Bench::new();
    bench.certificate("harbor", json!({ "kty": "EC" }), PFX).await;
    assert_eq!(bench.put("/secrets/harbor", json!({ "value": "mine" })).await.status, StatusCode::CONFLICT);
    assert_eq!(bench.delete("/secrets/harbor").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn only_new_api_versions_convert_a_pfx_to_pem() {
    let bench = Bench::new();
    bench.certificate("open", json!({ "kty": "EC", "exportable": true }), PFX).await;
    bench.certificate("closed", json!({ "kty": "EC", "exportable": false }), PFX).await;
    let read = async |name: &str, version: &str| {
        let path = format!("/secrets/{name}?outContentType=application/x-pem-file&api-version={version}");
        bench.send("owner", "GET", &path, None).await.body
    };
    let open = read("open", "2026-04-01").await;
    assert_eq!(open["contentType"], json!(PEM));
    assert!(open["value"].as_str().unwrap().contains("BEGIN PRIVATE KEY"));
    let closed = read("closed", "2026-04-01").await;
    assert!(closed["value"].as_str().unwrap().starts_with("-----BEGIN CERTIFICATE-----"));
    assert!(!closed["value"].as_str().unwrap().contains("PRIVATE KEY"));
    assert_eq!(read("open", "2025-07-01").await["contentType"], json!(PFX));
}

#[tokio::test]
async fn a_certificate_user_can_take_an_exportable_key_without_any_right_to_sign() {
    let bench = Bench::new();
    bench.certificate("harbor", json!({ "kty": "EC", "exportable": true }), PEM).await;
    bench.vaults.assign_role(HOST, GUEST, &Role::CertificateUser, &Scope::Vault);
    let secret = bench.send("guest", "GET", &versioned("/secrets/harbor"), None).await;
    assert!(secret.body["value"].as_str().unwrap().contains("PRIVATE KEY"));
    let sign = bench.send("guest", "POST", &versioned("/keys/harbor/sign"), Some(json!({}))).await;
    assert_eq!(sign.inner(), "ForbiddenByRbac");
}
