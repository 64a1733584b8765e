//! When a certificate, a credential and a token begin to count, and when they end.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::{Engine, prelude::BASE64_STANDARD};
use reqwest::StatusCode;
use serde_json::json;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::support::{Answer, Bench, KEY};

const HOUR: Duration = Duration::from_secs(3600);

/// Asks with a fresh assertion.
async fn ask(bench: &Bench) -> Answer {
    bench.ask_with(&bench.claims()).await
}

#[tokio::test]
async fn a_certificate_proves_nothing_before_its_beginning() {
    let bench = Bench::ready().await;
    bench.lab.clock().set(SystemTime::now() - 48 * HOUR);
    assert_eq!(ask(&bench).await.aadsts(), 1_000_502);
    bench.lab.clock().advance(25 * HOUR);
    ask(&bench).await.token();
}

#[tokio::test]
async fn a_credential_counts_from_its_own_beginning_to_its_own_end() {
    let bench = Bench::ready().await;
    let home = &bench.lab.seed().home;
    let admin = bench.sign_in(&home.admin, home.password).await.token().to_owned();
    let at = |hours: u32| (OffsetDateTime::from(bench.lab.clock().now()) + hours * HOUR).format(&Rfc3339).unwrap();
    let credential = json!({
        "type": "AsymmetricX509Cert",
        "usage": "Verify",
        "key": BASE64_STANDARD.encode(&KEY.der),
        "startDateTime": at(2),
        "endDateTime": at(4),
    });
    let path = format!("applications(appId='{}')", bench.app());
    let patched = bench.graph("PATCH", &path, &admin, &json!({ "keyCredentials": [credential] })).await;
    assert_eq!(patched.status, StatusCode::NO_CONTENT, "{}", patched.body);
    for counts in [false, true, false] {
        let answer = ask(&bench).await;
        if counts {
            answer.token();
        } else {
            assert_eq!(answer.aadsts(), 700_027);
            let reason = answer.body["error_description"].as_str().unwrap();
            assert!(reason.contains("[Reason - The key used is expired."), "{reason}");
        }
        bench.lab.clock().advance(3 * HOUR);
    }
}

#[tokio::test]
async fn a_token_is_taken_by_a_clock_that_is_five_minutes_behind_and_no_more() {
    let bench = Bench::ready().await;
    let answer = bench.app_token(bench.juniper()).await;
    let starts = UNIX_EPOCH + Duration::from_secs(answer.claims()["nbf"].as_u64().unwrap());
    for (behind, status) in [(290, StatusCode::OK), (330, StatusCode::UNAUTHORIZED)] {
        bench.lab.clock().set(starts - Duration::from_secs(behind));
        let users = bench.get("https://graph.microsoft.com/v1.0/users", answer.token()).await;
        assert_eq!(users.status, status, "{behind} seconds: {}", users.body);
    }
}
