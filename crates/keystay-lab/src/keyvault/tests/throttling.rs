//! How much a vault does in ten seconds.

use std::time::Duration;

use super::{super::Throttling, *};

/// How many of up to `most` calls a vault does before it refuses one.
async fn until_refused(most: u32, call: impl AsyncFn() -> Answer) -> u32 {
    for done in 0..most {
        match call().await {
            answer if answer.status == StatusCode::TOO_MANY_REQUESTS => {
                assert_eq!(answer.code(), "Throttled");
                let text = "Request was not processed because too many requests were received. Reason: ";
                assert!(answer.message().starts_with(text), "{}", answer.message());
                return done;
            }
            answer => assert!(answer.status.is_success(), "{}", answer.body),
        }
    }
    most
}

#[tokio::test]
async fn the_documented_limits_hold_from_the_start() {
    let limits = Bench::new().vaults.throttle.limits();
    assert!(limits.enabled && !limits.retry_after);
    let Throttling { key_operations, key_creations, secret_operations, secret_creations, subscription_factor, .. } =
        limits;
    assert_eq!((key_operations, key_creations, secret_operations, secret_creations), (4_000, 20, 4_000, 300));
    assert_eq!(subscription_factor, 5);
}

#[tokio::test]
async fn new_keys_are_scarcer_in_an_hsm() {
    let bench = Bench::new();
    let create = async |kty: &str| bench.post("/keys/harbor/create", json!({ "kty": kty })).await;
    assert_eq!(until_refused(30, async || create("EC").await).await, 20);
    bench.clock.advance(Duration::from_secs(10));
    assert_eq!(until_refused(30, async || create("EC-HSM").await).await, 10);
}

#[tokio::test]
async fn operations_weigh_by_the_size_of_the_key_and_the_hsm() {
    let bench = Bench::new();
    bench.key("small", json!({ "kty": "RSA" })).await;
    bench.key("middle", json!({ "kty": "RSA", "key_size": 3072 })).await;
    bench.key("large", json!({ "kty": "RSA", "key_size": 4096 })).await;
    bench.key("curve", json!({ "kty": "EC-HSM" })).await;
    bench.vaults.throttle.set(Throttling { key_operations: 16, ..Throttling::default() });
    for (key, times) in [("small", 16), ("middle", 4), ("large", 2), ("curve", 8)] {
        let path = format!("/keys/{key}");
        assert_eq!(until_refused(20, async || bench.get(&path).await).await, times, "{key}");
        bench.clock.advance(Duration::from_secs(10));
    }
    // weights are summed: one large and eight small
    bench.get("/keys/large").await;
    assert_eq!(until_refused(20, async || bench.get("/keys/small").await).await, 8);
}

#[tokio::test]
async fn reading_secrets_does_not_use_up_the_keys_and_a_refused_call_uses_up_nothing() {
    let bench = Bench::new();
    let limits = Throttling { key_operations: 2, secret_operations: 2, secret_creations: 1, ..Throttling::default() };
    bench.vaults.throttle.set(limits);
    assert_eq!(until_refused(9, async || bench.put("/secrets/colour", json!({ "value": "blue" })).await).await, 1);
    assert_eq!(until_refused(9, async || bench.get("/secrets/colour").await).await, 2);
    assert_eq!(until_refused(9, async || bench.get("/keys").await).await, 2);
    bench.clock.advance(Duration::from_secs(9));
    assert_eq!(bench.get("/keys").await.status, StatusCode::TOO_MANY_REQUESTS);
    bench.clock.advance(Duration::from_secs(1));
    assert_eq!(until_refused(9, async || bench.get("/keys").await).await, 2, "the refused calls left no trace");
}

#[tokio::test]
async fn when_to_come_back_is_said_if_asked_for() {
    let bench = Bench::new();
    for (retry_after, header) in [(false, None), (true, Some("10"))] {
        bench.vaults.throttle.set(Throttling { key_operations: 1, retry_after, ..Throttling::default() });
        bench.get("/keys").await;
        let refused = bench.get("/keys").await;
        assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(refused.headers.get("retry-after").map(|value| value.to_str().unwrap()), header);
    }
}

#[tokio::test]
async fn all_vaults_of_a_subscription_share_its_limit() {
    let bench = Bench::new();
    let limits = Throttling { key_operations: 4, subscription_factor: 2, ..Throttling::default() };
    bench.vaults.throttle.set(limits);
    let other = |host: &'static str| {
        bench.vaults.create_vault(host, VaultResource::new(VaultProperties::new(TENANT)));
        bench.vaults.assign_role(host, OWNER, &Role::Administrator, &Scope::Vault);
        Bench { vaults: Arc::clone(&bench.vaults), clock: bench.clock.clone(), router: bench.router.clone(), host }
    };
    let (second, third) = (other("second.vault.azure.net"), other("third.vault.azure.net"));
    assert_eq!(until_refused(9, async || bench.get("/keys").await).await, 4);
    assert_eq!(until_refused(9, async || second.get("/keys").await).await, 4);
    assert_eq!(until_refused(9, async || third.get("/keys").await).await, 0);
}

#[tokio::test]
async fn switched_off_there_is_no_limit() {
    let bench = Bench::new();
    bench.vaults.throttle.set(Throttling { key_operations: 1, ..Throttling::off() });
    assert_eq!(until_refused(50, async || bench.get("/keys").await).await, 50);
}
