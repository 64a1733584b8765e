use std::time::Duration;

use super::*;

const DAY: u64 = 86_400;

#[tokio::test]
async fn a_certificate_is_renewed_when_its_share_of_life_is_over() {
    let bench = Bench::new();
    let first = bench.certificate("harbor", json!({ "kty": "EC", "exportable": false }), PFX).await;
    bench.clock.advance(Duration::from_secs(290 * DAY));
    assert_eq!(bench.get("/certificates/harbor").await.body["id"], first["id"], "80 % of 365 days are 292");
    bench.clock.advance(Duration::from_secs(3 * DAY));
    let second = bench.get("/certificates/harbor").await.body;
    assert_ne!(second["id"], first["id"]);
    assert_eq!(version_of(&second["id"]), version_of(&second["kid"]));
    assert_ne!(public_key_of(&der_of(&second)), public_key_of(&der_of(&first)));
    assert_eq!(bench.sign("harbor", "ES256", &sha256(b"")).await.body["kid"], second["kid"]);
    let old = version_of(&first["id"]);
    assert_eq!(bench.get(&format!("/certificates/harbor/{old}")).await.body["cer"], first["cer"], "the old one stays");
}

#[tokio::test]
async fn a_big_jump_of_the_clock_makes_the_whole_chain_of_versions() {
    let bench = Bench::new();
    let mut order = order(json!({ "kty": "EC", "reuse_key": true }), PFX);
    order["policy"]["x509_props"]["validity_months"] = json!(1);
    order["policy"]["lifetime_actions"] = renewed(&json!({ "days_before_expiry": 10 }));
    order["tags"] = json!({ "dock": "7" });
    bench.post("/certificates/harbor/create", order).await;
    let first = bench.get("/certificates/harbor").await.body;
    bench.clock.advance(Duration::from_secs(100 * DAY));
    let newest = bench.get("/certificates/harbor").await.body;
    let versions = bench.versions("certificates/harbor").await;
    assert!((5..=6).contains(&versions.len()), "{versions:?}");
    for pair in versions.windows(2) {
        let expiry = pair[0]["exp"].as_i64().unwrap();
        assert_eq!(pair[1]["created"].as_i64().unwrap(), expiry - 10 * 86_400, "each at its moment");
        assert_eq!(pair[1]["nbf"].as_i64().unwrap(), expiry - 10 * 86_400 - 600);
    }
    assert_eq!(public_key_of(&der_of(&newest)), public_key_of(&der_of(&first)), "the policy keeps the key");
    assert_ne!(newest["x5t"], first["x5t"]);
    assert_eq!(newest["tags"], json!({ "dock": "7" }));
    assert_eq!(bench.versions("keys/harbor").await.len(), versions.len());
    assert!(newest["attributes"]["exp"].as_i64().unwrap() > bench.clock.unix());
}

#[tokio::test]
async fn nobody_is_renewed_who_is_only_announced_or_signed_elsewhere() {
    let bench = Bench::new();
    let mut announced = order(json!({ "kty": "EC" }), PFX);
    announced["policy"]["lifetime_actions"] =
        json!([{ "trigger": { "lifetime_percentage": 50 }, "action": { "action_type": "EmailContacts" } }]);
    bench.post("/certificates/announced/create", announced).await;
    let pem = bench.certificate("source", json!({ "kty": "EC" }), PEM).await;
    let value = bench.get("/secrets/source").await.body["value"].clone();
    let imported = bench.post("/certificates/imported/import", json!({ "value": value })).await.body;
    assert_eq!(imported["policy"]["lifetime_actions"][0]["action"]["action_type"], json!("EmailContacts"));
    assert_eq!(imported["cer"], pem["cer"]);
    bench.clock.advance(Duration::from_secs(4000 * DAY));
    for name in ["announced", "imported"] {
        assert_eq!(bench.versions(&format!("certificates/{name}")).await.len(), 1, "{name}");
    }
    assert!(bench.versions("certificates/source").await.len() > 10);
}

#[tokio::test]
async fn a_lifetime_action_outside_the_services_limits_is_refused() {
    let bench = Bench::new();
    for trigger in [
        json!({ "lifetime_percentage": 0 }),
        json!({ "lifetime_percentage": 100 }),
        json!({ "days_before_expiry": 325 }),
        json!({ "days_before_expiry": 0 }),
        json!({}),
        json!({ "lifetime_percentage": 80, "days_before_expiry": 10 }),
    ] {
        let mut order = order(json!({ "kty": "EC" }), PFX);
        order["policy"]["lifetime_actions"] = renewed(&trigger);
        let answer = bench.post("/certificates/harbor/create", order).await;
        assert_eq!((answer.status, answer.code()), (StatusCode::BAD_REQUEST, "BadParameter"), "{trigger}");
    }
}

#[tokio::test]
async fn a_renewal_that_fails_says_so_and_is_not_tried_again_with_every_request() {
    let bench = Bench::new();
    bench.certificate("harbor", json!({ "kty": "EC" }), PFX).await;
    bench.patch("/certificates/harbor/policy", json!({ "x509_props": { "subject": "nobody" } })).await;
    bench.clock.advance(Duration::from_secs(300 * DAY));
    let operation = bench.get("/certificates/harbor/pending").await.body;
    assert_eq!((&operation["status"], &operation["error"]["code"]), (&json!("failed"), &json!("BadParameter")));
    let again = bench.get("/certificates/harbor/pending").await.body;
    assert_eq!(again["request_id"], operation["request_id"]);
    bench.patch("/certificates/harbor/policy", json!({ "x509_props": { "subject": "CN=harbor" } })).await;
    bench.delete("/certificates/harbor/pending").await;
    assert_eq!(bench.versions("certificates/harbor").await.len(), 2);
}

fn renewed(trigger: &Value) -> Value {
    json!([{ "trigger": trigger, "action": { "action_type": "AutoRenew" } }])
}
