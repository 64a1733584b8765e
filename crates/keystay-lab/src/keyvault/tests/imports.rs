use super::*;

#[tokio::test]
async fn an_exported_pfx_can_be_imported_and_its_key_signs_the_same() {
    let bench = Bench::new();
    let bundle = bench.certificate("source", json!({ "kty": "EC", "exportable": true }), PFX).await;
    let pfx = bench.get("/secrets/source").await.body["value"].clone();
    let policy = json!({ "key_props": { "exportable": false } });
    let imported =
        bench.post("/certificates/harbor/import", json!({ "value": pfx, "pwd": "", "policy": policy })).await;
    assert_eq!(imported.status, StatusCode::OK, "{}", imported.body);
    assert_eq!((&imported.body["cer"], &imported.body["x5t"]), (&bundle["cer"], &bundle["x5t"]));
    assert_eq!(imported.body["policy"]["x509_props"]["subject"], json!("CN=harbor"));
    assert_eq!(version_of(&imported.body["id"]), version_of(&imported.body["sid"]));

    let signed = bench.sign("harbor", "ES256", &sha256(b"crate")).await.body;
    let check = json!({ "alg": "ES256", "digest": BASE64URL.encode(sha256(b"crate")), "value": signed["value"] });
    assert_eq!(bench.post("/keys/source/verify", check).await.body["value"], json!(true));
}

#[tokio::test]
async fn pem_text_plain_or_encoded_can_be_imported_and_keeps_its_form_as_a_secret() {
    let bench = Bench::new();
    bench.certificate("source", json!({ "kty": "EC" }), PEM).await;
    let text = bench.get("/secrets/source").await.body["value"].clone();
    let encoded = STANDARD.encode(text.as_str().unwrap());
    for (name, value) in [("harbor", text.as_str().unwrap()), ("python", &encoded)] {
        let imported = bench.post(&format!("/certificates/{name}/import"), json!({ "value": value })).await;
        assert_eq!(imported.status, StatusCode::OK, "{}", imported.body);
        let secret = bench.get(&format!("/secrets/{name}")).await.body;
        assert_eq!((&secret["contentType"], &secret["value"]), (&json!(PEM), &text));
    }
}

#[tokio::test]
async fn a_certificate_without_its_key_cannot_be_imported() {
    let bench = Bench::new();
    bench.certificate("source", json!({ "kty": "EC", "exportable": false }), PEM).await;
    let text = bench.get("/secrets/source").await.body["value"].clone();
    let answer = bench.post("/certificates/harbor/import", json!({ "value": text })).await;
    assert_eq!((answer.status, answer.code()), (StatusCode::BAD_REQUEST, "BadParameter"));
    let nonsense = bench.post("/certificates/harbor/import", json!({ "value": "bm9uc2Vuc2U=" })).await;
    assert_eq!(nonsense.code(), "BadParameter");
}
