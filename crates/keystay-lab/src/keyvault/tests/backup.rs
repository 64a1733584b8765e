use super::*;
use crate::keyvault::{VaultProperties, VaultResource};

const OTHER: &str = "islandvault.vault.azure.net";

/// A key with a policy and two versions, a secret with two, a certificate with two; by collection.
async fn furnished() -> (Bench, [(&'static str, &'static str); 3]) {
    let bench = Bench::new();
    bench.key("oar", json!({ "kty": "EC", "tags": { "dock": "7" } })).await;
    bench.operate("oar", "rotate", Value::Null).await;
    bench.put("/keys/oar/rotationpolicy", json!({ "attributes": { "expiryTime": "P90D" } })).await;
    for value in ["one", "two"] {
        bench.put("/secrets/rum", json!({ "value": value, "contentType": "text/plain" })).await;
        bench.certificate("flag", json!({ "kty": "EC", "exportable": false }), PFX).await;
    }
    bench.delete("/certificates/flag/pending").await; // operations are not part of a backup
    (bench, [("keys", "oar"), ("secrets", "rum"), ("certificates", "flag")])
}

#[tokio::test]
async fn a_restored_object_is_the_very_object_with_all_its_versions() {
    let (bench, objects) = furnished().await;
    for (collection, name) in objects {
        let path = format!("/{collection}/{name}");
        let before = (bench.get(&path).await.body, bench.get(&format!("{path}/versions")).await.body);
        let blob = bench.blob(collection, name).await;
        bench.delete(&path).await;
        bench.delete(&format!("/deleted{collection}/{name}")).await;
        let restored = bench.restore(collection, &blob).await;
        assert_eq!(restored.status, StatusCode::OK, "{collection}: {}", restored.body);
        let after = (bench.get(&path).await.body, bench.get(&format!("{path}/versions")).await.body);
        assert_eq!(after, before, "{collection}");
    }
    assert_eq!(bench.get("/keys/oar/rotationpolicy").await.body["attributes"]["expiryTime"], json!("P90D"));
    assert_eq!(bench.get("/secrets/rum").await.body["value"], json!("two"));
    let signed = bench.sign("flag", "ES256", &sha256(b"wave")).await.body;
    let der = der_of(&bench.get("/certificates/flag").await.body);
    let signature = BASE64URL.decode(signed["value"].as_str().unwrap()).unwrap();
    aws_lc_rs::signature::UnparsedPublicKey::new(&aws_lc_rs::signature::ECDSA_P256_SHA256_FIXED, public_key_of(&der))
        .verify(b"wave", &signature)
        .unwrap();
}

#[tokio::test]
async fn a_backup_is_restored_into_another_vault_of_the_subscription_only() {
    let (bench, objects) = furnished().await;
    let resource = VaultResource::new(VaultProperties::new(TENANT));
    let stranger = VaultResource { subscription: Uuid::from_u128(0x5555), ..resource.clone() };
    for (collection, name) in objects {
        let blob = bench.blob(collection, name).await;
        for (resource, status) in [(stranger.clone(), StatusCode::BAD_REQUEST), (resource.clone(), StatusCode::OK)] {
            bench.vaults.create_vault(OTHER, resource);
            bench.vaults.assign_role(OTHER, OWNER, &Role::Administrator, &Scope::Vault);
            let other = Bench {
                host: OTHER,
                vaults: Arc::clone(&bench.vaults),
                clock: bench.clock.clone(),
                router: bench.router.clone(),
            };
            let restored = other.restore(collection, &blob).await;
            assert_eq!(restored.status, status, "{collection}: {}", restored.body);
            if status == StatusCode::OK {
                let text = other.get(&format!("/{collection}/{name}")).await.body.to_string();
                assert!(text.contains(OTHER) && !text.contains(HOST), "{text}");
            }
        }
    }
}

#[tokio::test]
async fn a_name_that_is_taken_or_still_recoverable_is_a_conflict() {
    let (bench, objects) = furnished().await;
    for (collection, name) in objects {
        let blob = bench.blob(collection, name).await;
        let taken = bench.restore(collection, &blob).await;
        assert_eq!((taken.status, taken.code()), (StatusCode::CONFLICT, "Conflict"), "{collection}");
        bench.delete(&format!("/{collection}/{name}")).await;
        let recoverable = bench.restore(collection, &blob).await;
        assert_eq!(recoverable.status, StatusCode::CONFLICT, "{collection}");
        bench.post(&format!("/deleted{collection}/{name}/recover"), json!({})).await;
    }
    let blob = bench.blob("certificates", "flag").await;
    bench.delete("/certificates/flag").await;
    bench.delete("/deletedcertificates/flag").await;
    bench.put("/secrets/flag", json!({ "value": "v" })).await;
    let answer = bench.restore("certificates", &blob).await;
    assert_eq!(answer.status, StatusCode::CONFLICT, "the secret of that name is in the way");
}

#[tokio::test]
async fn a_changed_a_foreign_and_a_misplaced_backup_are_refused() {
    let (bench, _) = furnished().await;
    let blob = bench.blob("keys", "oar").await;
    bench.delete("/keys/oar").await;
    bench.delete("/deletedkeys/oar").await;
    let mut changed = BASE64URL.decode(&blob).unwrap();
    *changed.last_mut().unwrap() ^= 1;
    for (collection, value) in [
        ("keys", BASE64URL.encode(changed)),
        ("keys", BASE64URL.encode([0; 400])),
        ("keys", "not base64url!".to_owned()),
        ("keys", String::new()),
        ("secrets", blob.clone()),
        ("keys", Bench::new().foreign_blob().await),
    ] {
        let answer = bench.restore(collection, &value).await;
        assert_eq!((answer.status, answer.code()), (StatusCode::BAD_REQUEST, "BadParameter"), "{collection} {value}");
    }
    assert_eq!(bench.restore("keys", &blob).await.status, StatusCode::OK);
}

#[tokio::test]
async fn what_a_certificate_owns_is_not_backed_up_alone() {
    let (bench, _) = furnished().await;
    for path in ["/keys/flag/backup", "/secrets/flag/backup"] {
        assert_eq!(bench.post(path, Value::Null).await.inner(), "ManagedByCertificate", "{path}");
    }
    assert_eq!(bench.post("/keys/none/backup", Value::Null).await.code(), "KeyNotFound");
}

#[tokio::test]
async fn a_backup_opens_in_the_same_lab_after_it_was_saved_and_started_again() {
    let (bench, _) = furnished().await;
    let blob = bench.blob("secrets", "rum").await;
    assert!(!String::from_utf8_lossy(&BASE64URL.decode(&blob).unwrap()).contains("two"), "nothing shows");
    bench.delete("/secrets/rum").await;
    bench.delete("/deletedsecrets/rum").await;
    let other = Bench::new();
    other.vaults.import(bench.vaults.export().unwrap()).unwrap();
    assert_eq!(other.restore("secrets", &blob).await.status, StatusCode::OK);
    assert_eq!(other.get("/secrets/rum").await.body["value"], json!("two"));
}

impl Bench {
    async fn blob(&self, collection: &str, name: &str) -> String {
        let answer = self.post(&format!("/{collection}/{name}/backup"), Value::Null).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        answer.body["value"].as_str().unwrap().to_owned()
    }

    async fn foreign_blob(&self) -> String {
        self.key("oar", json!({ "kty": "EC" })).await;
        self.blob("keys", "oar").await
    }

    async fn restore(&self, collection: &str, blob: &str) -> Answer {
        self.post(&format!("/{collection}/restore"), json!({ "value": blob })).await
    }
}
