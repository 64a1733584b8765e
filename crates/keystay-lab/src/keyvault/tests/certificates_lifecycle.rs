use std::time::Duration;

use super::*;

#[tokio::test]
async fn creating_answers_in_progress_and_the_first_poll_completed() {
    let bench = Bench::new();
    let created = bench.post("/certificates/harbor/create", order(json!({ "kty": "EC" }), PFX)).await;
    assert_eq!((created.status, &created.body["status"]), (StatusCode::ACCEPTED, &json!("inProgress")));
    assert_eq!(created.headers[header::RETRY_AFTER], "10");
    let location = created.headers[header::LOCATION].to_str().unwrap();
    let path = location.strip_prefix(&format!("https://{HOST}")).unwrap();
    assert!(path.starts_with("/certificates/harbor/pending?") && path.contains("request_id="), "{location}");
    let poll = bench.send("owner", "GET", path, None).await;
    assert_eq!(poll.body["status"], json!("completed"));
    assert_eq!(poll.body["target"], json!(format!("https://{HOST}/certificates/harbor")));
    assert!(bench.get("/certificates/harbor").await.body["pending"]["id"].is_string());
    assert_eq!(bench.delete("/certificates/harbor/pending").await.status, StatusCode::OK);
    assert_eq!(bench.get("/certificates/harbor/pending").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn with_a_delay_nothing_appears_before_the_labs_clock_says_so() {
    let bench = Bench::new();
    bench.vaults.set_issuance_delay(HOST, Duration::from_secs(30)).unwrap();
    bench.post("/certificates/harbor/create", order(json!({ "kty": "EC" }), PFX)).await;
    assert_eq!(bench.get("/certificates/harbor/pending").await.body["status"], json!("inProgress"));
    assert_eq!(bench.get("/keys/harbor").await.status, StatusCode::NOT_FOUND);
    let again = bench.post("/certificates/harbor/create", order(json!({ "kty": "EC" }), PFX)).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    bench.clock.advance(Duration::from_secs(31));
    assert_eq!(bench.get("/keys/harbor").await.status, StatusCode::OK);
    assert_eq!(bench.get("/certificates/harbor/pending").await.body["status"], json!("completed"));
}

#[tokio::test]
async fn a_renewal_keeps_the_key_only_if_the_policy_says_so() {
    let bench = Bench::new();
    let renewed = async |name: &str, reuse: bool| {
        let props = json!({ "kty": "EC", "reuse_key": reuse });
        let first = bench.certificate(name, props.clone(), PFX).await;
        let second = bench.certificate(name, props, PFX).await;
        assert_ne!(version_of(&first["id"]), version_of(&second["id"]));
        assert_ne!(first["x5t"], second["x5t"]);
        public_key_of(&der_of(&first)) == public_key_of(&der_of(&second))
    };
    assert!(renewed("kept", true).await);
    assert!(!renewed("fresh", false).await);
    assert_eq!(bench.get("/certificates/kept/versions").await.body["value"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_request_for_an_unknown_issuer_waits_for_the_signed_certificate() {
    let bench = Bench::new();
    let mut request = order(json!({ "kty": "EC", "exportable": false }), PFX);
    request["policy"]["issuer"]["name"] = json!("Unknown");
    bench.post("/certificates/harbor/create", request).await;
    let pending = bench.get("/certificates/harbor/pending").await.body;
    assert_eq!(pending["status"], json!("inProgress"));
    let unfinished = bench.get("/certificates/harbor").await;
    assert_eq!((unfinished.status, unfinished.body.get("cer")), (StatusCode::OK, None));
    assert_eq!(unfinished.body["pending"]["id"], pending["id"]);
    assert_eq!(unfinished.body["attributes"]["enabled"], json!(false));

    let csr = STANDARD.decode(pending["csr"].as_str().unwrap()).unwrap();
    let merged = bench
        .post("/certificates/harbor/pending/merge", json!({ "x5c": [STANDARD.encode(signed_by_somebody(&csr))] }))
        .await;
    assert_eq!(merged.status, StatusCode::CREATED, "{}", merged.body);
    assert!(
        merged.headers[header::LOCATION]
            .to_str()
            .unwrap()
            .starts_with(merged.body["policy"]["id"].as_str().unwrap().trim_end_matches("/policy"))
    );
    assert_eq!(version_of(&merged.body["id"]), version_of(&merged.body["kid"]));
    assert_eq!(bench.sign("harbor", "ES256", &sha256(b"")).await.status, StatusCode::OK);

    let foreign = rcgen::generate_simple_self_signed(vec![]).unwrap();
    let request = json!({ "x5c": [STANDARD.encode(foreign.cert.der())] });
    assert_eq!(bench.post("/certificates/harbor/pending/merge", request).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_request_that_is_given_up_leaves_an_unfinished_certificate() {
    let bench = Bench::new();
    let mut request = order(json!({ "kty": "EC" }), PFX);
    request["policy"]["issuer"]["name"] = json!("Unknown");
    bench.post("/certificates/harbor/create", request).await;
    let unfinished = bench.get("/certificates/harbor").await.body;
    assert_eq!((unfinished["attributes"]["enabled"].clone(), unfinished.get("cer")), (json!(false), None));
    assert_eq!(bench.get("/certificates").await.body["value"], json!([]));
    let listed = bench.get("/certificates?includePending=true").await.body["value"].clone();
    assert_eq!(listed[0]["id"], json!(format!("https://{HOST}/certificates/harbor")));

    let asked = bench.patch("/certificates/harbor/pending", json!({ "cancellation_requested": true })).await;
    assert_eq!((&asked.body["status"], &asked.body["cancellation_requested"]), (&json!("inProgress"), &json!(true)));
    let poll = bench.get("/certificates/harbor/pending").await;
    assert_eq!(
        (&poll.body["status"], &poll.headers[header::RETRY_AFTER]),
        (&json!("inProgress"), &"10".parse().unwrap())
    );
    assert_eq!(bench.delete("/certificates/harbor/pending").await.status, StatusCode::OK);
    assert_eq!(bench.get("/certificates/harbor/pending").await.code(), "PendingCertificateNotFound");
    let left = bench.get("/certificates/harbor/").await.body;
    assert_eq!((&left["id"], left.get("pending")), (&unfinished["id"], None));
    assert_eq!(bench.delete("/certificates/harbor").await.body["id"], unfinished["id"]);
    bench.post("/deletedcertificates/harbor/recover", json!({})).await;
    let finished = bench.certificate("harbor", json!({ "kty": "EC" }), PFX).await;
    assert_eq!(version_of(&finished["id"]), version_of(&finished["kid"]));
}

#[tokio::test]
async fn a_self_signed_certificate_can_be_cancelled_while_it_is_in_the_making() {
    let bench = Bench::new();
    bench.vaults.set_issuance_delay(HOST, Duration::from_secs(30)).unwrap();
    bench.post("/certificates/harbor/create", order(json!({ "kty": "EC" }), PFX)).await;
    let asked = bench.patch("/certificates/harbor/pending", json!({ "cancellation_requested": true })).await;
    assert_eq!(asked.body["status"], json!("inProgress"));
    bench.clock.advance(Duration::from_secs(60));
    assert_eq!(bench.get("/certificates/harbor/pending").await.body["status"], json!("cancelled"));
    assert_eq!(bench.get("/keys/harbor").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn disabling_a_certificate_disables_its_key_and_its_secret() {
    let bench = Bench::new();
    bench.certificate("harbor", json!({ "kty": "EC" }), PFX).await;
    let patched = bench.patch("/certificates/harbor", json!({ "attributes": { "enabled": false } })).await;
    assert_eq!(patched.body["attributes"]["enabled"], json!(false));
    assert_eq!(bench.sign("harbor", "ES256", &sha256(b"")).await.inner(), "KeyDisabled");
    assert_eq!(bench.get("/secrets/harbor").await.inner(), "SecretDisabled");
}

#[tokio::test]
async fn a_changed_policy_counts_from_the_next_version() {
    let bench = Bench::new();
    bench.certificate("harbor", json!({ "kty": "EC" }), PFX).await;
    let patch = json!({ "key_props": { "kty": "EC", "crv": "P-384", "exportable": false } });
    let policy = bench.patch("/certificates/harbor/policy", patch).await.body;
    assert_eq!(policy["key_props"]["crv"], json!("P-384"));
    assert_eq!(policy["x509_props"]["subject"], json!("CN=harbor"), "the rest stays");
    assert_eq!(bench.get("/keys/harbor").await.body["key"]["crv"], json!("P-256"));
    bench.post("/certificates/harbor/create", json!({ "policy": policy })).await;
    assert_eq!(bench.get("/keys/harbor").await.body["key"]["crv"], json!("P-384"));
}

#[tokio::test]
async fn a_certificate_is_deleted_and_recovered_with_its_key_and_secret() {
    let bench = Bench::new();
    let bundle = bench.certificate("harbor", json!({ "kty": "EC" }), PFX).await;
    assert_eq!(
        bench.delete("/keys/harbor").await.status,
        StatusCode::FORBIDDEN,
        "a managed key goes with its certificate"
    );
    assert_eq!(bench.delete("/certificates/harbor").await.body["id"], bundle["id"]);
    for path in ["/certificates/harbor", "/keys/harbor", "/secrets/harbor"] {
        assert_eq!(bench.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(bench.get("/deletedcertificates/harbor").await.status, StatusCode::OK);
    assert_eq!(bench.post("/deletedcertificates/harbor/recover", json!({})).await.status, StatusCode::OK);
    assert_eq!(bench.get("/keys/harbor").await.body["key"]["kid"], bundle["kid"]);
    bench.delete("/certificates/harbor").await;
    bench.clock.advance(Duration::from_secs(91 * 86_400));
    assert_eq!(bench.get("/deletedcertificates/harbor").await.status, StatusCode::NOT_FOUND, "purged by itself");
}

/// A certificate over the request's key, from a CA nobody knows.
fn signed_by_somebody(csr: &[u8]) -> Vec<u8> {
    use x509_parser::prelude::FromDer as _;
    let (_, csr) = x509_parser::certification_request::X509CertificationRequest::from_der(csr).unwrap();
    let public = RequestedKey(csr.certification_request_info.subject_pki.subject_public_key.data.to_vec());
    let ca_key = rcgen::KeyPair::generate().unwrap();
    let ca = rcgen::Issuer::new(rcgen::CertificateParams::default(), ca_key);
    rcgen::CertificateParams::new(vec!["harbor".into()]).unwrap().signed_by(&public, &ca).unwrap().der().to_vec()
}

/// The P-256 key of a request.
struct RequestedKey(Vec<u8>);

impl rcgen::PublicKeyData for RequestedKey {
    fn der_bytes(&self) -> &[u8] {
        &self.0
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &rcgen::PKCS_ECDSA_P256_SHA256
    }
}
