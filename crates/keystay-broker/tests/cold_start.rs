//! Many tenants at once: the vault is asked no more than it does.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use keystay_lab::Kind;
use serde_json::json;
use support::{GRAPH, House, SECRET};

/// How many signatures 120 tenants cost at once (some two: a tenant that does not know the app is tried again), and how
/// many of them were told to come again.
async fn start_at_once(vault_percent: u32) -> (usize, usize) {
    let house = House::with(|config| {
        config["limits"] = json!({ "vault_percent": vault_percent, "sign_wait_seconds": 0 });
    })
    .await;
    let client = reqwest::Client::new();
    let ask = |_| {
        let tenant = house.lab.directory().create_tenant("Customer").to_string();
        let asked = json!({ "identity": "graph", "tenant": tenant, "scope": GRAPH });
        client.post(house.url("/v1/token")).bearer_auth(SECRET).json(&asked).send()
    };
    let answers = futures::future::join_all((0..120).map(ask)).await;
    let later = answers.into_iter().filter(|answer| answer.as_ref().unwrap().status() == 503).count();
    (usize::try_from(house.lab.journal().count(Kind::Sign)).unwrap(), later)
}

/// One percent of a vault is 40 signatures in ten seconds, and four of them at once. Nobody waits here: who has no turn is
/// told to come again, and the vault does not hear of it.
#[tokio::test]
async fn signatures_beyond_the_budget_are_not_asked_of_the_vault() {
    let (signed, later) = start_at_once(1).await;
    // what the bucket held, and what filled it while the test ran
    assert!((4..60).contains(&signed), "{signed}");
    assert!((60..=116).contains(&later), "{later}");
}

#[tokio::test]
async fn within_the_budget_nobody_is_sent_away() {
    let (signed, later) = start_at_once(90).await;
    assert!(signed >= 120, "{signed}");
    assert_eq!(later, 0);
}
