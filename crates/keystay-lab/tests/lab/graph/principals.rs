//! Service principals: what a customer grants, takes back and locks.

use keystay_lab::graph_role;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{customer_admin, get};
use crate::support::{Bench, GRAPH, token_endpoint};

const MICROSOFT_GRAPH: &str = "servicePrincipals(appId='00000003-0000-0000-c000-000000000000')";

#[tokio::test]
async fn an_application_permission_granted_through_graph_stands_in_the_next_token() {
    let bench = Bench::ready().await;
    let admin = customer_admin(&bench).await;
    let app = format!("servicePrincipals(appId='{}')", bench.app());
    let client = get(&bench, &app, &admin).await["id"].clone();
    let resource = get(&bench, MICROSOFT_GRAPH, &admin).await["id"].clone();
    let body = json!({ "principalId": client, "resourceId": resource, "appRoleId": graph_role::USER_READ_ALL });
    let lists = [format!("{app}/appRoleAssignments"), format!("{MICROSOFT_GRAPH}/appRoleAssignedTo")];
    let granted = bench.graph("POST", &lists[1], &admin, &body).await;
    assert_eq!(granted.status, StatusCode::CREATED, "{}", granted.body);
    assert_eq!(granted.body["resourceDisplayName"], "Microsoft Graph");
    assert_eq!(granted.body["principalType"], "ServicePrincipal");
    let roles = async || bench.app_token(bench.juniper()).await.claims()["roles"].clone();
    assert_eq!(roles().await, json!(["User.ReadBasic.All", "User.Read.All"]));
    for list in &lists {
        let all = get(&bench, list, &admin).await;
        assert!(all["value"].as_array().unwrap().iter().any(|one| one["id"] == granted.body["id"]), "{all}");
    }
    let again = bench.graph("POST", &lists[0], &admin, &body).await;
    assert_eq!(again.status, StatusCode::BAD_REQUEST);
    assert_eq!(again.body["error"]["message"], "Permission being assigned already exists on the object.");
    let mut unknown = body.clone();
    unknown["appRoleId"] = json!(uuid::Uuid::new_v4());
    assert_eq!(bench.graph("POST", &lists[0], &admin, &unknown).await.status, StatusCode::BAD_REQUEST);

    let one = format!("{}/{}", lists[0], granted.body["id"].as_str().unwrap());
    assert_eq!(bench.graph("DELETE", &one, &admin, &Value::Null).await.status, StatusCode::NO_CONTENT);
    assert_eq!(roles().await, json!(["User.ReadBasic.All"]));
    assert_eq!(bench.graph("DELETE", &one, &admin, &Value::Null).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn permissions_of_microsoft_graph_are_not_for_an_application_administrator_to_give() {
    let bench = Bench::ready().await;
    let admin = super::admin(&bench).await;
    let client = get(&bench, &format!("servicePrincipals(appId='{}')", bench.app()), &admin).await["id"].clone();
    let resource = get(&bench, MICROSOFT_GRAPH, &admin).await["id"].clone();
    let body = json!({ "principalId": client, "resourceId": resource, "appRoleId": graph_role::USER_READ_ALL });
    let path = format!("{MICROSOFT_GRAPH}/appRoleAssignedTo");
    assert_eq!(bench.graph("POST", &path, &admin, &body).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn an_application_gives_roles_of_its_own() {
    let bench = Bench::ready().await;
    let admin = super::admin(&bench).await;
    let role = json!({
        "id": "11111111-2222-4333-8444-555555555555", "value": "Reports.Read", "displayName": "Read reports",
        "description": "Reads reports", "allowedMemberTypes": ["Application"], "isEnabled": true,
    });
    let uri = "api://harbor-reports";
    let made = json!({ "displayName": "Reports API", "identifierUris": [uri], "appRoles": [role] });
    let made = bench.graph("POST", "applications", &admin, &made).await.body;
    let api = json!({ "appId": made["appId"] });
    let api = bench.graph("POST", "servicePrincipals", &admin, &api).await.body["id"].clone();
    let client = get(&bench, &format!("servicePrincipals(appId='{}')", bench.app()), &admin).await["id"].clone();
    let body = json!({ "principalId": client, "resourceId": api, "appRoleId": role["id"] });
    let path = format!("servicePrincipals/{}/appRoleAssignedTo", api.as_str().unwrap());
    let granted = bench.graph("POST", &path, &admin, &body).await;
    assert_eq!(granted.status, StatusCode::CREATED, "{}", granted.body);
    let directory = bench.lab.directory();
    let secret = directory.add_secret(bench.app(), "s", std::time::Duration::from_secs(60)).unwrap();
    let fields = [
        ("grant_type", "client_credentials"),
        ("client_id", &bench.app().to_string()),
        ("client_secret", &secret),
        ("scope", &format!("{uri}/.default")),
    ];
    let token = bench.post(&token_endpoint(&directory.home()), &fields).await;
    assert_eq!(token.claims()["roles"], json!(["Reports.Read"]));
}

#[tokio::test]
async fn a_locked_service_principal_takes_no_credential_and_an_unlocked_one_works_in_its_tenant_only() {
    let bench = Bench::ready().await;
    let (admin, home) = (customer_admin(&bench).await, super::admin(&bench).await);
    let path = format!("servicePrincipals(appId='{}')", bench.app());
    let add = format!("{path}/addPassword");
    let locked = bench.graph("POST", &add, &admin, &json!({})).await;
    assert_eq!(locked.status, StatusCode::BAD_REQUEST);
    assert_eq!(locked.body["error"]["code"], "CannotUpdateLockedServicePrincipalProperty");
    let unlock = json!({ "servicePrincipalLockConfiguration": { "isEnabled": false } });
    let app = format!("applications(appId='{}')", bench.app());
    assert_eq!(bench.graph("PATCH", &app, &home, &unlock).await.status, StatusCode::NO_CONTENT);
    let added = bench.graph("POST", &add, &admin, &json!({ "passwordCredential": { "displayName": "own" } })).await;
    assert_eq!(added.status, StatusCode::OK, "{}", added.body);
    let secret = added.body["secretText"].as_str().unwrap().to_owned();
    let client = bench.app().to_string();
    let ask = async |tenant: uuid::Uuid| {
        let fields = [
            ("grant_type", "client_credentials"),
            ("client_id", &client),
            ("client_secret", &secret),
            ("scope", GRAPH),
        ];
        bench.post(&token_endpoint(&tenant), &fields).await
    };
    ask(bench.juniper()).await.token();
    assert_eq!(ask(bench.lab.seed().marlow.id).await.aadsts(), 7_000_215);
    let remove = json!({ "keyId": added.body["keyId"] });
    let removed = bench.graph("POST", &format!("{path}/removePassword"), &admin, &remove).await;
    assert_eq!(removed.status, StatusCode::NO_CONTENT);
    assert_eq!(ask(bench.juniper()).await.aadsts(), 7_000_215);
}

#[tokio::test]
async fn a_customer_throws_an_application_out() {
    let bench = Bench::ready().await;
    let admin = customer_admin(&bench).await;
    let path = format!("servicePrincipals(appId='{}')", bench.app());
    assert_eq!(bench.graph("DELETE", &path, &admin, &Value::Null).await.status, StatusCode::NO_CONTENT);
    assert_eq!(bench.app_token(bench.juniper()).await.aadsts(), 700_016);
    bench.app_token(bench.lab.seed().marlow.id).await.token();
    let service = bench.graph("DELETE", MICROSOFT_GRAPH, &admin, &Value::Null).await;
    assert_eq!(service.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn delegated_permissions_are_granted_changed_and_taken_back() {
    let bench = Bench::ready().await;
    let admin = customer_admin(&bench).await;
    let client = get(&bench, &format!("servicePrincipals(appId='{}')", bench.app()), &admin).await["id"].clone();
    let resource = get(&bench, MICROSOFT_GRAPH, &admin).await["id"].clone();
    let body = json!({
        "clientId": client, "resourceId": resource, "consentType": "AllPrincipals", "scope": "User.Read openid",
    });
    let made = bench.graph("POST", "oauth2PermissionGrants", &admin, &body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    assert_eq!(bench.graph("POST", "oauth2PermissionGrants", &admin, &body).await.status, StatusCode::CONFLICT);
    let one = format!("oauth2PermissionGrants/{}", made.body["id"].as_str().unwrap());
    let change = json!({ "scope": "User.Read.All" });
    assert_eq!(bench.graph("PATCH", &one, &admin, &change).await.status, StatusCode::NO_CONTENT);
    let filter = format!("oauth2PermissionGrants?$filter=clientId eq '{}'", client.as_str().unwrap());
    let found = get(&bench, &filter, &admin).await;
    assert_eq!(found["value"][0]["scope"], "User.Read.All");
    assert_eq!(bench.graph("DELETE", &one, &admin, &Value::Null).await.status, StatusCode::NO_CONTENT);
    assert_eq!(get(&bench, &filter, &admin).await["value"], json!([]));
    let person = &bench.lab.seed().juniper.user;
    let person = bench.sign_in(person, bench.lab.seed().juniper.password).await.token().to_owned();
    let ordinary = bench.graph("POST", "oauth2PermissionGrants", &person, &body).await;
    assert_eq!(ordinary.status, StatusCode::FORBIDDEN);
}
