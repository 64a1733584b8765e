use std::time::Duration;

use super::*;
use crate::keyvault::{SkuName, VaultProperties};

const DAY: i64 = 86_400;

#[tokio::test]
async fn a_vault_keeps_what_was_deleted_as_long_as_it_is_told() {
    let bench = Bench::new();
    bench.configure(|properties| properties.soft_delete_retention_in_days = 7);
    bench.key("oar", json!({ "kty": "EC" })).await;
    bench.put("/secrets/rum", json!({ "value": "v" })).await;
    bench.certificate("flag", json!({ "kty": "EC" }), PFX).await;
    for (live, deleted) in [
        ("keys/oar", "deletedkeys/oar"),
        ("secrets/rum", "deletedsecrets/rum"),
        ("certificates/flag", "deletedcertificates/flag"),
    ] {
        let attributes = bench.get(&format!("/{live}")).await.body["attributes"].clone();
        assert_eq!(
            (&attributes["recoveryLevel"], &attributes["recoverableDays"]),
            (&json!("CustomizedRecoverable+Purgeable"), &json!(7)),
            "{live}"
        );
        let gone = bench.delete(&format!("/{live}")).await.body;
        let (from, to) = (gone["deletedDate"].as_i64().unwrap(), gone["scheduledPurgeDate"].as_i64().unwrap());
        assert_eq!(to - from, 7 * DAY, "{live}");
        assert_eq!(bench.get(&format!("/{deleted}")).await.status, StatusCode::OK, "{deleted}");
    }
    // what is deleted already keeps its date
    bench.configure(|properties| properties.soft_delete_retention_in_days = 90);
    bench.clock.advance(Duration::from_secs(7 * 86_400 + 1));
    for (deleted, noun) in
        [("deletedkeys/oar", "Key"), ("deletedsecrets/rum", "Secret"), ("deletedcertificates/flag", "Certificate")]
    {
        let answer = bench.get(&format!("/{deleted}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{deleted}");
        assert!(answer.message().starts_with(&format!("Deleted {noun} not found: ")), "{}", answer.message());
    }
    bench.key("oar", json!({ "kty": "EC" })).await;
}

#[tokio::test]
async fn nobody_purges_under_purge_protection() {
    let bench = Bench::new();
    bench.configure(|properties| properties.enable_purge_protection = Some(true));
    bench.key("oar", json!({ "kty": "EC" })).await;
    assert_eq!(bench.get("/keys/oar").await.body["attributes"]["recoveryLevel"], json!("Recoverable"));
    bench.delete("/keys/oar").await;
    let refused = bench.delete("/deletedkeys/oar").await;
    assert_eq!((refused.status, refused.code()), (StatusCode::FORBIDDEN, "Forbidden"));
    assert!(refused.message().starts_with("Operation \"purge\" is not allowed because purge protection is enabled"));
    assert_eq!(bench.delete("/deletedkeys/none").await.code(), "KeyNotFound");
    assert_eq!(bench.post("/deletedkeys/oar/recover", json!({})).await.status, StatusCode::OK);
    bench.configure(|properties| properties.soft_delete_retention_in_days = 30);
    assert_eq!(bench.get("/keys/oar").await.body["attributes"]["recoveryLevel"], json!("CustomizedRecoverable"));
    bench.delete("/keys/oar").await;
    bench.clock.advance(Duration::from_secs(30 * 86_400 + 1));
    assert_eq!(bench.get("/deletedkeys/oar").await.status, StatusCode::NOT_FOUND, "the service purges it by itself");
}

#[tokio::test]
async fn a_standard_vault_has_no_hsm() {
    let bench = Bench::new();
    bench.configure(|properties| properties.sku.name = SkuName::Standard);
    for answer in [
        bench.post("/keys/oar/create", json!({ "kty": "EC-HSM" })).await,
        bench.put("/keys/oar", json!({ "key": { "kty": "EC" }, "Hsm": true })).await,
        bench.post("/certificates/flag/create", order(json!({ "kty": "RSA-HSM" }), PFX)).await,
    ] {
        assert_eq!(answer.message(), "Hardware key operation not allowed on standard vault");
    }
    bench.key("oar", json!({ "kty": "EC" })).await;
}

#[tokio::test]
async fn a_managed_hsm_has_no_key_outside_of_its_hardware() {
    let bench = Bench::at("harbor.managedhsm.azure.net");
    for kty in ["RSA", "EC", "oct"] {
        let made = bench.post("/keys/oar/create", json!({ "kty": kty })).await;
        let wanted = (StatusCode::BAD_REQUEST, format!("Invalid kty value: {kty}"));
        assert_eq!((made.status, made.message().to_owned()), wanted);
        assert_eq!(made.body["error"]["innererror"]["code"], "KeyTypeNotSupported");
    }
    let taken = bench.put("/keys/oar", json!({ "key": { "kty": "EC" }, "Hsm": false })).await;
    assert_eq!(taken.message(), "Invalid kty value: EC");
    assert_eq!(bench.key("oar", json!({ "kty": "EC-HSM" })).await["key"]["kty"], "EC-HSM");
    assert_eq!(bench.key("hull", json!({ "kty": "RSA-HSM" })).await["key"]["kty"], "RSA-HSM");
}

impl Bench {
    fn configure(&self, change: impl FnOnce(&mut VaultProperties)) {
        self.vaults.configure(self.host, change).unwrap();
    }
}
