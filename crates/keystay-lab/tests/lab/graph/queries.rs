//! Filters, selections, counts and pages: the same for every collection.

use std::collections::BTreeSet;

use keystay_lab::NewApp;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{admin, get};
use crate::support::{Answer, Bench};

#[tokio::test]
async fn applications_are_found_by_filters_in_pages() {
    let bench = Bench::ready().await;
    for number in 0..5 {
        let app = NewApp { display_name: format!("Report {number}"), ..NewApp::default() };
        bench.lab.directory().create_app(app).unwrap();
    }
    let admin = admin(&bench).await;
    let count = async |filter: &str| {
        let found = get(&bench, &format!("applications?$filter={filter}"), &admin).await;
        found["value"].as_array().unwrap_or_else(|| panic!("{filter}: {found}")).len()
    };
    assert_eq!(count("startswith(displayName,'report')").await, 5);
    assert_eq!(count("displayName eq 'Report 3'").await, 1);
    assert_eq!(count("displayName in ('Report 3','Report 4','x')").await, 2);
    assert_eq!(count(&format!("appId eq '{}'", bench.app())).await, 1);
    assert_eq!(count("displayName eq 'Report 3' or displayName eq 'Harbor Insights'").await, 2);
    let mut next = Some("applications?$filter=startswith(displayName,'Report')&$select=displayName&$top=2".to_owned());
    let (mut names, mut pages) = (BTreeSet::new(), 0);
    while let Some(path) = next {
        let page = get(&bench, &path, &admin).await;
        assert_eq!(page["@odata.context"], "https://graph.microsoft.com/v1.0/$metadata#applications(displayName)");
        names.extend(page["value"].as_array().unwrap().iter().map(|app| app["displayName"].to_string()));
        next =
            page["@odata.nextLink"].as_str().map(|link| link["https://graph.microsoft.com/v1.0/".len()..].to_owned());
        pages += 1;
    }
    assert_eq!((names.len(), pages), (5, 3));
    let sorted = get(&bench, "applications?$orderby=displayName desc&$top=1&$select=displayName", &admin).await;
    assert_eq!(sorted["value"], json!([{ "displayName": "Report 4" }]));
}

#[tokio::test]
async fn what_the_lab_cannot_answer_it_refuses() {
    let bench = Bench::ready().await;
    let admin = admin(&bench).await;
    let code = async |path: &str| {
        let answer = bench.get(&format!("https://graph.microsoft.com/v1.0/{path}"), &admin).await;
        (answer.status.as_u16(), answer.body["error"]["code"].as_str().unwrap_or_default().to_owned())
    };
    let unsupported = (400, "Request_UnsupportedQuery".to_owned());
    assert_eq!(code("applications?$filter=contains(displayName,'x')").await, (400, "Request_BadRequest".to_owned()));
    assert_eq!(code("applications?$filter=web eq 'x'").await, unsupported);
    assert_eq!(code("applications?$expand=owners").await, unsupported);
    assert_eq!(code("applications?$search=\"x\"").await, unsupported);
    assert_eq!(code("applications?$orderby=web").await, unsupported);
    assert_eq!(code("applications?$nonsense=1").await, (400, "Request_BadRequest".to_owned()));
    assert_eq!(code("applications?$top=1&$top=2").await, (400, "Request_BadRequest".to_owned()));
    assert_eq!(code("drives").await, (400, "BadRequest".to_owned()));
    assert_eq!(
        code(&format!("applications/{}", uuid::Uuid::new_v4())).await,
        (404, "Request_ResourceNotFound".to_owned())
    );
    let version = bench.get("https://graph.microsoft.com/v2.0/users", &admin).await;
    assert_eq!((version.status, &version.body["error"]["code"]), (StatusCode::BAD_REQUEST, &json!("BadRequest")));
}

#[tokio::test]
async fn advanced_queries_need_the_consistency_header() {
    let bench = Bench::ready().await;
    let admin = admin(&bench).await;
    let ask = async |path: &str, eventual: bool| {
        let mut request = bench.http.get(format!("https://graph.microsoft.com/v1.0/{path}")).bearer_auth(&admin);
        if eventual {
            request = request.header("ConsistencyLevel", "eventual");
        }
        Answer::read(request.send().await.unwrap()).await
    };
    let filter = "applications?$filter=displayName ne 'x'&$count=true";
    assert_eq!(ask(filter, false).await.status, StatusCode::BAD_REQUEST);
    let found = ask(filter, true).await.body;
    assert_eq!(found["@odata.count"], json!(found["value"].as_array().unwrap().len()));
    assert_eq!(ask("applications/$count", false).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(ask("applications/$count", true).await.body, found["@odata.count"]);
}

#[tokio::test]
async fn beta_has_the_same_shapes_under_its_own_name() {
    let bench = Bench::ready().await;
    let admin = admin(&bench).await;
    let answer = bench.get("https://graph.microsoft.com/beta/applications?$top=1", &admin).await;
    assert_eq!(answer.body["@odata.context"], "https://graph.microsoft.com/beta/$metadata#applications");
    assert!(answer.body["@odata.nextLink"].as_str().unwrap().starts_with("https://graph.microsoft.com/beta/"));
    assert_eq!(answer.headers["odata-version"], "4.0");
    assert!(answer.body["value"][0]["id"].is_string());
    assert_ne!(answer.body["value"][0]["appId"], Value::Null);
}
