//! Applications: their secrets, owners, trusted issuers, and their end.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{admin, get, ids};
use crate::support::{Bench, GRAPH, token_endpoint};

async fn with_secret(bench: &Bench, secret: &str) -> crate::support::Answer {
    let client = bench.app().to_string();
    let fields =
        [("grant_type", "client_credentials"), ("client_id", &client), ("client_secret", secret), ("scope", GRAPH)];
    bench.post(&token_endpoint(&bench.juniper()), &fields).await
}

#[tokio::test]
async fn a_secret_is_shown_once_and_works_until_it_is_removed_or_ends() {
    let bench = Bench::ready().await;
    let admin = admin(&bench).await;
    let path = format!("applications(appId='{}')", bench.app());
    let day = time::OffsetDateTime::from_unix_timestamp(bench.now() + 86_400).unwrap();
    let end = day.format(&time::format_description::well_known::Rfc3339).unwrap();
    let body = json!({ "passwordCredential": { "displayName": "deploy", "endDateTime": end } });
    let added = bench.graph("POST", &format!("{path}/addPassword"), &admin, &body).await;
    assert_eq!(added.status, StatusCode::OK, "{}", added.body);
    assert_eq!(added.body["displayName"], "deploy");
    let secret = added.body["secretText"].as_str().unwrap();
    with_secret(&bench, secret).await.token();
    let listed = get(&bench, &format!("{path}?$select=passwordCredentials"), &admin).await;
    let listed = &listed["passwordCredentials"][0];
    assert_eq!((&listed["secretText"], &listed["keyId"]), (&Value::Null, &added.body["keyId"]));
    assert!(secret.starts_with(listed["hint"].as_str().unwrap()));

    let second = bench.graph("POST", &format!("{path}/addPassword"), &admin, &Value::Null).await.body;
    let second = second["secretText"].as_str().unwrap();
    bench.lab.clock().advance(std::time::Duration::from_secs(2 * 86_400));
    assert_eq!(with_secret(&bench, secret).await.aadsts(), 7_000_222);
    with_secret(&bench, second).await.token();

    let admin = super::admin(&bench).await;
    let remove = json!({ "keyId": added.body["keyId"] });
    let removed = bench.graph("POST", &format!("{path}/removePassword"), &admin, &remove).await;
    assert_eq!(removed.status, StatusCode::NO_CONTENT, "{}", removed.body);
    assert_eq!(with_secret(&bench, secret).await.aadsts(), 7_000_215);
    let again = bench.graph("POST", &format!("{path}/removePassword"), &admin, &remove).await;
    assert_eq!(again.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_new_application_brings_its_first_secret_along() {
    let bench = Bench::ready().await;
    let admin = admin(&bench).await;
    let body = json!({ "displayName": "With secret", "passwordCredentials": [{ "displayName": "first" }] });
    let made = bench.graph("POST", "applications", &admin, &body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    assert!(made.body["passwordCredentials"][0]["secretText"].as_str().unwrap().len() > 30);
    assert_eq!(
        made.headers["location"],
        format!("https://graph.microsoft.com/v1.0/applications/{}", made.body["id"].as_str().unwrap())
    );
    let bad = json!({ "displayName": "Half", "signInAudience": "Everybody" });
    assert_eq!(bench.graph("POST", "applications", &admin, &bad).await.status, StatusCode::BAD_REQUEST);
    let found = get(&bench, "applications?$filter=displayName eq 'Half'", &admin).await;
    assert_eq!(found["value"], json!([]), "nothing of a refused application stays");
}

#[tokio::test]
async fn an_owner_changes_the_application_and_nobody_after_being_removed() {
    let bench = Bench::ready().await;
    let (admin, seed) = (admin(&bench).await, bench.lab.seed());
    let person = bench.sign_in(&seed.home.user, seed.home.password).await.token().to_owned();
    let id = get(&bench, &format!("users/{}", seed.home.user), &admin).await["id"].as_str().unwrap().to_owned();
    let app = format!("applications(appId='{}')", bench.app());
    let rename = async || bench.graph("PATCH", &app, &person, &json!({ "notes": "mine" })).await.status;
    assert_eq!(rename().await, StatusCode::FORBIDDEN);
    let reference = json!({ "@odata.id": format!("https://graph.microsoft.com/v1.0/directoryObjects/{id}") });
    let added = bench.graph("POST", &format!("{app}/owners/$ref"), &admin, &reference).await;
    assert_eq!(added.status, StatusCode::NO_CONTENT, "{}", added.body);
    assert_eq!(rename().await, StatusCode::NO_CONTENT);
    let owners = get(&bench, &format!("{app}/owners"), &admin).await;
    assert_eq!(owners["value"][0]["@odata.type"], "#microsoft.graph.user");
    assert_eq!(ids(&owners), [id.clone()].into());
    let owned = get(&bench, "me/ownedObjects?$select=appId", &person).await;
    assert_eq!(owned["value"][0]["appId"], json!(bench.app()));
    let one = format!("{app}/owners/{id}/$ref");
    assert_eq!(bench.graph("DELETE", &one, &admin, &Value::Null).await.status, StatusCode::NO_CONTENT);
    assert_eq!(rename().await, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn trusted_issuers_are_listed_changed_and_removed() {
    let bench = Bench::ready().await;
    let admin = admin(&bench).await;
    let list = format!("applications(appId='{}')/federatedIdentityCredentials", bench.app());
    let body = json!({
        "name": "pipeline", "issuer": "https://token.actions.githubusercontent.com",
        "subject": "repo:harbor/app:ref:refs/heads/main", "audiences": ["api://AzureADTokenExchange"],
    });
    let made = bench.graph("POST", &list, &admin, &body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    assert_eq!(bench.graph("POST", &list, &admin, &body).await.status, StatusCode::CONFLICT);
    let mut two = body.clone();
    (two["name"], two["audiences"]) = ("other".into(), json!(["a", "b"]));
    assert_eq!(bench.graph("POST", &list, &admin, &two).await.status, StatusCode::BAD_REQUEST);
    let one = format!("{list}/pipeline");
    let change = json!({ "subject": "repo:harbor/app:environment:production" });
    assert_eq!(bench.graph("PATCH", &one, &admin, &change).await.status, StatusCode::NO_CONTENT);
    assert_eq!(bench.graph("PATCH", &one, &admin, &json!({ "name": "x" })).await.status, StatusCode::BAD_REQUEST);
    let read = get(&bench, &format!("{list}/{}", made.body["id"].as_str().unwrap()), &admin).await;
    assert_eq!(read["subject"], change["subject"]);
    assert_eq!(read["audiences"], body["audiences"]);
    assert_eq!(get(&bench, &list, &admin).await["value"].as_array().unwrap().len(), 1);
    assert_eq!(bench.graph("DELETE", &one, &admin, &Value::Null).await.status, StatusCode::NO_CONTENT);
    assert_eq!(get(&bench, &list, &admin).await["value"], json!([]));
}

#[tokio::test]
async fn a_deleted_application_gets_no_token_until_it_is_restored() {
    let bench = Bench::ready().await;
    let admin = admin(&bench).await;
    let id = bench.lab.directory().application(bench.app()).unwrap().id;
    let path = format!("applications/{id}");
    assert_eq!(bench.graph("DELETE", &path, &admin, &Value::Null).await.status, StatusCode::NO_CONTENT);
    assert_eq!(bench.graph("GET", &path, &admin, &Value::Null).await.status, StatusCode::NOT_FOUND);
    assert_eq!(bench.ask_with(&bench.claims()).await.aadsts(), 700_016);
    let deleted = get(&bench, "directory/deletedItems/microsoft.graph.application", &admin).await;
    assert_eq!(ids(&deleted), [id.to_string()].into());
    let restore = format!("directory/deletedItems/{id}/restore");
    let restored = bench.graph("POST", &restore, &admin, &Value::Null).await;
    assert_eq!(restored.status, StatusCode::OK, "{}", restored.body);
    bench.ask_with(&bench.claims()).await.token();
    bench.graph("DELETE", &path, &admin, &Value::Null).await;
    let item = format!("directory/deletedItems/{id}");
    assert_eq!(bench.graph("DELETE", &item, &admin, &Value::Null).await.status, StatusCode::NO_CONTENT);
    assert_eq!(bench.graph("POST", &restore, &admin, &Value::Null).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_is_deleted_is_gone_after_thirty_days() {
    let bench = Bench::ready().await;
    let id = bench.lab.directory().application(bench.app()).unwrap().id;
    let path = format!("applications/{id}");
    let deleted = bench.graph("DELETE", &path, &admin(&bench).await, &Value::Null).await;
    assert_eq!(deleted.status, StatusCode::NO_CONTENT);
    bench.lab.clock().advance(std::time::Duration::from_secs(31 * 86_400));
    let restore = format!("directory/deletedItems/{id}/restore");
    let late = bench.graph("POST", &restore, &admin(&bench).await, &Value::Null).await;
    assert_eq!(late.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_sdk_may_send_a_whole_application_back() {
    let bench = Bench::ready().await;
    let admin = admin(&bench).await;
    let path = format!("applications(appId='{}')", bench.app());
    let publisher = json!({ "verifiedPublisherId": "1234567" });
    let set = bench.graph("POST", &format!("{path}/setVerifiedPublisher"), &admin, &publisher).await;
    assert_eq!(set.status, StatusCode::NO_CONTENT, "{}", set.body);
    let whole = get(&bench, &path, &admin).await;
    assert_eq!(whole["verifiedPublisher"]["displayName"], "Harbor");
    let names = [
        "displayName",
        "signInAudience",
        "requiredResourceAccess",
        "web",
        "api",
        "spa",
        "publicClient",
        "info",
        "keyCredentials",
        "servicePrincipalLockConfiguration",
        "tags",
        "notes",
        "appRoles",
        "identifierUris",
    ];
    let changes: serde_json::Map<_, _> = names.iter().map(|name| ((*name).to_owned(), whole[*name].clone())).collect();
    let patched = bench.graph("PATCH", &path, &admin, &changes.into()).await;
    assert_eq!(patched.status, StatusCode::NO_CONTENT, "{}", patched.body);
    assert_eq!(get(&bench, &path, &admin).await, whole);
    bench.ask_with(&bench.claims()).await.token();
}
