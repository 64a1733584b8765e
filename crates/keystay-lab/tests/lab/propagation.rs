//! Changes that reach the token service after a while.

use std::time::Duration;

use base64::{Engine, prelude::BASE64_STANDARD};
use keystay_lab::{LabOptions, LabState, Propagation, Role, Scope};
use reqwest::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    resource_manager::{HOST, VAULT},
    support::{Answer, Bench, ClientKey, GRAPH, KEY, OTHER_KEY, managed_identity_token, ps256, token_endpoint},
};

const DELAY: Duration = Duration::from_secs(15);

async fn slow_bench() -> Bench {
    let bench = Bench::ready().await;
    bench.lab.directory().set_propagation(Propagation { credential_seconds: 15, ..Propagation::default() });
    bench
}

async fn token_with(bench: &Bench, key: &ClientKey) -> Answer {
    bench.ask(&bench.juniper(), &ps256(key, &bench.claims())).await
}

/// Not yet, and then: an added key is unknown and a removed one works until the delay is over.
async fn assert_changes_late(bench: &Bench, key: &ClientKey, becomes_known: bool) {
    let check = async |known: bool| {
        let answer = token_with(bench, key).await;
        if known {
            answer.token();
        } else {
            assert_eq!(answer.aadsts(), 700_027, "{}", answer.body);
        }
    };
    check(!becomes_known).await;
    bench.lab.clock().advance(Duration::from_secs(13));
    check(!becomes_known).await;
    bench.lab.clock().advance(Duration::from_secs(2));
    check(becomes_known).await;
}

async fn admin(bench: &Bench) -> String {
    let home = &bench.lab.seed().home;
    bench.sign_in(&home.admin, home.password).await.token().to_owned()
}

fn proof(bench: &Bench, key: &ClientKey) -> String {
    let object = bench.lab.directory().application(bench.app()).unwrap().id;
    let claims = json!({
        "aud": "00000002-0000-0000-c000-000000000000",
        "iss": object,
        "nbf": bench.now(),
        "exp": bench.now() + 600,
    });
    ps256(key, &claims)
}

fn key_credential(key: &ClientKey) -> Value {
    json!({ "type": "AsymmetricX509Cert", "usage": "Verify", "key": BASE64_STANDARD.encode(&key.der) })
}

#[tokio::test]
async fn a_certificate_works_some_time_after_it_was_added_and_some_time_after_it_was_removed() {
    let bench = slow_bench().await;
    let directory = bench.lab.directory();
    let key_id = directory.add_certificate(bench.app(), &OTHER_KEY.der, "new").unwrap();
    assert_changes_late(&bench, &OTHER_KEY, true).await;
    directory.remove_key_credential(bench.app(), key_id).unwrap();
    assert_changes_late(&bench, &OTHER_KEY, false).await;
}

#[tokio::test]
async fn keys_rolled_through_graph_arrive_late_as_well() {
    let bench = slow_bench().await;
    let token = admin(&bench).await;
    let path = format!("applications(appId='{}')", bench.app());
    let body = json!({ "keyCredential": key_credential(&OTHER_KEY), "passwordCredential": null, "proof": proof(&bench, &KEY) });
    let added = bench.graph("POST", &format!("{path}/addKey"), &token, &body).await;
    assert_eq!(added.status, StatusCode::OK, "{}", added.body);
    assert_changes_late(&bench, &OTHER_KEY, true).await;

    let body = json!({ "keyId": added.body["keyId"], "proof": proof(&bench, &KEY) });
    let removed = bench.graph("POST", &format!("{path}/removeKey"), &token, &body).await;
    assert_eq!(removed.status, StatusCode::NO_CONTENT, "{}", removed.body);
    assert_changes_late(&bench, &OTHER_KEY, false).await;

    let body = json!({ "keyCredentials": [key_credential(&OTHER_KEY)] });
    assert_eq!(bench.graph("PATCH", &path, &token, &body).await.status, StatusCode::NO_CONTENT);
    token_with(&bench, &KEY).await.token();
    assert_changes_late(&bench, &OTHER_KEY, true).await;
    assert_eq!(token_with(&bench, &KEY).await.aadsts(), 700_027, "the list was replaced");
}

#[tokio::test]
async fn a_secret_arrives_late_and_a_delay_of_zero_lets_it_arrive_at_once() {
    let bench = slow_bench().await;
    let directory = bench.lab.directory();
    let secret = directory.add_secret(bench.app(), "s", Duration::from_secs(3600)).unwrap();
    let app = bench.app().to_string();
    let fields = [
        ("grant_type", "client_credentials"),
        ("client_id", app.as_str()),
        ("client_secret", &secret),
        ("scope", GRAPH),
    ];
    assert_eq!(bench.post(&token_endpoint(&bench.juniper()), &fields).await.aadsts(), 7_000_215);
    directory.set_propagation(Propagation::default());
    bench.post(&token_endpoint(&bench.juniper()), &fields).await.token();
}

#[tokio::test]
async fn a_disabled_application_goes_on_getting_tokens_for_a_while() {
    let bench = slow_bench().await;
    let token = admin(&bench).await;
    let path = format!("applications(appId='{}')", bench.app());
    let disable = async |disabled: bool| {
        let changed = bench.graph("PATCH", &path, &token, &json!({ "isDisabled": disabled })).await;
        assert_eq!(changed.status, StatusCode::NO_CONTENT, "{}", changed.body);
    };
    disable(true).await;
    token_with(&bench, &KEY).await.token();
    bench.lab.clock().advance(DELAY);
    assert_eq!(token_with(&bench, &KEY).await.aadsts(), 7_000_112);
    disable(false).await;
    assert_eq!(token_with(&bench, &KEY).await.aadsts(), 7_000_112);
    bench.lab.clock().advance(DELAY);
    token_with(&bench, &KEY).await.token();
}

#[tokio::test]
async fn a_consent_given_and_taken_back_is_noticed_late() {
    let bench = Bench::ready().await;
    let directory = bench.lab.directory();
    directory.set_propagation(Propagation { consent_seconds: 15, ..Propagation::default() });
    let newcomer: Uuid = directory.create_tenant("newcomer");
    directory.consent(bench.app(), newcomer).unwrap();
    assert_eq!(bench.app_token(newcomer).await.aadsts(), 700_016);
    bench.lab.clock().advance(DELAY);
    bench.app_token(newcomer).await.token();
    directory.revoke_consent(bench.app(), newcomer).unwrap();
    bench.app_token(newcomer).await.token();
    bench.lab.clock().advance(DELAY);
    assert_eq!(bench.app_token(newcomer).await.aadsts(), 700_016);
}

const ASSIGNMENTS: &str = "providers/Microsoft.Authorization/roleAssignments";

async fn host_reads_keys(bench: &Bench) -> StatusCode {
    let token = managed_identity_token(bench, "https://vault.azure.net").await;
    bench.get(&format!("https://{HOST}/keys?api-version=2025-07-01"), &token).await.status
}

fn slow_roles(bench: &Bench) {
    bench.lab.directory().set_propagation(Propagation { role_seconds: 600, ..Propagation::default() });
}

#[tokio::test]
async fn a_role_counts_in_the_vault_some_time_after_it_was_given_and_until_some_time_after_it_was_taken() {
    let bench = Bench::start(LabOptions::new()).await;
    slow_roles(&bench);
    let token = bench.admin().await;
    let host = bench.lab.seed().host_identity.object_id;
    bench.lab.vaults().remove_roles(HOST, host);
    bench.lab.clock().advance(Duration::from_secs(600));
    assert_eq!(host_reads_keys(&bench).await, StatusCode::FORBIDDEN);

    let path = format!("{VAULT}/{ASSIGNMENTS}/{}", Uuid::from_u128(7));
    let role = "/providers/Microsoft.Authorization/roleDefinitions/12338af0-0e69-4776-bea7-57ae8d297424";
    let wanted = json!({ "properties": { "roleDefinitionId": role, "principalId": host } });
    let arm = async |method: &str, body| bench.arm(&token, method, &path, "2022-04-01", body).await.status;
    assert_eq!(arm("PUT", wanted).await, StatusCode::CREATED);
    assert_eq!(arm("GET", Value::Null).await, StatusCode::OK, "Resource Manager shows it at once");
    assert_eq!(host_reads_keys(&bench).await, StatusCode::FORBIDDEN);
    bench.lab.clock().advance(Duration::from_secs(590));
    assert_eq!(host_reads_keys(&bench).await, StatusCode::FORBIDDEN);
    bench.lab.clock().advance(Duration::from_secs(10));
    assert_eq!(host_reads_keys(&bench).await, StatusCode::OK);

    assert_eq!(arm("DELETE", Value::Null).await, StatusCode::OK);
    assert_eq!(arm("GET", Value::Null).await, StatusCode::NOT_FOUND);
    bench.lab.clock().advance(Duration::from_secs(590));
    assert_eq!(host_reads_keys(&bench).await, StatusCode::OK, "the vault has not heard of it");
    bench.lab.clock().advance(Duration::from_secs(10));
    assert_eq!(host_reads_keys(&bench).await, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_role_that_is_given_and_taken_again_counts_for_as_long_as_it_was_there() {
    let bench = Bench::start(LabOptions::new()).await;
    let host = bench.lab.seed().host_identity.object_id;
    bench.lab.vaults().remove_roles(HOST, host);
    slow_roles(&bench);
    bench.lab.vaults().assign_role(HOST, host, Role::CryptoUser, Scope::Vault);
    bench.lab.clock().advance(Duration::from_secs(60));
    bench.lab.vaults().remove_roles(HOST, host);
    let begun = bench.lab.clock().now() - Duration::from_secs(60);
    for (after, expected) in [(500, 403), (601, 200), (655, 200), (662, 403)] {
        bench.lab.clock().set(begun + Duration::from_secs(after));
        assert_eq!(host_reads_keys(&bench).await.as_u16(), expected, "after {after} s");
    }
}

#[tokio::test]
async fn roles_on_their_way_arrive_at_once_when_the_delay_is_taken_away_and_are_saved_until_then() {
    let bench = Bench::start(LabOptions::new()).await;
    slow_roles(&bench);
    bench.lab.vaults().remove_roles(HOST, bench.lab.seed().host_identity.object_id);
    let saved = bench.lab.export().unwrap().to_json().unwrap();
    let state = LabState::from_json(saved.as_bytes()).unwrap();
    let again = Bench::start(LabOptions::new().with_state(state)).await;
    assert_eq!(again.lab.directory().propagation().role_seconds, 600);
    for bench in [bench, again] {
        assert_eq!(host_reads_keys(&bench).await, StatusCode::OK);
        bench.lab.directory().set_propagation(Propagation::default());
        assert_eq!(host_reads_keys(&bench).await, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn the_delay_is_set_from_outside_and_what_is_on_its_way_is_saved() {
    let bench = Bench::ready().await;
    let url = format!("{}/lab/propagation", bench.lab.control_url());
    assert_eq!(
        bench.get(&url, "").await.body,
        json!({ "credential_seconds": 0, "consent_seconds": 0, "role_seconds": 0 })
    );
    let put = bench.http.put(&url).json(&json!({ "credential_seconds": 600 })).send().await.unwrap();
    assert_eq!(put.status(), StatusCode::OK);
    bench.lab.directory().remove_key_credential(bench.app(), bench.key_id()).unwrap();

    let saved = bench.lab.export().unwrap().to_json().unwrap();
    let state = LabState::from_json(saved.as_bytes()).unwrap();
    let again = Bench::start(LabOptions::new().with_ready_app(true).with_state(state)).await;
    token_with(&again, &KEY).await.token();
    again.lab.clock().advance(Duration::from_secs(601));
    assert_eq!(token_with(&again, &KEY).await.aadsts(), 700_027);

    let wrong = bench.http.put(&url).json(&json!({ "seconds": 1 })).send().await.unwrap();
    assert!(wrong.status().is_client_error());
}
