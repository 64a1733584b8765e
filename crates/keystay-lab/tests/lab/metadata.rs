//! What Entra publishes about itself.

use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::Bench;

const LOGIN: &str = "https://login.microsoftonline.com";

#[tokio::test]
async fn metadata_names_a_tenant_by_its_id_and_leaves_a_place_for_any() {
    let bench = Bench::ready().await;
    let juniper = bench.juniper();
    let get = async |path: &str| bench.get(&format!("{LOGIN}/{path}"), "").await.body;
    let v2 = get("juniper.onmicrosoft.com/v2.0/.well-known/openid-configuration").await;
    assert_eq!(v2["issuer"], format!("{LOGIN}/{juniper}/v2.0"));
    assert_eq!(v2["token_endpoint"], format!("{LOGIN}/{juniper}/oauth2/v2.0/token"));
    assert_eq!(v2["authorization_endpoint"], format!("{LOGIN}/{juniper}/oauth2/v2.0/authorize"));
    let mtls = format!("https://mtlsauth.microsoft.com/{juniper}/oauth2/v2.0/token");
    assert_eq!(v2["mtls_endpoint_aliases"]["token_endpoint"], mtls);

    let v1 = get(&format!("{juniper}/.well-known/openid-configuration")).await;
    assert_eq!(v1["issuer"], format!("https://sts.windows.net/{juniper}/"));
    assert_eq!(v1["token_endpoint"], format!("{LOGIN}/{juniper}/oauth2/token"));
    assert_eq!(v1["jwks_uri"], format!("{LOGIN}/{juniper}/discovery/keys"));

    for shared in ["common", "organizations"] {
        let v2 = get(&format!("{shared}/v2.0/.well-known/openid-configuration")).await;
        assert_eq!(v2["issuer"], format!("{LOGIN}/{{tenantid}}/v2.0"));
        assert_eq!(v2["token_endpoint"], format!("{LOGIN}/{shared}/oauth2/v2.0/token"));
    }
    let unknown = bench.get(&format!("{LOGIN}/nowhere.example.com/v2.0/.well-known/openid-configuration"), "").await;
    assert_eq!((unknown.status, &unknown.body["error"]), (StatusCode::BAD_REQUEST, &json!("invalid_tenant")));
    assert_eq!(unknown.aadsts(), 90_002);
}

#[tokio::test]
async fn sign_in_on_another_device_is_refused_where_the_metadata_points_to() {
    let bench = Bench::ready().await;
    for version in ["/v2.0", ""] {
        let metadata = format!("{LOGIN}/organizations{version}/.well-known/openid-configuration");
        let metadata = bench.get(&metadata, "").await.body;
        let endpoint = metadata["device_authorization_endpoint"].as_str().unwrap();
        let app = bench.app().to_string();
        let refused = bench.post(endpoint, &[("client_id", &app), ("scope", "openid")]).await;
        assert_eq!(refused.aadsts(), 70_003);
        assert_eq!(
            (refused.status, &refused.body["error"]),
            (StatusCode::BAD_REQUEST, &json!("unsupported_grant_type"))
        );
        assert_eq!(bench.post(endpoint, &[]).await.aadsts(), 900_144);
    }
}

#[tokio::test]
async fn every_key_list_verifies_the_tokens_and_shows_the_certificate() {
    let bench = Bench::ready().await;
    let token = bench.app_token(bench.juniper()).await;
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_audience(&["https://graph.microsoft.com"]);
    let kid = jsonwebtoken::decode_header(token.token()).unwrap().kid.unwrap();
    for path in ["common/discovery/v2.0/keys", "common/discovery/keys", "juniper.onmicrosoft.com/discovery/v2.0/keys"] {
        let keys = bench.get(&format!("{LOGIN}/{path}"), "").await.body;
        let key = &keys["keys"][0];
        let read = DecodingKey::from_jwk(&serde_json::from_value(key.clone()).unwrap()).unwrap();
        jsonwebtoken::decode::<Value>(token.token(), &read, &validation).unwrap();
        assert_eq!((&key["kid"], &key["x5t"]), (&json!(kid), &json!(kid)), "{path}");
        assert!(key["x5c"][0].is_string(), "{path}");
        assert_eq!(key.get("issuer").is_some(), path.contains("v2.0"), "{path}");
    }
}

#[tokio::test]
async fn a_library_that_asks_about_a_login_host_is_told_which_belong_together() {
    let bench = Bench::ready().await;
    let ask = async |endpoint: &str, version: &str| {
        let url = format!("{LOGIN}/common/discovery/instance?api-version={version}&authorization_endpoint={endpoint}");
        bench.get(&url, "").await
    };
    let known = ask("https://login.windows.net/organizations/oauth2/v2.0/authorize", "1.1").await;
    assert_eq!(
        known.body["tenant_discovery_endpoint"],
        "https://login.windows.net/organizations/v2.0/.well-known/openid-configuration"
    );
    let public = &known.body["metadata"][0];
    assert_eq!(
        (&public["preferred_network"], &public["preferred_cache"]),
        (&json!("login.microsoftonline.com"), &json!("login.windows.net"))
    );
    assert!(public["aliases"].as_array().unwrap().contains(&json!("sts.windows.net")));
    assert_eq!(
        ask("https://login.microsoftonline.com/common/oauth2/authorize", "1.0").await.body.get("metadata"),
        None
    );
    for wrong in ["https://evil.example/common/oauth2/v2.0/authorize", "http://login.microsoftonline.com/common", "x"] {
        let answer = ask(wrong, "1.1").await;
        assert_eq!((answer.aadsts(), &answer.body["error"]), (50_049, &json!("invalid_instance")), "{wrong}");
    }
}

#[tokio::test]
async fn a_name_belongs_to_a_managed_domain_or_to_none() {
    let bench = Bench::ready().await;
    let ask = async |user: &str| bench.get(&format!("{LOGIN}/common/userrealm/{user}?api-version=1.0"), "").await.body;
    assert_eq!(ask("admin@juniper.onmicrosoft.com").await["account_type"], "Managed");
    assert_eq!(ask("somebody@elsewhere.example").await["account_type"], "Unknown");
}
