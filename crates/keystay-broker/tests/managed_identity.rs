//! The managed-identity doors, from outside: what SDKs send, and what others might.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use keystay_broker::BearerHash;
use keystay_lab::{Fault, Kind};
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use support::{House, SECRET};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// A secret that fits a path, of the caller `reports` as well.
const IN_PATH: &str = "0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9";
const RESOURCE: &str = "https://graph.microsoft.com";

async fn house() -> House {
    House::with(|config| {
        let hashes = [SECRET, IN_PATH].map(|secret| BearerHash::of(secret).to_hex());
        config["callers"]["reports"] = json!({ "bearer_sha256": hashes });
        // the same app under another name, which `reports` may not use
        config["identities"]["other"] = config["identities"]["graph"].clone();
    })
    .await
}

/// App Service's request, as the path says whose and where.
fn app_service(house: &House, path: &str) -> RequestBuilder {
    let query = [("api-version", "2019-08-01"), ("resource", RESOURCE)];
    Client::new().get(house.url(path)).query(&query).header("X-IDENTITY-HEADER", SECRET)
}

fn metadata(house: &House, path: &str) -> RequestBuilder {
    let query = [("api-version", "2018-02-01"), ("resource", RESOURCE)];
    Client::new().get(house.url(path)).query(&query).header("Metadata", "true")
}

fn cloud_shell(house: &House, path: &str) -> RequestBuilder {
    Client::new().post(house.url(path)).form(&[("resource", RESOURCE)]).header("Metadata", "true")
}

fn azure_ml(house: &House, path: &str) -> RequestBuilder {
    let query = [("api-version", "2017-09-01"), ("resource", RESOURCE)];
    Client::new().get(house.url(path)).query(&query).header("secret", SECRET)
}

async fn told(answer: Response, status: StatusCode) -> Value {
    let was = answer.status();
    let body = answer.text().await.unwrap();
    assert_eq!(was, status, "{body}");
    serde_json::from_str(&body).unwrap()
}

/// The claims of a token the broker answered with.
async fn claims(request: RequestBuilder) -> Value {
    let answer = told(request.send().await.unwrap(), StatusCode::OK).await;
    claims_of(&answer)
}

fn claims_of(answer: &Value) -> Value {
    let token = answer["access_token"].as_str().unwrap();
    let claims = azure_core::base64::decode_url_safe(token.split('.').nth(1).unwrap()).unwrap();
    serde_json::from_slice(&claims).unwrap()
}

#[tokio::test]
async fn the_answer_suits_every_sdk() {
    let house = house().await;
    let answer = app_service(&house, &format!("/msi/graph/{}", house.customer())).send().await.unwrap();
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let answer = told(answer, StatusCode::OK).await;
    assert_eq!(answer["token_type"], "Bearer");
    assert_eq!(answer["resource"], RESOURCE);
    let app = house.lab.seed().ready_app.unwrap().to_string();
    assert_eq!(answer["client_id"], app);
    let claims = claims_of(&answer);
    // counted from the request, not from the answer: a little early, never late
    let expires_on: u64 = answer["expires_on"].as_str().unwrap().parse().unwrap();
    let early = claims["exp"].as_u64().unwrap().checked_sub(expires_on).unwrap();
    assert!(early <= 10, "{early} s too early");
    let left: u64 = answer["expires_in"].as_str().unwrap().parse().unwrap();
    assert!((300..=90 * 60).contains(&left), "{left}");
    assert_eq!((&claims["tid"], &claims["appid"]), (&json!(house.customer()), &json!(app)));
    assert_eq!(claims["aud"], RESOURCE);
    let granted = house.events("granted");
    assert_eq!((&granted[0]["door"], &granted[0]["caller"]), (&json!("app-service"), &json!("reports")));
}

#[tokio::test]
async fn every_protocol_leads_to_the_same_token() {
    let house = house().await;
    let place = format!("/msi/graph/{}", house.customer());
    let in_path = format!("/msi/{IN_PATH}/graph/{}", house.customer());
    let shouted = in_path.to_uppercase().replace("/MSI/", "/msi/");
    for (request, door) in [
        (app_service(&house, &place), "app-service"),
        (app_service(&house, &format!("{place}/")), "app-service"),
        (azure_ml(&house, &place), "azure-ml"),
        (cloud_shell(&house, &in_path), "cloud-shell"),
        (cloud_shell(&house, &format!("{shouted}/")), "cloud-shell"),
        (metadata(&house, &in_path), "cloud-shell"),
        (metadata(&house, &format!("{in_path}/metadata/identity/oauth2/token")), "instance-metadata"),
        (metadata(&house, &format!("{shouted}//Metadata/Identity/OAuth2/Token/")), "instance-metadata"),
    ] {
        assert_eq!(claims(request).await["tid"], json!(house.customer()), "{door}");
        assert_eq!(house.events("granted").last().unwrap()["door"], door);
    }
    assert_eq!(house.lab.journal().count(Kind::Token), 1);
}

#[tokio::test]
async fn who_is_at_the_socket_needs_no_secret() {
    let house = house().await;
    let query = [("resource", RESOURCE), ("client_id", "graph@juniper.onmicrosoft.com")];
    let answer = house.over_socket().get("http://keystay/msi").query(&query).send().await.unwrap();
    told(answer, StatusCode::OK).await;
    assert_eq!(house.events("granted")[0]["caller"], "local");
}

#[tokio::test]
async fn the_client_id_names_identity_and_tenant_and_goes_before_the_path() {
    let house = house().await;
    let (juniper, marlow) = (house.customer(), house.lab.seed().marlow.id.to_string());
    let app = house.lab.seed().ready_app.unwrap().to_string();
    let of_marlow = format!("graph@{marlow}");
    for (path, name, value, tenant) in [
        ("/msi".to_owned(), "client_id", of_marlow.clone(), &marlow),
        ("/msi/".to_owned(), "object_id", of_marlow.clone(), &marlow),
        (format!("/msi/graph/{juniper}"), "mi_res_id", of_marlow, &marlow),
        (format!("/msi/graph/{juniper}"), "client_id", "graph".to_owned(), &juniper),
        (format!("/msi/graph/{juniper}"), "client_id", app.to_uppercase(), &juniper),
        (format!("/msi/other/{juniper}"), "clientid", format!("{app}@{marlow}"), &marlow),
        (format!("/msi/{app}/{juniper}"), "client_id", String::new(), &juniper),
    ] {
        let told = claims(app_service(&house, &path).query(&[(name, &value)])).await;
        assert_eq!(told["tid"], json!(tenant), "{path} {name}={value}");
    }
}

#[tokio::test]
async fn an_app_id_of_several_identities_is_answered_with_their_names() {
    let house = House::with(|config| {
        config["identities"]["other"] = config["identities"]["graph"].clone();
        config["rules"][0]["identities"] = json!(["graph", "other"]);
    })
    .await;
    let app = house.lab.seed().ready_app.unwrap().to_string();
    let asked = |path: &str| app_service(&house, path).query(&[("client_id", &app)]);
    let refused = asked(&format!("/msi/{app}/{}", house.customer())).send().await.unwrap();
    let words = told(refused, StatusCode::FORBIDDEN).await;
    assert_eq!(words["error"], "identity-ambiguous");
    assert!(words["message"].as_str().unwrap().contains("`graph`, `other`"), "{words}");
    // where the path names one of them, the app's id says nothing else
    claims(asked(&format!("/msi/other/{}", house.customer()))).await;
    assert_eq!(house.events("granted")[0]["identity"], "other");
}

#[tokio::test]
async fn a_stranger_is_refused_at_every_door_before_anything_is_read() {
    let house = house().await;
    let http = Client::new();
    let place = format!("/msi/graph/{}", house.customer());
    let wrong = "f".repeat(64);
    for request in [
        http.get(house.url("/msi")),
        http.get(house.url(&place)),
        http.get(house.url(&place)).header("X-IDENTITY-HEADER", &wrong),
        http.get(house.url(&place)).header("X-IDENTITY-HEADER", ""),
        http.get(house.url(&place)).header("X-IDENTITY-HEADER", "ü"),
        http.get(house.url(&place)).bearer_auth(SECRET),
        http.get(house.url(&place)).header("secret", &wrong),
        // with a second header of another protocol, the secret is where that protocol has it
        http.get(house.url(&place)).header("secret", &wrong).header("X-IDENTITY-HEADER", SECRET),
        cloud_shell(&house, &place).header("X-IDENTITY-HEADER", SECRET),
        cloud_shell(&house, &format!("/msi/{wrong}/graph/{}", house.customer())),
        // cut short, and not in the first place
        cloud_shell(&house, &format!("/msi/{}/graph/{}", &IN_PATH[..62], house.customer())),
        cloud_shell(&house, &format!("/msi/graph/{IN_PATH}")),
        metadata(&house, &format!("{place}/metadata/identity/oauth2/token")),
        metadata(&house, &format!("/msi/{wrong}{}", "/metadata/identity/oauth2/token")),
    ] {
        let words = told(request.send().await.unwrap(), StatusCode::UNAUTHORIZED).await;
        assert_eq!(words["statusCode"], 401);
        assert!(words["error"].is_string() && words["message"] == words["error_description"], "{words}");
    }
    assert_eq!(house.events("turned-away").len(), 14);
    assert_eq!(house.lab.journal().count(Kind::Token), 0);
}

#[tokio::test]
async fn a_secret_in_the_path_is_not_enough_without_the_header() {
    let house = house().await;
    let in_path = format!("/msi/{IN_PATH}/graph/{}", house.customer());
    let imds = format!("{in_path}/metadata/identity/oauth2/token");
    let http = Client::new();
    let query = [("resource", RESOURCE)];
    for request in [
        http.get(house.url(&imds)).query(&query),
        http.get(house.url(&imds)).query(&query).header("Metadata", "false"),
        http.get(house.url(&in_path)).query(&query),
        http.post(house.url(&in_path)).form(&query),
    ] {
        let words = told(request.send().await.unwrap(), StatusCode::BAD_REQUEST).await;
        assert!(words["message"].as_str().unwrap().contains("Metadata: true"), "{words}");
    }
    assert_eq!(house.lab.journal().count(Kind::Token), 0);
}

#[tokio::test]
async fn what_cannot_be_understood_is_said_and_what_is_not_allowed_is_on_record() {
    let house = house().await;
    let place = format!("/msi/graph/{}", house.customer());
    let client_id = |value: &str| app_service(&house, &place).query(&[("client_id", value)]);
    let malformed = StatusCode::BAD_REQUEST;
    let denied = StatusCode::FORBIDDEN;
    for (request, status, error) in [
        (app_service(&house, "/msi"), malformed, "malformed"),
        (app_service(&house, "/msi/graph"), malformed, "malformed"),
        (app_service(&house, "/msi/graph/common"), malformed, "malformed"),
        (app_service(&house, &format!("{place}/more")), malformed, "malformed"),
        (app_service(&house, &place).query(&[("resource", "https://other.example")]), malformed, "malformed"),
        (
            Client::new().get(house.url(&place)).header("X-IDENTITY-HEADER", SECRET).query(&[("resource", "")]),
            malformed,
            "malformed",
        ),
        (Client::new().get(house.url(&place)).header("X-IDENTITY-HEADER", SECRET), malformed, "malformed"),
        (client_id("graph@"), malformed, "malformed"),
        (client_id("mail"), denied, "identity-not-allowed"),
        (client_id("other"), denied, "identity-not-allowed"),
        (client_id("4a8b0000-0000-4000-8000-00000000ffff"), denied, "identity-not-allowed"),
        (app_service(&house, &format!("/msi/graph/{}", house.lab.seed().home.id)), denied, "forbidden-graph-at-home"),
    ] {
        let words = told(request.send().await.unwrap(), status).await;
        assert_eq!(words["error"], error, "{words}");
        if status == denied {
            let record = house.events("denied").pop().unwrap();
            assert_eq!((&record["id"], &record["reason"]), (&words["correlationId"], &words["error"]));
        }
    }
    assert_eq!(house.lab.journal().count(Kind::Token), 0);
}

#[tokio::test]
async fn a_slash_at_the_end_of_a_resource_belongs_to_it() {
    let house = house().await;
    let asked = |resource: &str| {
        let request = Client::new().get(house.url(&format!("/msi/graph/{}", house.customer())));
        request.header("X-IDENTITY-HEADER", SECRET).query(&[("resource", resource)])
    };
    for (resource, audience) in [
        ("https://management.azure.com/", "https://management.azure.com/"),
        ("https://management.azure.com", "https://management.azure.com"),
        ("https://management.azure.com/.default", "https://management.azure.com"),
    ] {
        assert_eq!(claims(asked(resource)).await["aud"], audience);
    }
}

#[tokio::test]
async fn an_outage_is_worth_another_try_and_a_missing_consent_is_not() {
    let house = house().await;
    house.lab.faults().add(Fault::status(503).on_host("login.microsoftonline.com"));
    let answer = app_service(&house, &format!("/msi/graph/{}", house.customer())).send().await.unwrap();
    let wait: u64 = answer.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!(wait >= 1);
    let words = told(answer, StatusCode::SERVICE_UNAVAILABLE).await;
    assert_eq!(words["correlationId"], house.events("failed")[0]["id"]);

    house.lab.faults().clear();
    let stranger = house.lab.directory().create_tenant("Stranger").to_string();
    let answer = app_service(&house, &format!("/msi/graph/{stranger}")).send().await.unwrap();
    assert!(!answer.headers().contains_key("retry-after"));
    let words = told(answer, StatusCode::FORBIDDEN).await;
    assert!(words["message"].as_str().unwrap().contains("adminconsent"), "{words}");
}

#[tokio::test]
async fn no_secret_of_a_path_is_on_record() {
    let house = house().await;
    let lost = IN_PATH.replace("0a1b", "ffff");
    claims(cloud_shell(&house, &format!("/msi/{IN_PATH}/graph/{}", house.customer()))).await;
    cloud_shell(&house, &format!("/msi/{lost}/graph/{}", house.customer())).send().await.unwrap();
    cloud_shell(&house, &format!("/msi/{IN_PATH}/mail/{}", house.customer())).send().await.unwrap();
    assert_eq!(house.journal().len(), 5, "two signatures' lines, and one for each request");
    let text = std::fs::read_to_string(house.folder.join("audit.jsonl")).unwrap();
    assert!(!text.contains(IN_PATH) && !text.contains(&lost), "{text}");
}

/// Bytes no client library would send.
async fn raw(house: &House, head: &str) -> String {
    let address = house.broker.loopback().unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("{head}\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer.lines().next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn paths_that_point_elsewhere_lead_nowhere() {
    let house = house().await;
    let header = format!("X-IDENTITY-HEADER: {SECRET}");
    let tenant = house.customer();
    for (target, status) in [
        (format!("/msi/../msi/graph/{tenant}?resource={RESOURCE}"), "403"),
        (format!("/msi/graph/{tenant}/%2e%2e?resource={RESOURCE}"), "403"),
        (format!("/msi/graph;x/{tenant}?resource={RESOURCE}"), "403"),
        (format!("/msi/graph/{tenant}%00?resource={RESOURCE}"), "403"),
        (format!("/MSI/graph/{tenant}?resource={RESOURCE}"), "403"),
        (format!("/msi/graph/{tenant}?resource={RESOURCE}%0d%0aX: y"), "400"),
    ] {
        let answer = raw(&house, &format!("GET {target} HTTP/1.1\r\n{header}")).await;
        assert!(answer.contains(status), "{target}: {answer}");
    }
    assert_eq!(house.lab.journal().count(Kind::Token), 0);
}
