//! What is written down about requests.

use super::{super::AuditRecord, *};

impl Bench {
    fn last_record(&self) -> AuditRecord {
        self.vaults.audit.records().pop().unwrap()
    }
}

#[tokio::test]
async fn a_signature_is_on_record_with_who_asked_and_under_the_clients_own_id() {
    let bench = Bench::new();
    let key = bench.key("harbor", json!({ "kty": "EC" })).await;
    let version = version_of(&key["key"]["kid"]);
    bench.sign(&format!("harbor/{version}"), "ES256", &sha256(b"cargo")).await;
    let record = serde_json::to_value(bench.last_record()).unwrap();
    assert_eq!(record["operationName"], "KeySign");
    assert_eq!(record["category"], "AuditEvent");
    assert_eq!((&record["resultType"], &record["resultSignature"]), (&json!("Success"), &json!("OK")));
    assert_eq!(record["correlationId"], "my-own-id");
    assert_eq!(record["callerIpAddress"], "203.0.113.10");
    assert_eq!(record["operationVersion"], "2025-07-01");
    let id = record["resourceId"].as_str().unwrap();
    assert!(id.ends_with("/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/HARBORVAULT"), "{id}");
    let claim = &record["identity"]["claim"];
    assert_eq!(claim["oid"], json!(OWNER));
    assert_eq!(claim["appid"], json!(Uuid::from_u128(0xdddd)));
    assert_eq!(claim["upn"], "owner@harbor.test");
    let properties = &record["properties"];
    assert_eq!(properties["id"], format!("https://{HOST}/keys/harbor/{version}"));
    assert_eq!(properties["httpStatusCode"], 200);
    assert_eq!(properties["requestUri"], format!("https://{HOST}/keys/harbor/{version}/sign?api-version=2025-07-01"));
    assert!(record["durationMs"].as_str().unwrap().parse::<u64>().is_ok());
}

#[tokio::test]
async fn a_denied_signature_is_a_success_with_status_403() {
    let bench = Bench::new();
    bench.send("guest", "POST", &versioned("/keys/harbor/sign"), Some(json!({}))).await;
    let record = bench.last_record();
    assert_eq!((record.operation_name.as_str(), record.result_type.as_str()), ("KeySign", "Success"));
    assert_eq!((record.result_signature.as_str(), record.properties.http_status_code), ("Forbidden", 403));
    assert!(record.result_description.starts_with("Caller is not authorized"), "{}", record.result_description);
}

#[tokio::test]
async fn a_request_without_a_good_token_is_an_authentication() {
    let bench = Bench::new();
    for who in ["", "expired"] {
        bench.send(who, "GET", &versioned("/secrets/harbor"), None).await;
        let record = bench.last_record();
        assert_eq!((record.operation_name.as_str(), record.properties.http_status_code), ("Authentication", 401));
        assert_eq!(record.identity.claim.oid, None);
    }
}

#[tokio::test]
async fn no_value_token_or_digest_is_on_record() {
    let bench = Bench::new();
    bench.put("/secrets/colour", json!({ "value": "planted-secret" })).await;
    bench.get("/secrets/colour").await;
    let digest = sha256(b"cargo");
    bench.sign("nothing", "ES256", &digest).await;
    let text = serde_json::to_string(&bench.vaults.audit.records()).unwrap();
    assert!(text.contains("SecretSet") && text.contains("SecretGet") && text.contains("KeySign"));
    for planted in ["planted-secret", "Bearer", &BASE64URL.encode(&digest)] {
        assert!(!text.contains(planted), "{planted}");
    }
}

#[tokio::test]
async fn a_record_says_whether_a_diagnostic_setting_delivers_it() {
    let bench = Bench::new();
    let id = bench.vaults.vault(HOST).unwrap().resource().id(HOST);
    let delivered = async || {
        bench.get("/keys").await;
        bench.last_record().lab_delivered
    };
    assert!(!delivered().await);
    for (setting, expected) in [
        (json!({ "workspaceId": "/w", "logs": [{ "categoryGroup": "audit", "enabled": true }] }), true),
        (json!({ "workspaceId": "/w", "logs": [{ "categoryGroup": "audit", "enabled": false }] }), false),
        (json!({ "logs": [{ "category": "AuditEvent", "enabled": true }] }), false),
        (json!({ "storageAccountId": "/s", "logs": [{ "category": "AuditEvent", "enabled": true }] }), true),
    ] {
        let parsed = serde_json::from_value(setting.clone()).unwrap();
        bench.vaults.audit.settings.put(&id, "one", parsed);
        assert_eq!(delivered().await, expected, "{setting}");
    }
}
