//! People, their tenant and their roles.

use keystay_lab::{NewApp, graph_role};
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{app_with, customer_admin, get};
use crate::support::Bench;

#[tokio::test]
async fn a_person_is_made_signs_in_and_is_shut_out() {
    let bench = Bench::ready().await;
    let admin = customer_admin(&bench).await;
    let name = "new.person@juniper.onmicrosoft.com";
    let body = json!({
        "accountEnabled": true, "displayName": "New Person", "mailNickname": "new.person", "userPrincipalName": name,
        "passwordProfile": { "password": "correct horse", "forceChangePasswordNextSignIn": false },
    });
    let made = bench.graph("POST", "users", &admin, &body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    assert_eq!(bench.graph("POST", "users", &admin, &body).await.status, StatusCode::BAD_REQUEST);
    let mut foreign = body.clone();
    foreign["userPrincipalName"] = "x@elsewhere.example".into();
    assert_eq!(bench.graph("POST", "users", &admin, &foreign).await.status, StatusCode::BAD_REQUEST);
    let token = bench.sign_in(name, "correct horse").await.token().to_owned();
    assert_eq!(get(&bench, "me", &token).await["id"], made.body["id"]);
    let disable = json!({ "accountEnabled": false });
    let disabled = bench.graph("PATCH", &format!("users/{name}"), &admin, &disable).await;
    assert_eq!(disabled.status, StatusCode::NO_CONTENT, "{}", disabled.body);
    assert_eq!(bench.sign_in(name, "correct horse").await.aadsts(), 50_057);
    let ordinary = bench.graph("PATCH", &format!("users/{name}"), &token, &disable).await;
    assert_eq!(ordinary.status, StatusCode::FORBIDDEN);
    let found = get(&bench, "users?$filter=accountEnabled eq false&$select=userPrincipalName", &admin).await;
    assert_eq!(found["value"], json!([{ "userPrincipalName": name }]));
    let app = bench.app_token(bench.juniper()).await.token().to_owned();
    assert_eq!(bench.graph("GET", "me", &app, &Value::Null).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_tenant_says_who_it_is_and_who_rules_it() {
    let bench = Bench::ready().await;
    let (admin, seed) = (customer_admin(&bench).await, bench.lab.seed());
    let own = get(&bench, "organization", &admin).await;
    assert_eq!(own["value"][0]["id"], json!(seed.juniper.id));
    assert_eq!(own["value"][0]["verifiedDomains"][0]["name"], json!(seed.juniper.domain));
    assert_eq!(get(&bench, &format!("domains/{}", seed.juniper.domain), &admin).await["isDefault"], true);
    let roles = get(&bench, "directoryRoles?$filter=displayName eq 'Global Administrator'", &admin).await;
    let members = format!("directoryRoles/{}/members", roles["value"][0]["id"].as_str().unwrap());
    assert_eq!(get(&bench, &members, &admin).await["value"][0]["userPrincipalName"], json!(seed.juniper.admin));
    let template = &roles["value"][0]["roleTemplateId"];
    let assignments = get(&bench, "roleManagement/directory/roleAssignments", &admin).await;
    assert_eq!(&assignments["value"][0]["roleDefinitionId"], template);
    let definitions = get(&bench, "roleManagement/directory/roleDefinitions", &admin).await;
    assert!(definitions["value"].as_array().unwrap().iter().any(|one| &one["id"] == template));
}

#[tokio::test]
async fn objects_are_found_by_nothing_but_their_ids() {
    let bench = Bench::ready().await;
    let admin = customer_admin(&bench).await;
    let person = get(&bench, "me", &admin).await["id"].clone();
    let app = get(&bench, &format!("servicePrincipals(appId='{}')", bench.app()), &admin).await["id"].clone();
    let body = json!({ "ids": [person, app, uuid::Uuid::new_v4()], "types": ["user", "servicePrincipal"] });
    let found = bench.graph("POST", "directoryObjects/getByIds", &admin, &body).await.body;
    let types: Vec<_> = found["value"].as_array().unwrap().iter().map(|one| one["@odata.type"].clone()).collect();
    assert_eq!(types, ["#microsoft.graph.user", "#microsoft.graph.servicePrincipal"]);
    let body = json!({ "ids": [person, app], "types": ["group"] });
    let none = bench.graph("POST", "directoryObjects/getByIds", &admin, &body).await.body;
    assert_eq!(none["value"], json!([]));
}

#[tokio::test]
async fn what_a_token_does_not_allow_is_refused_everywhere() {
    let bench = Bench::ready().await;
    let app = NewApp {
        display_name: "Reader".to_owned(),
        graph_roles: vec![graph_role::USER_READ_BASIC_ALL],
        ..NewApp::default()
    };
    let reader = app_with(&bench, app).await;
    let paths = [
        "applications",
        "servicePrincipals",
        "groups",
        "oauth2PermissionGrants",
        "organization",
        "domains",
        "directoryRoles",
        "roleManagement/directory/roleAssignments",
        "auditLogs/directoryAudits",
        "policies/authorizationPolicy",
        "policies/defaultAppManagementPolicy",
        "policies/appManagementPolicies",
        "policies/tokenLifetimePolicies",
        "directory/deletedItems/microsoft.graph.application",
    ];
    for path in paths {
        let answer = bench.graph("GET", path, &reader, &Value::Null).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}: {}", answer.body);
    }
    let client = format!("applications(appId='{}')", bench.app());
    for (method, path) in [
        ("PATCH", client.clone()),
        ("DELETE", client.clone()),
        ("POST", format!("{client}/addPassword")),
        ("POST", format!("{client}/setVerifiedPublisher")),
        ("PATCH", "policies/authorizationPolicy".to_owned()),
        ("POST", "policies/tokenLifetimePolicies".to_owned()),
        ("POST", "groups".to_owned()),
        ("POST", "users".to_owned()),
        ("POST", "oauth2PermissionGrants".to_owned()),
    ] {
        let body = json!({ "displayName": "x", "verifiedPublisherId": "1" });
        let answer = bench.graph(method, &path, &reader, &body).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{method} {path}: {}", answer.body);
    }
}
