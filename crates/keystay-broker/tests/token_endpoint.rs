//! The token endpoint, from outside.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::{path::PathBuf, sync::Arc};

use azure_core::{
    cloud::{CloudConfiguration, CustomConfiguration},
    credentials::TokenCredential,
    http::{ClientOptions, Transport},
};
use azure_identity::{
    ClientAssertionCredentialOptions, ClientSecretCredential, ClientSecretCredentialOptions,
    WorkloadIdentityCredential, WorkloadIdentityCredentialOptions,
};
use jsonwebtoken::Algorithm;
use keystay_broker::routes;
use keystay_lab::Kind;
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use support::{
    GRAPH, House, SECRET,
    mint::{AUDIENCE, ISSUER, Mint, SUBJECT, publish},
    with_tls,
};

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A broker with a TLS door, a caller with a secret, and one of an issuer.
async fn house() -> (House, Mint) {
    let mint = Mint::new("a", Algorithm::ES256);
    let file = support::folder().join("keys.json");
    publish(&file, &[&mint]);
    let house = House::with(|config| {
        with_tls(config);
        config["issuers"] = json!({ "cluster": { "issuer": ISSUER, "audience": AUDIENCE, "keys_file": file } });
        config["callers"]["job"] = json!({ "jwt": { "issuer": "cluster", "subject": SUBJECT } });
        config["rules"][0]["callers"] = json!(["local", "reports", "job"]);
    })
    .await;
    (house, mint)
}

/// A good request by secret, to be changed.
fn form() -> Value {
    json!({ "client_id": "graph", "scope": GRAPH, "grant_type": "client_credentials", "client_secret": SECRET })
}

async fn post(house: &House, tenant: &str, form: &Value) -> Response {
    let url = house.tls_url(&format!("/{tenant}/oauth2/v2.0/token"));
    house.over_tls().post(url).form(form).send().await.unwrap()
}

async fn body(answer: Response) -> Value {
    assert_eq!(answer.headers()["cache-control"], "no-store");
    answer.json().await.unwrap()
}

#[tokio::test]
async fn a_federated_token_gets_a_token_of_the_tenant_in_the_path() {
    let (house, mint) = house().await;
    let app = house.lab.seed().ready_app.unwrap().to_string();
    for client_id in ["graph", &app, &app.to_uppercase()] {
        let proof = json!({
            "client_id": client_id, "scope": GRAPH, "grant_type": "client_credentials", "client_info": "1",
            "client_assertion_type": JWT_BEARER, "client_assertion": mint.token(|_| {}),
            "claims": r#"{"access_token":{"xms_cc":{"values":["CP1"]}}}"#,
        });
        let answer = post(&house, &house.customer(), &proof).await;
        assert_eq!(answer.status(), StatusCode::OK, "{client_id}");
        let answer = body(answer).await;
        assert_eq!(answer["token_type"], "Bearer");
        assert!((3000..=5400).contains(&answer["expires_in"].as_u64().unwrap()), "{answer}");
        assert_eq!(answer["expires_in"], answer["ext_expires_in"]);
        let claims: Value =
            jsonwebtoken::dangerous::insecure_decode_claims(answer["access_token"].as_str().unwrap()).unwrap();
        assert_eq!((&claims["tid"], &claims["appid"]), (&json!(house.customer()), &json!(app)));
    }
    let granted = house.events("granted");
    assert_eq!(granted.len(), 3);
    assert_eq!((&granted[0]["door"], &granted[0]["caller"]), (&json!("token-endpoint"), &json!("job")));
    assert_eq!(granted[0]["evidence"]["by"], "jwt");
}

#[tokio::test]
async fn a_secret_is_a_proof_in_both_places_and_the_socket_needs_none() {
    let (house, _) = house().await;
    assert_eq!(post(&house, &house.customer(), &form()).await.status(), StatusCode::OK);
    let mut assertion = form();
    assertion["client_secret"].take();
    assertion["client_assertion"] = json!(SECRET);
    assertion["client_assertion_type"] = json!(JWT_BEARER);
    let fields: Vec<_> = assertion.as_object().unwrap().iter().filter(|(_, value)| !value.is_null()).collect();
    let url = house.tls_url(&format!("/{}/oauth2/v2.0/token", house.customer()));
    let answer = house.over_tls().post(url).form(&fields).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let url = format!("http://keystay/{}/oauth2/v2.0/token", house.customer());
    let bare = [("client_id", "graph"), ("scope", GRAPH), ("grant_type", "client_credentials")];
    let answer = house.over_socket().post(url).form(&bare).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let callers: Vec<Value> = house.events("granted").iter().map(|line| line["caller"].clone()).collect();
    assert_eq!(callers, ["reports", "reports", "local"]);
}

#[tokio::test]
async fn what_cannot_be_is_refused_as_oauth_says() {
    let (house, mint) = house().await;
    let home = house.lab.seed().home.id.to_string();
    let customer = house.customer();
    let wrong = mint.token(|claims| claims["aud"] = json!("api://AzureADTokenExchange"));
    for (tenant, changes, status, error, code) in [
        (&customer, json!({ "client_secret": "x".repeat(43) }), 401, "invalid_client", "wrong-secret"),
        (&customer, json!({ "client_secret": "" }), 401, "invalid_client", "wrong-secret"),
        (&customer, json!({ "client_secret": wrong }), 401, "invalid_client", "jwt-audience"),
        (&customer, json!({ "client_assertion": "a.b.c" }), 400, "invalid_request", "malformed"),
        (&customer, json!({ "grant_type": "refresh_token" }), 400, "unsupported_grant_type", "grant-type"),
        (&customer, json!({ "scope": "" }), 400, "invalid_scope", "malformed"),
        (&customer, json!({ "scope": "https://vault.azure.net/.default" }), 400, "invalid_scope", "forbidden-vault"),
        (&home, json!({}), 400, "invalid_scope", "forbidden-graph-at-home"),
        (&customer, json!({ "client_id": "mail" }), 400, "unauthorized_client", "identity-not-allowed"),
        (&"common".to_owned(), json!({}), 400, "invalid_request", "malformed"),
    ] {
        let mut form = form();
        form.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        let answer = post(&house, tenant, &form).await;
        let given = answer.status();
        let answer = body(answer).await;
        assert_eq!(
            (given.as_u16(), &answer["error"], &answer["code"]),
            (status, &json!(error), &json!(code)),
            "{changes}"
        );
        assert!(answer["error_description"].as_str().is_some_and(|words| !words.contains("xxxx")));
    }
    let client = house.over_tls();
    let url = house.tls_url(&format!("/{customer}/oauth2/v2.0/token"));
    // nothing presented, a field twice, a body of another kind, and one that is too long
    let twice = format!("client_id=graph&client_id=graph&grant_type=client_credentials&client_secret={SECRET}");
    let urlencoded = "application/x-www-form-urlencoded";
    for (kind, body, status) in [
        (urlencoded, "client_id=graph&grant_type=client_credentials".to_owned(), 401),
        (urlencoded, twice, 400),
        ("application/json", form().to_string(), 400),
        (urlencoded, format!("client_secret={}", "x".repeat(20 * 1024)), 400),
    ] {
        let answer = client.post(&url).header("content-type", kind).body(body).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), status, "{kind}");
    }
    assert_eq!(house.lab.journal().count(Kind::Token), 0);
}

#[tokio::test]
async fn a_tenant_that_has_not_consented_is_refused_in_words() {
    let (house, _) = house().await;
    let stranger = house.lab.directory().create_tenant("Stranger").to_string();
    let answer = post(&house, &stranger, &form()).await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    let answer = body(answer).await;
    assert_eq!((&answer["error"], &answer["code"]), (&json!("unauthorized_client"), &json!("not-consented")));
    assert_eq!(answer["correlation_id"], house.events("failed")[0]["id"]);
}

#[tokio::test]
async fn nothing_is_answered_in_the_clear() {
    let (house, _) = house().await;
    let client = reqwest::Client::new();
    let token = client.post(house.url(&format!("/{}/oauth2/v2.0/token", house.customer()))).form(&form());
    let metadata = client.get(house.url(&format!("/{}/v2.0/.well-known/openid-configuration", house.customer())));
    for request in [token, metadata] {
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::FORBIDDEN);
        assert_eq!(body(answer).await["code"], "in-the-clear");
    }
    assert_eq!(house.events("turned-away")[0]["reason"], "in-the-clear");
}

#[tokio::test]
async fn a_stranger_gets_addresses_from_the_tls_door_and_nothing_else() {
    let (house, _) = house().await;
    let client = house.over_tls();
    let mut answered = Vec::new();
    for route in routes() {
        let path = route.path.replace("{tenant}", &house.customer()).replace(['{', '}', '*'], "x");
        let answer = client.request(route.method.clone(), house.tls_url(&path)).send().await.unwrap();
        if answer.status().is_success() {
            answered.push((route.path, answer.json::<Value>().await.unwrap()));
        }
    }
    let [(path, metadata)] = answered.as_slice() else { panic!("{answered:?}") };
    assert_eq!(*path, "/{tenant}/v2.0/.well-known/openid-configuration");
    let authority = house.tls_url(&format!("/{}", house.customer()));
    assert_eq!(metadata["token_endpoint"], format!("{authority}/oauth2/v2.0/token"));
    assert_eq!(metadata["issuer"], format!("{authority}/v2.0"));
    for needed in ["authorization_endpoint", "jwks_uri"] {
        assert!(metadata[needed].as_str().unwrap().starts_with(&authority), "MSAL for JavaScript needs {needed}");
    }
    // the address in it is one the guard has let pass
    let url = house.tls_url(&format!("/{}/v2.0/.well-known/openid-configuration", house.customer()));
    let answer = client.get(url).header("host", "evil.example").send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
}

/// What an official SDK needs to know to take the broker for its authority.
fn options(house: &House) -> ClientOptions {
    let mut cloud = CustomConfiguration::default();
    cloud.authority_host = house.tls_url("/");
    ClientOptions {
        transport: Some(Transport::new(Arc::new(house.over_tls()))),
        cloud: Some(Arc::new(CloudConfiguration::Custom(cloud))),
        ..ClientOptions::default()
    }
}

#[tokio::test]
async fn the_official_credentials_take_the_broker_for_their_authority() {
    let (house, mint) = house().await;
    let file: PathBuf = house.folder.join("federated-token");
    std::fs::write(&file, mint.token(|_| {})).unwrap();
    let workload = WorkloadIdentityCredential::new(Some(WorkloadIdentityCredentialOptions {
        credential_options: ClientAssertionCredentialOptions { client_options: options(&house) },
        client_id: Some("graph".into()),
        tenant_id: Some(house.customer()),
        token_file_path: Some(file),
    }))
    .unwrap();
    let token = workload.get_token(&[GRAPH], None).await.unwrap();
    let secret = ClientSecretCredential::new(
        &house.customer(),
        "graph".into(),
        SECRET.to_owned().into(),
        Some(ClientSecretCredentialOptions { client_options: options(&house) }),
    )
    .unwrap();
    let same = secret.get_token(&[GRAPH], None).await.unwrap();
    assert_eq!(token.token.secret(), same.token.secret());
    assert_eq!(house.lab.journal().count(Kind::Token), 1, "Entra was asked once");

    // the words of a refusal reach the program
    let wrong = ClientSecretCredential::new(
        &house.customer(),
        "graph".into(),
        "x".repeat(43).into(),
        Some(ClientSecretCredentialOptions { client_options: options(&house) }),
    )
    .unwrap();
    let error = wrong.get_token(&[GRAPH], None).await.unwrap_err();
    assert!(error.to_string().contains("the secret is not one of a caller"), "{error}");
}
