//! Tokens of issuers outside Microsoft as the proof of an application.

use std::time::Duration;

use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation, encode, jwk::JwkSet};
use keystay_lab::{DirectoryError, FederatedCredential, LabOptions, LabState, NewOidcToken, OidcIssuer};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{Bench, KEY};

const BRANCH: &str = "repo:harbor/insights:ref:refs/heads/main";
const ACCOUNT: &str = "system:serviceaccount:harbor:insights";

fn credential(issuer: OidcIssuer, subject: &str) -> FederatedCredential {
    FederatedCredential::new(format!("{issuer:?}"), issuer.url(), subject)
}

/// A lab whose ready application trusts a branch and a service account.
async fn trusting_bench() -> Bench {
    let bench = Bench::ready().await;
    let directory = bench.lab.directory();
    directory.add_federated_credential(bench.app(), credential(OidcIssuer::GitHubActions, BRANCH)).unwrap();
    directory.add_federated_credential(bench.app(), credential(OidcIssuer::Kubernetes, ACCOUNT)).unwrap();
    bench
}

fn mint(bench: &Bench, issuer: OidcIssuer, subject: &str, claims: Value) -> String {
    let Value::Object(claims) = claims else { panic!("claims are an object") };
    bench.lab.issue_oidc_token(&NewOidcToken { claims, ..NewOidcToken::new(issuer, subject) }).unwrap()
}

#[tokio::test]
async fn a_build_and_a_pod_get_a_token_without_any_secret() {
    let bench = trusting_bench().await;
    for (issuer, subject) in [(OidcIssuer::GitHubActions, BRANCH), (OidcIssuer::Kubernetes, ACCOUNT)] {
        let answer = bench.ask(&bench.juniper(), &mint(&bench, issuer, subject, json!({}))).await;
        assert_eq!(answer.claims()["appid"], json!(bench.app()), "{issuer:?}");
        assert_eq!(answer.claims()["appidacr"], "2");
    }
}

#[tokio::test]
async fn each_part_of_a_foreign_token_that_does_not_fit_has_its_own_code() {
    let bench = trusting_bench().await;
    let github = |subject: &str, claims: Value| mint(&bench, OidcIssuer::GitHubActions, subject, claims);
    let now = bench.now();
    let forged = {
        let header = Header { kid: Some("forged".to_owned()), ..Header::new(Algorithm::RS256) };
        let claims = json!({
            "iss": OidcIssuer::GitHubActions.url(), "sub": BRANCH, "aud": "api://AzureADTokenExchange",
            "iat": now, "nbf": now, "exp": now + 600,
        });
        encode(&header, &claims, &KEY.signing).unwrap()
    };
    // Signed by the other issuer, with a claim that says otherwise.
    let borrowed = mint(
        &bench,
        OidcIssuer::Kubernetes,
        BRANCH,
        json!({
            "iss": OidcIssuer::GitHubActions.url(), "aud": "api://AzureADTokenExchange",
        }),
    );
    let cases = [
        ("another issuer", github(BRANCH, json!({ "iss": "https://elsewhere.test" })), 700_211),
        (
            "an issuer with a slash",
            github(BRANCH, json!({ "iss": format!("{}/", OidcIssuer::GitHubActions.url()) })),
            700_211,
        ),
        ("another branch", github("repo:harbor/insights:ref:refs/heads/Main", json!({})), 700_213),
        ("a subject of the other issuer", github(ACCOUNT, json!({})), 700_213),
        ("another audience", github(BRANCH, json!({ "aud": "https://github.com/harbor" })), 700_212),
        ("two audiences", github(BRANCH, json!({ "aud": ["api://AzureADTokenExchange", "x"] })), 700_212),
        ("an unknown key", forged, 50_013),
        ("the key of another issuer", borrowed, 50_013),
        ("expired", github(BRANCH, json!({ "exp": now - 310 })), 700_024),
        ("not yet valid", github(BRANCH, json!({ "nbf": now + 310 })), 700_024),
        ("no beginning", github(BRANCH, json!({ "iat": null })), 50_027),
    ];
    for (what, token, code) in cases {
        let answer = bench.ask(&bench.juniper(), &token).await;
        assert_eq!(answer.aadsts(), code, "{what}: {}", answer.body);
        assert_eq!((answer.status, &answer.body["error"]), (StatusCode::UNAUTHORIZED, &json!("invalid_client")));
    }
}

#[tokio::test]
async fn a_foreign_token_may_live_for_25_hours_and_no_longer() {
    let bench = trusting_bench().await;
    let with_life = |secs: i64| json!({ "exp": bench.now() + secs, "iat": bench.now() });
    let token = mint(&bench, OidcIssuer::GitHubActions, BRANCH, with_life(25 * 3600));
    bench.ask(&bench.juniper(), &token).await.token();
    let token = mint(&bench, OidcIssuer::GitHubActions, BRANCH, with_life(25 * 3600 + 1));
    let answer = bench.ask(&bench.juniper(), &token).await;
    assert_eq!((answer.aadsts(), answer.status), (70_023, StatusCode::BAD_REQUEST));
}

#[tokio::test]
async fn an_issuer_nobody_can_reach_is_trusted_in_vain() {
    let bench = Bench::ready().await;
    let far = FederatedCredential::new("far", "https://far.test", BRANCH);
    bench.lab.directory().add_federated_credential(bench.app(), far).unwrap();
    let token = mint(&bench, OidcIssuer::GitHubActions, BRANCH, json!({ "iss": "https://far.test" }));
    assert_eq!(bench.ask(&bench.juniper(), &token).await.aadsts(), 50_166);
}

#[tokio::test]
async fn a_removed_trust_ends() {
    let bench = trusting_bench().await;
    let directory = bench.lab.directory();
    let token = mint(&bench, OidcIssuer::GitHubActions, BRANCH, json!({}));
    let trusted = directory.application(bench.app()).unwrap().federated_credentials;
    directory.remove_federated_credential(bench.app(), trusted[0].id).unwrap();
    assert_eq!(bench.ask(&bench.juniper(), &token).await.aadsts(), 700_211);
}

#[tokio::test]
async fn an_application_holds_twenty_trusts_with_different_names_and_subjects() {
    let bench = Bench::ready().await;
    let add = |name: &str, subject: &str| {
        let one = FederatedCredential::new(name, OidcIssuer::GitHubActions.url(), subject);
        bench.lab.directory().add_federated_credential(bench.app(), one)
    };
    for number in 1..=19 {
        add(&format!("name{number}"), &format!("subject{number}")).unwrap();
    }
    assert!(matches!(add("name1", "new"), Err(DirectoryError::DuplicateFederatedCredential { .. })));
    assert!(matches!(add("new", "subject1"), Err(DirectoryError::DuplicateFederatedCredential { .. })));
    assert!(matches!(add("two words", "new"), Err(DirectoryError::BadFederatedCredential(_))));
    assert!(matches!(add("new", ""), Err(DirectoryError::BadFederatedCredential(_))));
    add("name20", "subject20").unwrap();
    assert!(matches!(add("name21", "subject21"), Err(DirectoryError::TooManyFederatedCredentials(_))));
}

#[tokio::test]
async fn an_issuer_publishes_the_key_that_verifies_its_tokens_and_keeps_it_in_a_saved_world() {
    let bench = trusting_bench().await;
    let order = json!({ "issuer": "https://oidc.cluster.test", "subject": ACCOUNT, "lifetime_seconds": 86_400 });
    let url = format!("{}/lab/oidc-tokens", bench.lab.control_url());
    let answer: Value = bench.http.post(&url).json(&order).send().await.unwrap().json().await.unwrap();
    let token = answer["token"].as_str().unwrap();

    let url = format!("{}/.well-known/openid-configuration", OidcIssuer::Kubernetes.url());
    let metadata = bench.get(&url, "").await.body;
    assert_eq!(metadata["issuer"], OidcIssuer::Kubernetes.url());
    let keys = bench.http.get(metadata["jwks_uri"].as_str().unwrap()).send().await.unwrap();
    let keys: JwkSet = keys.json().await.unwrap();
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_audience(&["api://AzureADTokenExchange"]);
    let key = DecodingKey::from_jwk(&keys.keys[0]).unwrap();
    jsonwebtoken::decode::<Value>(token, &key, &validation).unwrap();

    let saved = bench.lab.export().unwrap().to_json().unwrap();
    let state = LabState::from_json(saved.as_bytes()).unwrap();
    let again = Bench::start(LabOptions::new().with_ready_app(true).with_state(state)).await;
    again.ask(&again.juniper(), token).await.token();
    again.lab.clock().advance(Duration::from_secs(2 * 86_400));
    assert_eq!(again.ask(&again.juniper(), token).await.aadsts(), 700_024);

    let unknown = json!({ "issuer": "https://elsewhere.test", "subject": "x" });
    let url = format!("{}/lab/oidc-tokens", bench.lab.control_url());
    assert!(bench.http.post(&url).json(&unknown).send().await.unwrap().status().is_client_error());
}
