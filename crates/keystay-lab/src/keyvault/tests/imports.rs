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

#[tokio::test]
async fn what_a_policy_leaves_out_is_read_from_the_certificate() {
    let bench = Bench::new();
    let mut order = order(json!({ "kty": "EC" }), PEM);
    order["policy"]["x509_props"] = json!({
        "subject": "CN=harbor, OU=Quay, O=\"Contoso, Ltd\", S=Noord-Holland, C=NL",
        "sans": { "dns_names": ["harbor.example"], "emails": ["mate@harbor.example"], "ipAddresses": ["192.0.2.7", "2001:db8::7"] },
        "ekus": ["1.3.6.1.5.5.7.3.3", "1.2.3.4"],
        "key_usage": ["digitalSignature", "cRLSign"],
        "validity_months": 30,
    });
    bench.post("/certificates/source/create", order).await;
    let text = bench.get("/secrets/source").await.body["value"].clone();
    let imported = bench.post("/certificates/harbor/import", json!({ "value": text })).await.body;
    let x509 = &imported["policy"]["x509_props"];
    assert_eq!(x509["subject"], json!("C=NL, S=Noord-Holland, O=\"Contoso, Ltd\", OU=Quay, CN=harbor"));
    let sans = json!({ "dns_names": ["harbor.example"], "emails": ["mate@harbor.example"], "ipAddresses": ["192.0.2.7", "2001:db8::7"] });
    assert_eq!(x509["sans"], sans);
    assert_eq!(x509["ekus"], json!(["1.3.6.1.5.5.7.3.3", "1.2.3.4"]));
    assert_eq!(x509["key_usage"], json!(["digitalSignature", "cRLSign"]));
    assert_eq!(x509["validity_months"], json!(30));
    assert_eq!(imported["policy"]["issuer"]["name"], json!("Unknown"));
}

#[tokio::test]
async fn a_pfx_made_by_openssl_can_be_imported_whatever_it_is_encrypted_with() {
    let bench = Bench::new();
    let Some(files) = OpensslFiles::new() else { return };
    for (curve, kty) in [("-newkey rsa:2048", "RSA"), ("-newkey ec -pkeyopt ec_paramgen_curve:secp384r1", "EC")] {
        files.run(&format!("req -x509 {curve} -nodes -keyout key.pem -out cert.pem -days 3650 -subj /C=AU/O=Widgits"));
        for (name, encryption) in [
            ("modern", ""),
            ("triple", "-keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES -macalg sha1"),
            ("legacy", "-legacy"),
            ("bare", "-certpbe NONE -keypbe NONE"),
        ] {
            files.run(&format!(
                "pkcs12 -export {encryption} -inkey key.pem -in cert.pem -out a.pfx -passout pass:s3cret"
            ));
            let value = STANDARD.encode(files.read("a.pfx"));
            let name = format!("{name}-{kty}");
            let wrong =
                bench.post(&format!("/certificates/{name}/import"), json!({ "value": value, "pwd": "other" })).await;
            assert_eq!((wrong.status, wrong.code()), (StatusCode::BAD_REQUEST, "BadParameter"), "{name}");
            let imported =
                bench.post(&format!("/certificates/{name}/import"), json!({ "value": value, "pwd": "s3cret" })).await;
            assert_eq!(imported.status, StatusCode::OK, "{name}: {}", imported.body);
            let policy = &imported.body["policy"];
            assert_eq!(
                (&policy["key_props"]["kty"], &policy["x509_props"]["subject"]),
                (&json!(kty), &json!("O=Widgits, C=AU"))
            );
            assert_eq!(policy["x509_props"]["validity_months"], json!(120));
            assert_eq!((&policy["x509_props"]["key_usage"], &policy["x509_props"]["ekus"]), (&json!([]), &json!([])));
            let (alg, length) = if kty == "RSA" { ("PS256", 32) } else { ("ES384", 48) };
            assert_eq!(bench.sign(&name, alg, &vec![7; length]).await.status, StatusCode::OK, "{name}");
        }
    }
}

#[tokio::test]
async fn the_order_of_a_chain_stays_only_if_it_is_asked_for() {
    let bench = Bench::new();
    let Some(files) = OpensslFiles::new() else { return };
    files.run("req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 30 -subj /CN=authority");
    files.run("req -newkey rsa:2048 -nodes -keyout key.pem -out csr.pem -subj /CN=harbor");
    files.run("x509 -req -in csr.pem -CA ca.pem -CAkey ca.key -CAcreateserial -out cert.pem -days 20");
    let text = |name: &str| String::from_utf8(files.read(name)).unwrap();
    let upside_down = format!("{}{}{}", text("ca.pem"), text("cert.pem"), text("key.pem"));
    for (name, preserve) in [("sorted", json!(false)), ("asis", json!(true))] {
        let request = json!({ "value": upside_down, "preserveCertOrder": preserve });
        let imported = bench.post(&format!("/certificates/{name}/import"), request).await.body;
        let (_, certificate) = x509_parser::parse_x509_certificate(&der_of(&imported))
            .map(|(rest, found)| (rest, found.subject().to_string()))
            .unwrap();
        assert_eq!(certificate, "CN=harbor");
        let secret = bench.get(&format!("/secrets/{name}")).await.body["value"].as_str().unwrap().to_owned();
        let subjects: Vec<String> = pem::parse_many(secret)
            .unwrap()
            .iter()
            .filter(|block| block.tag() == "CERTIFICATE")
            .map(|block| x509_parser::parse_x509_certificate(block.contents()).unwrap().1.subject().to_string())
            .collect();
        let expected =
            if preserve == json!(true) { ["CN=authority", "CN=harbor"] } else { ["CN=harbor", "CN=authority"] };
        assert_eq!(subjects, expected, "{name}");
        let shown = bench.get(&format!("/certificates/{name}")).await.body.get("preserveCertOrder").cloned();
        assert_eq!(shown, (preserve == json!(true)).then_some(json!(true)));
    }
}

#[tokio::test]
async fn a_pfx_that_asks_for_minutes_of_work_is_refused_at_once() {
    let bench = Bench::new();
    let Some(files) = OpensslFiles::new() else { return };
    files.run(
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out cert.pem -subj /CN=harbor",
    );
    for (name, encryption) in [("modern", ""), ("triple", "-keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES")] {
        files.run(&format!(
            "pkcs12 -export {encryption} -iter 70000 -inkey key.pem -in cert.pem -out a.pfx -passout pass:"
        ));
        let pfx = files.read("a.pfx");
        let import = async |pfx: &[u8]| {
            let request = json!({ "value": STANDARD.encode(pfx), "pwd": "" });
            bench.post(&format!("/certificates/{name}/import"), request).await
        };
        assert_eq!(import(&pfx).await.status, StatusCode::OK, "{name}");
        // the DER of 70000 and of the largest number of the same length
        let (rounds, more) = ([2, 3, 1, 0x11, 0x70], [2, 3, 0x7f, 0xff, 0xff]);
        let places: Vec<usize> = (0..pfx.len() - 5).filter(|place| pfx[*place..].starts_with(&rounds)).collect();
        assert!(places.len() >= 2, "{name}: of the key, the certificates and perhaps the MAC");
        for place in places {
            let mut busy = pfx.clone();
            busy[place..place + 5].copy_from_slice(&more);
            let refused = import(&busy).await;
            assert!(refused.message().contains("rounds of key derivation"), "{name}: {}", refused.body);
        }
    }
}
