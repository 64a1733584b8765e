//! The managed identity of the host, alone and as the proof of an application.

use std::{collections::HashMap, time::Duration};

use keystay_lab::{FederatedCredential, Kind, LabOptions, ManagedIdentitySource};
use reqwest::StatusCode;
use serde_json::json;

use crate::support::{Answer, Bench, ask_managed_identity, assertion_fields, managed_identity_token};

#[tokio::test]
async fn tokens_asked_for_the_moment_a_lab_is_ready_are_good_and_a_lab_of_its_state_takes_them() {
    let bench = Bench::start(LabOptions::new()).await;
    let asked = (0..20).map(|_| managed_identity_token(&bench, "https://vault.azure.net"));
    let (tokens, saved) = (futures::future::join_all(asked).await, bench.lab.export().unwrap());
    let again = Bench::start(LabOptions::new().with_state(saved)).await;
    for token in tokens {
        for lab in [&bench, &again] {
            let keys = lab.get("https://harborvault.vault.azure.net/keys?api-version=7.4", &token).await;
            assert_eq!(keys.status, StatusCode::OK, "{}", keys.body);
        }
    }
}

#[tokio::test]
async fn the_host_has_an_identity_whose_token_lives_for_a_day() {
    let bench = Bench::start(LabOptions::new()).await;
    let host = bench.lab.seed().host_identity;
    let answer = ask_managed_identity(&bench, "", "api-version=2019-08-01&resource=https://vault.azure.net").await;
    let claims = answer.claims();
    assert_eq!(claims["oid"], host.object_id.to_string());
    assert_eq!(claims["appid"], host.client_id.to_string());
    assert_eq!(claims["aud"], "https://vault.azure.net");
    let expires_on: i64 =
        answer.body["expires_on"].as_str().expect("a text, as the Rust SDK wants it").parse().unwrap();
    assert_eq!(expires_on, claims["exp"].as_i64().unwrap());
    assert!((expires_on - bench.now() - 86_400).abs() <= 2);
    assert_eq!(answer.body["token_type"], "Bearer");
    assert_eq!(bench.lab.journal().count(Kind::ManagedIdentity), 1);
}

#[tokio::test]
async fn app_service_refuses_in_its_own_words() {
    let bench = Bench::start(LabOptions::new()).await;
    let good = "api-version=2019-08-01&resource=https://vault.azure.net";
    let cases = [
        ("wrong", good.to_owned(), StatusCode::UNAUTHORIZED),
        ("", "resource=https://vault.azure.net".to_owned(), StatusCode::BAD_REQUEST),
        ("", "api-version=2019-08-01".to_owned(), StatusCode::BAD_REQUEST),
        ("", format!("{good}&client_id=4a8b0000-0000-4000-8000-00000000ffff"), StatusCode::BAD_REQUEST),
        ("", format!("{good}&client_id=x&mi_res_id=y"), StatusCode::BAD_REQUEST),
        ("", "api-version=2019-08-01&resource=https://unknown.example".to_owned(), StatusCode::BAD_REQUEST),
    ];
    for (secret, query, status) in cases {
        let answer = ask_managed_identity(&bench, secret, &query).await;
        assert_eq!(answer.status, status, "{query}: {}", answer.body);
        assert_eq!(answer.body["statusCode"], status.as_u16());
        assert!(answer.body["message"].is_string() && answer.body["correlationId"].is_string(), "{}", answer.body);
    }
    bench
        .lab
        .directory()
        .disable_principal(bench.lab.seed().host_identity.client_id, bench.lab.seed().home.id)
        .unwrap();
    assert_eq!(ask_managed_identity(&bench, "", good).await.status, StatusCode::FORBIDDEN);
}

/// Asks the instance metadata service, at an address of the lab.
async fn ask_imds(bench: &Bench, query: &str) -> Answer {
    let environment: HashMap<_, _> = bench.lab.environment_at(ManagedIdentitySource::Imds).into_iter().collect();
    let url = format!("{}/metadata/identity/oauth2/token?{query}", environment["AZURE_POD_IDENTITY_AUTHORITY_HOST"]);
    Answer::read(bench.http.get(url).header("Metadata", "true").send().await.unwrap()).await
}

#[tokio::test]
async fn a_virtual_machine_finds_its_identities_by_every_name() {
    let bench = Bench::start(LabOptions::new()).await;
    let own = bench.lab.seed().host_identity;
    let assigned = bench.lab.directory().create_managed_identity("reader");
    let good = "api-version=2018-02-01&resource=https://vault.azure.net/";
    let cases = [
        (String::new(), own.object_id),
        (format!("&client_id={}", assigned.client_id), assigned.object_id),
        (format!("&object_id={}", assigned.object_id), assigned.object_id),
        (format!("&msi_res_id={}", assigned.resource_id.to_uppercase()), assigned.object_id),
    ];
    for (selector, object_id) in cases {
        let answer = ask_imds(&bench, &format!("{good}{selector}")).await;
        assert_eq!(answer.claims()["oid"], object_id.to_string(), "{selector}");
        assert_eq!(answer.body["resource"], "https://vault.azure.net/");
        assert!(answer.body["expires_in"].is_string() && answer.body["client_id"].is_string(), "{}", answer.body);
    }
    assert_eq!(bench.lab.journal().count(Kind::ManagedIdentity), 4);
}

#[tokio::test]
async fn the_metadata_service_refuses_in_its_own_words() {
    let bench = Bench::start(LabOptions::new()).await;
    let good = "api-version=2018-02-01&resource=https://vault.azure.net";
    let cases = [
        ("resource=https://vault.azure.net".to_owned(), "invalid_request"),
        ("api-version=2017-01-01&resource=https://vault.azure.net".to_owned(), "invalid_request"),
        ("api-version=2018-02-01".to_owned(), "invalid_request"),
        (format!("{good}&client_id=4a8b0000-0000-4000-8000-00000000ffff"), "invalid_request"),
        ("api-version=2018-02-01&resource=https://unknown.example".to_owned(), "invalid_resource"),
    ];
    for (query, error) in cases {
        let answer = ask_imds(&bench, &query).await;
        assert_eq!((answer.status, &answer.body["error"]), (StatusCode::BAD_REQUEST, &json!(error)), "{query}");
        assert!(answer.body["error_description"].is_string());
    }
    let url = format!("{}/metadata/identity/oauth2/token?{good}", bench.lab.control_url());
    let bare = Answer::read(bench.http.get(&url).send().await.unwrap()).await;
    assert_eq!((bare.status, &bare.body["error"]), (StatusCode::BAD_REQUEST, &json!("bad_request_102")));
    let forwarded = bench.http.get(&url).header("Metadata", "true").header("X-Forwarded-For", "10.0.0.1");
    assert_eq!(forwarded.send().await.unwrap().status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn clients_that_know_only_the_link_local_address_reach_it_through_the_proxy() {
    let bench = Bench::start(LabOptions::new().with_managed_identity(ManagedIdentitySource::Imds)).await;
    let environment: HashMap<_, _> = bench.lab.environment().into_iter().collect();
    assert!(!environment.contains_key("IDENTITY_ENDPOINT") && !environment.contains_key("MSI_ENDPOINT"));
    let http =
        reqwest::Client::builder().proxy(reqwest::Proxy::http(&environment["HTTP_PROXY"]).unwrap()).build().unwrap();
    let query = "api-version=2019-08-01&resource=https://vault.azure.net";
    let url = format!("http://169.254.169.254/metadata/identity/oauth2/token?{query}");
    let answer = Answer::read(http.get(url).header("Metadata", "true").send().await.unwrap()).await;
    answer.token();
    assert_eq!(bench.lab.journal().entries().last().unwrap().host, "169.254.169.254");
    let other = http.get("http://169.254.169.253/metadata/identity/oauth2/token").send().await.unwrap();
    assert_eq!(other.status(), StatusCode::FORBIDDEN, "nothing else is played or forwarded");
}

#[tokio::test]
async fn cloud_shell_takes_a_form() {
    let bench = Bench::start(LabOptions::new().with_managed_identity(ManagedIdentitySource::CloudShell)).await;
    let environment: HashMap<_, _> = bench.lab.environment().into_iter().collect();
    let ask = async |metadata: &str, form: &[(&str, &str)]| {
        let request = bench.http.post(&environment["MSI_ENDPOINT"]).header("Metadata", metadata).form(form);
        Answer::read(request.send().await.unwrap()).await
    };
    let good = [("resource", "https://vault.azure.net")];
    assert_eq!(ask("true", &good).await.claims()["oid"], bench.lab.seed().host_identity.object_id.to_string());
    for (metadata, form) in [("false", &good[..]), ("true", &[]), ("true", &[("resource", "https://unknown.example")])]
    {
        let answer = ask(metadata, form).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{form:?}");
        assert!(answer.body["error"]["code"].is_string() && answer.body["error"]["message"].is_string());
    }
}

#[tokio::test]
async fn the_platform_hands_out_the_same_token_until_it_is_nearly_over() {
    let bench = Bench::start(LabOptions::new()).await;
    let good = "api-version=2019-08-01&resource=https://vault.azure.net";
    let first = ask_managed_identity(&bench, "", good).await;
    bench.lab.clock().advance(Duration::from_secs(23 * 3600));
    let later = ask_managed_identity(&bench, "", good).await;
    assert_eq!(first.token(), later.token());
    let left: i64 = later.body["expires_in"].as_str().unwrap().parse().unwrap();
    assert!((3595..=3600).contains(&left), "{left}");
    let other = ask_managed_identity(&bench, "", "api-version=2019-08-01&resource=https://graph.microsoft.com").await;
    assert_ne!(first.token(), other.token());
    bench.lab.clock().advance(Duration::from_secs(51 * 60));
    assert_ne!(first.token(), ask_managed_identity(&bench, "", good).await.token());
}

#[test]
fn a_source_is_chosen_by_its_name() {
    for source in ManagedIdentitySource::ALL {
        assert_eq!(source.name().parse(), Ok(source));
    }
    assert!(
        "vm".parse::<ManagedIdentitySource>().unwrap_err().to_string().contains("app-service, imds and cloud-shell")
    );
}

/// Lets the ready application trust a token of Entra about `subject`.
fn trust(bench: &Bench, name: &str, subject: &str) {
    let issuer = format!("https://login.microsoftonline.com/{}/v2.0", bench.lab.directory().home());
    let credential = FederatedCredential::new(name, issuer, subject);
    bench.lab.directory().add_federated_credential(bench.app(), credential).unwrap();
}

#[tokio::test]
async fn an_app_may_prove_itself_with_the_token_of_a_managed_identity_it_trusts() {
    let bench = Bench::ready().await;
    let identity = bench.lab.directory().create_managed_identity("signer");
    let query = format!("api-version=2019-08-01&resource=api://AzureADTokenExchange&client_id={}", identity.client_id);
    let proof = ask_managed_identity(&bench, "", &query).await.token().to_owned();
    assert_eq!(bench.ask(&bench.juniper(), &proof).await.aadsts(), 70_025);
    trust(&bench, "another", "4a8b0000-0000-4000-8000-00000000ffff");
    assert_eq!(bench.ask(&bench.juniper(), &proof).await.aadsts(), 700_213);
    trust(&bench, "signer", &identity.object_id.to_string());
    bench.ask(&bench.juniper(), &proof).await.token();
    bench.lab.clock().advance(Duration::from_secs(25 * 3600));
    assert_eq!(bench.ask(&bench.juniper(), &proof).await.aadsts(), 700_024);
}

#[tokio::test]
async fn a_token_of_an_ordinary_app_proves_nothing() {
    let bench = Bench::ready().await;
    trust(&bench, "any", "4a8b0000-0000-4000-8000-00000000ffff");
    let fields = assertion_fields(bench.app(), &crate::support::ps256(&crate::support::KEY, &bench.claims()));
    let fields: Vec<_> = fields
        .iter()
        .map(|(name, value)| (*name, if *name == "scope" { "api://AzureADTokenExchange/.default" } else { value }))
        .collect();
    let token = bench.post(&crate::support::token_endpoint(&bench.juniper()), &fields).await.token().to_owned();
    assert_eq!(bench.ask(&bench.juniper(), &token).await.aadsts(), 700_229);
}
