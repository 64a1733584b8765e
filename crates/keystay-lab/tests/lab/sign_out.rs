//! A person signs out: the page, and where the browser may be sent from there.

use keystay_lab::{LabOptions, NewApp};
use reqwest::{Response, StatusCode};
use serde_json::Value;
use uuid::Uuid;

use crate::support::{Answer, Bench, token_endpoint};

const HOME: &str = "harbor.onmicrosoft.com";
const WEB: &str = "https://harbor.example/signed-out?from=lab";
const CLI: &str = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";

async fn story() -> (Bench, Uuid) {
    let bench = Bench::start(LabOptions::new()).await;
    let app = NewApp { redirect_uris: vec![WEB.to_owned()], multi_tenant: true, ..NewApp::default() };
    let app = bench.lab.directory().create_app(app).unwrap().app_id;
    (bench, app)
}

async fn sign_out(bench: &Bench, tenant: &str, fields: &[(&str, &str)]) -> Response {
    let url = format!("https://login.microsoftonline.com/{tenant}/oauth2/v2.0/logout");
    bench.http.get(url).query(fields).send().await.unwrap()
}

fn location(answer: &Response) -> Option<&str> {
    answer.headers().get("location").map(|value| value.to_str().unwrap())
}

/// What the browser is sent on to, which must be the page alone when it is nowhere.
async fn goes_to(bench: &Bench, tenant: &str, fields: &[(&str, &str)]) -> Option<String> {
    let answer = sign_out(bench, tenant, fields).await;
    let there = location(&answer).map(str::to_owned);
    let expected = if there.is_some() { StatusCode::FOUND } else { StatusCode::OK };
    assert_eq!(answer.status(), expected);
    if there.is_none() {
        assert!(answer.text().await.unwrap().contains("You are signed out"));
    }
    there
}

#[tokio::test]
async fn the_endpoint_in_the_metadata_says_that_one_is_signed_out() {
    let (bench, _) = story().await;
    for (metadata, version) in [("v2.0/.well-known", "v2.0/"), (".well-known", "")] {
        let url = format!("https://login.microsoftonline.com/{HOME}/{metadata}/openid-configuration");
        let document: Value = bench.http.get(url).send().await.unwrap().json().await.unwrap();
        let endpoint = document["end_session_endpoint"].as_str().unwrap();
        assert!(endpoint.ends_with(&format!("/oauth2/{version}logout")), "{endpoint}");
        let answer = bench.http.get(endpoint).send().await.unwrap();
        assert_eq!((answer.status(), location(&answer)), (StatusCode::OK, None));
        assert_eq!(answer.headers()["content-type"], "text/html; charset=utf-8");
        assert!(answer.text().await.unwrap().contains("You are signed out"));
        let posted = bench.http.post(endpoint).form(&[("post_logout_redirect_uri", WEB)]).send().await.unwrap();
        assert_eq!((posted.status(), location(&posted)), (StatusCode::FOUND, Some(WEB)));
    }
}

#[tokio::test]
async fn a_browser_is_sent_to_a_registered_address_with_the_state_and_to_no_other() {
    let (bench, app) = story().await;
    let to = |address| ("post_logout_redirect_uri", address);
    assert_eq!(goes_to(&bench, HOME, &[to(WEB)]).await.as_deref(), Some(WEB));
    assert_eq!(goes_to(&bench, "common", &[to(WEB)]).await.as_deref(), Some(WEB));
    let with_state = goes_to(&bench, HOME, &[to(WEB), ("state", "a&b")]).await;
    assert_eq!(with_state, Some(format!("{WEB}&state=a%26b")));
    for foreign in ["https://evil.example/", "https://harbor.example/signed-out", "javascript:alert(1)", "nowhere"] {
        assert_eq!(goes_to(&bench, HOME, &[to(foreign)]).await, None, "{foreign}");
    }
    let page = sign_out(&bench, HOME, &[to("https://evil.example/<b>")]).await.text().await.unwrap();
    assert!(page.contains("https://evil.example/&lt;b&gt;"), "{page}");

    // a customer who never let the application in knows none of its addresses
    assert_eq!(goes_to(&bench, "juniper.onmicrosoft.com", &[to(WEB)]).await, None);
    bench.lab.directory().consent(app, bench.lab.seed().juniper.id).unwrap();
    assert_eq!(goes_to(&bench, "juniper.onmicrosoft.com", &[to(WEB)]).await.as_deref(), Some(WEB));
}

#[tokio::test]
async fn an_application_that_is_named_goes_to_its_own_addresses_only() {
    let (bench, app) = story().await;
    let home = &bench.lab.seed().home;
    let fields = [
        ("grant_type", "password"),
        ("client_id", CLI),
        ("username", &home.user),
        ("password", home.password),
        ("scope", "openid User.Read"),
    ];
    let signed_in: Answer = bench.post(&token_endpoint(&HOME), &fields).await;
    let id_token = signed_in.body["id_token"].as_str().unwrap_or_else(|| panic!("{}", signed_in.body));
    let to = |address| ("post_logout_redirect_uri", address);
    for name in [("client_id", CLI), ("id_token_hint", id_token)] {
        assert_eq!(goes_to(&bench, HOME, &[name, to(WEB)]).await, None, "{name:?}");
        let own = goes_to(&bench, HOME, &[name, to("http://localhost:7000/")]).await;
        assert_eq!(own.as_deref(), Some("http://localhost:7000/"));
    }
    let named = goes_to(&bench, HOME, &[("client_id", &app.to_string()), to(WEB)]).await;
    assert_eq!(named.as_deref(), Some(WEB));
    assert_eq!(goes_to(&bench, HOME, &[("client_id", "nobody"), to(WEB)]).await, None);
    let me = bench.get("https://graph.microsoft.com/v1.0/me", signed_in.token()).await;
    assert_eq!(me.status, StatusCode::OK, "a token outlives the sign-out");
}

#[tokio::test]
async fn a_tenant_that_does_not_exist_signs_nobody_out() {
    let (bench, _) = story().await;
    let answer = sign_out(&bench, "nobody.onmicrosoft.com", &[("post_logout_redirect_uri", WEB)]).await;
    assert_eq!((answer.status(), location(&answer)), (StatusCode::BAD_REQUEST, None));
    assert!(answer.text().await.unwrap().contains("AADSTS90002"));
}
