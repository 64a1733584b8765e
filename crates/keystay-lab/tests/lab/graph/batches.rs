//! Many requests in one.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::admin;
use crate::support::{Answer, Bench};

async fn batch(bench: &Bench, token: &str, requests: Value) -> Answer {
    bench.graph("POST", "$batch", token, &json!({ "requests": requests })).await
}

#[tokio::test]
async fn each_request_of_a_batch_has_an_answer_of_its_own() {
    let bench = Bench::ready().await;
    let admin = admin(&bench).await;
    let app = format!("/applications(appId='{}')", bench.app());
    let requests = json!([
        { "id": "1", "method": "GET", "url": "/users?$select=displayName&$top=1" },
        { "id": "2", "method": "GET", "url": format!("/applications?$filter=appId eq '{}'", bench.app()) },
        {
            "id": "3", "method": "PATCH", "url": app, "body": { "displayName": "Renamed" },
            "headers": { "Content-Type": "application/json" },
        },
        { "id": "4", "method": "GET", "url": format!("{app}?$select=displayName"), "dependsOn": ["3"] },
        { "id": "5", "method": "GET", "url": "/nothing" },
        {
            "id": "6", "method": "PATCH", "url": app, "body": { "displayName": "Never" }, "dependsOn": ["5"],
            "headers": { "Content-Type": "application/json" },
        },
    ]);
    let answers = batch(&bench, &admin, requests).await.body["responses"].clone();
    let status = |place: usize| answers[place]["status"].as_u64().unwrap();
    assert_eq!([0, 1, 2, 3, 4, 5].map(status), [200, 200, 204, 200, 400, 424]);
    assert_eq!(answers[0]["body"]["value"].as_array().unwrap().len(), 1);
    assert_eq!(answers[1]["body"]["value"][0]["appId"], json!(bench.app()));
    assert_eq!(answers[3]["body"]["displayName"], "Renamed");
    assert!(answers[0]["headers"]["Content-Type"].as_str().unwrap().starts_with("application/json"));
    assert_eq!(answers[4]["body"]["error"]["code"], "BadRequest");
    assert!(answers[2].get("body").is_none());
}

#[tokio::test]
async fn a_batch_goes_no_further_than_its_bearer_and_no_deeper_than_itself() {
    let bench = Bench::ready().await;
    let token = bench.app_token(bench.juniper()).await.token().to_owned();
    let requests = json!([
        { "id": "a", "method": "GET", "url": "/users?$top=1" },
        { "id": "b", "method": "GET", "url": "/applications", "headers": { "Authorization": "Bearer x" } },
        {
            "id": "c", "method": "POST", "url": "/$batch", "body": { "requests": [] },
            "headers": { "Content-Type": "application/json" },
        },
    ]);
    let answers = batch(&bench, &token, requests).await.body["responses"].clone();
    let statuses: Vec<_> = answers.as_array().unwrap().iter().map(|one| one["status"].as_u64().unwrap()).collect();
    assert_eq!(statuses, [200, 403, 400]);
    assert_eq!(answers[2]["body"]["error"]["code"], "BadRequest");
    assert_eq!(batch(&bench, "no token", json!([])).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_batch_that_is_none_is_refused_as_a_whole() {
    let bench = Bench::ready().await;
    let admin = admin(&bench).await;
    let one = |id: &str, on: &[&str]| json!({ "id": id, "method": "GET", "url": "/users", "dependsOn": on });
    let many: Vec<_> = (0..21).map(|number| one(&number.to_string(), &[])).collect();
    for bad in [
        json!([]),
        json!(many),
        json!([one("1", &[]), one("1", &[])]),
        json!([one("1", &["2"]), one("2", &[])]),
        json!([{ "id": 1 }]),
        json!([{ "id": "1", "method": "PATCH", "url": "/users/x", "body": { "jobTitle": "CFO" } }]),
        json!([{ "id": "1", "method": "POST", "url": "/users", "headers": { "content-type": "application/json" } }]),
        json!("x"),
    ] {
        assert_eq!(batch(&bench, &admin, bad).await.status, StatusCode::BAD_REQUEST);
    }
}

#[tokio::test]
async fn an_address_in_a_batch_that_names_a_host_leads_nowhere() {
    let bench = Bench::ready().await;
    let admin = admin(&bench).await;
    let requests = json!([
        { "id": "1", "method": "GET", "url": "https://graph.microsoft.com/v1.0/users?$top=1" },
        { "id": "2", "method": "GET", "url": "users?$top=1" },
    ]);
    let answers = batch(&bench, &admin, requests).await.body["responses"].clone();
    assert_eq!((&answers[0]["status"], &answers[1]["status"]), (&json!(400), &json!(200)));
    let message = answers[0]["body"]["error"]["message"].as_str().unwrap();
    assert!(message.starts_with("Resource not found for the segment 'https:'"), "{message}");
}
