use std::time::Duration;

use super::*;

const DAY: i64 = 86_400;

#[tokio::test]
async fn rotating_makes_a_version_of_the_same_kind_and_the_old_one_stays() {
    let bench = Bench::new();
    let old = bench.key("harbor", json!({ "kty": "EC-HSM", "crv": "P-384", "tags": { "dock": "7" } })).await;
    let new = bench.operate("harbor", "rotate", Value::Null).await;
    assert_eq!(new.status, StatusCode::OK, "{}", new.body);
    assert_ne!((&new.body["key"]["kid"], &new.body["key"]["x"]), (&old["key"]["kid"], &old["key"]["x"]));
    for member in ["kty", "crv", "key_ops"] {
        assert_eq!(new.body["key"][member], old["key"][member], "{member}");
    }
    assert_eq!(new.body["tags"], old["tags"]);
    assert!(new.body["attributes"].get("exp").is_none(), "without a policy nothing expires");
    assert_eq!(bench.get("/keys/harbor").await.body["key"]["kid"], new.body["key"]["kid"]);
    let version = version_of(&old["key"]["kid"]);
    assert_eq!(bench.sign(&format!("harbor/{version}"), "ES384", &[1; 48]).await.status, StatusCode::OK);
    assert_eq!(bench.operate("none", "rotate", Value::Null).await.code(), "KeyNotFound");
}

#[tokio::test]
async fn a_key_without_a_policy_has_the_services_default() {
    let bench = Bench::new();
    bench.key("harbor", json!({ "kty": "EC" })).await;
    let policy = bench.get("/keys/harbor/rotationpolicy").await;
    let notify = json!({ "trigger": { "timeBeforeExpiry": "P30D" }, "action": { "type": "Notify" } });
    assert_eq!(
        (policy.status, policy.body),
        (StatusCode::OK, json!({ "lifetimeActions": [notify], "attributes": null }))
    );
    assert_eq!(bench.get("/keys/none/rotationpolicy").await.code(), "KeyNotFound");
}

#[tokio::test]
async fn a_policy_comes_back_as_the_service_completes_it() {
    let bench = Bench::new();
    bench.key("harbor", json!({ "kty": "EC" })).await;
    // as a template writes it: the empty text stands for what is not there
    let rotate =
        json!({ "action": { "type": "rotate" }, "trigger": { "timeAfterCreate": "P30D", "timeBeforeExpiry": "" } });
    let set = bench.policy("harbor", json!([rotate]), "P90D").await;
    assert_eq!(set.status, StatusCode::OK, "{}", set.body);
    assert_eq!(set.body["id"], json!(format!("https://{HOST}/keys/harbor/rotationpolicy")));
    assert_eq!(
        set.body["lifetimeActions"],
        json!([
            { "trigger": { "timeAfterCreate": "P30D" }, "action": { "type": "Rotate" } },
            { "trigger": { "timeBeforeExpiry": "P30D" }, "action": { "type": "Notify" } },
        ])
    );
    assert_eq!(set.body["attributes"]["expiryTime"], json!("P90D"));
    assert_eq!(bench.get("/keys/harbor/rotationpolicy").await.body, set.body);
    let rotated = bench.operate("harbor", "rotate", Value::Null).await.body;
    let (created, exp) = (&rotated["attributes"]["created"], &rotated["attributes"]["exp"]);
    assert_eq!(exp.as_i64().unwrap() - created.as_i64().unwrap(), 90 * DAY);
}

#[tokio::test]
async fn a_policy_the_service_would_not_take_is_refused() {
    let bench = Bench::new();
    bench.key("harbor", json!({ "kty": "EC" })).await;
    let action = |action: &str, trigger: &str, period: &str| json!({ "action": { "type": action }, "trigger": { trigger: period } });
    let after = |period: &str| action("Rotate", "timeAfterCreate", period);
    for (actions, expiry) in [
        (json!([after("P30D")]), "P27D"),
        (json!([after("P6D")]), "P90D"),
        (json!([after("P84D")]), "P90D"),
        (json!([action("Rotate", "timeBeforeExpiry", "P30D")]), ""),
        (json!([action("Rotate", "timeBeforeExpiry", "P6D")]), "P90D"),
        (json!([action("Rotate", "timeBeforeExpiry", "P85D")]), "P90D"),
        (json!([after("P30D"), after("P40D")]), "P90D"),
        (json!([action("Notify", "timeAfterCreate", "P30D")]), "P90D"),
        (json!([action("Explode", "timeAfterCreate", "P30D")]), "P90D"),
        (json!([{ "action": { "type": "Rotate" }, "trigger": {} }]), "P90D"),
        (json!([after("30 days")]), "P90D"),
        (json!([after("P30D")]), "a year"),
    ] {
        let answer = bench.policy("harbor", actions.clone(), expiry).await;
        assert_eq!((answer.status, answer.code()), (StatusCode::BAD_REQUEST, "BadParameter"), "{actions} {expiry}");
    }
    assert_eq!(bench.policy("harbor", json!([]), "P90D").await.status, StatusCode::OK);
}

#[tokio::test]
async fn keys_rotate_by_themselves_at_the_moments_of_their_policy() {
    let bench = Bench::new();
    let made = bench.key("harbor", json!({ "kty": "EC" })).await["attributes"]["created"].as_i64().unwrap();
    let rotate = json!({ "action": { "type": "Rotate" }, "trigger": { "timeAfterCreate": "P30D" } });
    bench.policy("harbor", json!([rotate]), "P90D").await;
    bench.clock.advance(Duration::from_secs(29 * 86_400));
    assert_eq!(bench.versions("keys/harbor").await.len(), 1);
    bench.clock.advance(Duration::from_secs(66 * 86_400));
    let created: Vec<i64> =
        bench.versions("keys/harbor").await.iter().map(|one| one["created"].as_i64().unwrap()).collect();
    assert_eq!(created, [made, made + 30 * DAY, made + 60 * DAY, made + 90 * DAY]);
    let newest = bench.get("/keys/harbor").await.body;
    assert_eq!(newest["attributes"]["exp"], json!(made + 180 * DAY));
    assert_eq!(bench.sign("harbor", "ES256", &sha256(b"")).await.body["kid"], newest["key"]["kid"]);
}

#[tokio::test]
async fn a_policy_before_expiry_waits_for_a_version_that_expires() {
    let bench = Bench::new();
    bench.key("harbor", json!({ "kty": "EC" })).await;
    let rotate = json!({ "action": { "type": "Rotate" }, "trigger": { "timeBeforeExpiry": "P10D" } });
    bench.policy("harbor", json!([rotate]), "P30D").await;
    bench.clock.advance(Duration::from_secs(400 * 86_400));
    assert_eq!(bench.versions("keys/harbor").await.len(), 1, "it never expires");
    bench.operate("harbor", "rotate", Value::Null).await;
    bench.clock.advance(Duration::from_secs(21 * 86_400));
    assert_eq!(bench.versions("keys/harbor").await.len(), 3);
}

#[tokio::test]
async fn a_policy_is_kept_with_its_deleted_key_and_goes_when_it_is_purged() {
    let bench = Bench::new();
    bench.key("harbor", json!({ "kty": "EC" })).await;
    bench.policy("harbor", json!([]), "P90D").await;
    bench.delete("/keys/harbor").await;
    bench.post("/deletedkeys/harbor/recover", json!({})).await;
    assert_eq!(bench.get("/keys/harbor/rotationpolicy").await.body["attributes"]["expiryTime"], json!("P90D"));
    bench.delete("/keys/harbor").await;
    bench.delete("/deletedkeys/harbor").await;
    bench.key("harbor", json!({ "kty": "EC" })).await;
    assert_eq!(bench.get("/keys/harbor/rotationpolicy").await.body["attributes"], Value::Null);
}

#[tokio::test]
async fn the_key_of_a_certificate_changes_only_with_the_certificate() {
    let bench = Bench::new();
    bench.certificate("harbor", json!({ "kty": "EC" }), PFX).await;
    assert_eq!(bench.operate("harbor", "rotate", Value::Null).await.inner(), "ManagedByCertificate");
    assert_eq!(bench.policy("harbor", json!([]), "P90D").await.inner(), "ManagedByCertificate");
}

#[tokio::test]
async fn rotation_policies_are_part_of_the_snapshot() {
    let bench = Bench::new();
    bench.key("harbor", json!({ "kty": "EC" })).await;
    let policy = bench.policy("harbor", json!([]), "P1Y10D").await.body;
    let other = Bench::new();
    other.vaults.import(bench.vaults.export().unwrap()).unwrap();
    assert_eq!(other.get("/keys/harbor/rotationpolicy").await.body, policy);
}

impl Bench {
    async fn policy(&self, key: &str, actions: Value, expiry: &str) -> Answer {
        let policy = json!({ "lifetimeActions": actions, "attributes": { "expiryTime": expiry } });
        self.put(&format!("/keys/{key}/rotationpolicy"), policy).await
    }
}

#[tokio::test]
async fn random_bytes_come_from_a_managed_hsm_and_from_nothing_else() {
    let hsm = Bench::at("harbor.managedhsm.azure.net");
    let draw = async |count: Value| hsm.post("/rng", json!({ "count": count })).await;
    let bytes = |answer: &Answer| BASE64URL.decode(answer.body["value"].as_str().unwrap()).unwrap();
    let (one, other) = (draw(json!(128)).await, draw(json!(128)).await);
    assert_eq!(bytes(&one).len(), 128);
    assert_ne!(bytes(&one), bytes(&other));
    for count in [json!(0), json!(-1), json!(129), json!("many")] {
        assert_eq!(draw(count.clone()).await.code(), "BadParameter", "{count}");
    }
    let vault = Bench::new().post("/rng", json!({ "count": 8 })).await;
    assert_eq!((vault.status, vault.code()), (StatusCode::BAD_REQUEST, "BadParameter"));
}
