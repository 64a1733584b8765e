//! Graph: users as a customer's token shows them, applications as their owner manages them.

mod applications;
mod audit;
mod batches;
mod groups;
mod people;
mod policies;
mod principals;
mod proofs;
mod queries;

use std::{collections::BTreeSet, time::Duration};

use base64::{Engine, prelude::BASE64_STANDARD};
use keystay_lab::{Kind, NewApp, graph_role};
use reqwest::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Bench, KEY, OTHER_KEY, ps256};

const USERS: &str = "https://graph.microsoft.com/v1.0/users";

/// A token of the vendor's administrator, who manages applications.
async fn admin(bench: &Bench) -> String {
    let home = &bench.lab.seed().home;
    bench.sign_in(&home.admin, home.password).await.token().to_owned()
}

/// A token of a customer's administrator, who may do everything.
async fn customer_admin(bench: &Bench) -> String {
    let customer = &bench.lab.seed().juniper;
    bench.sign_in(&customer.admin, customer.password).await.token().to_owned()
}

/// A token of a new application of the vendor that has the permissions it asks for.
async fn app_with(bench: &Bench, app: NewApp) -> String {
    let directory = bench.lab.directory();
    let app = directory.create_app(app).unwrap().app_id;
    directory.consent(app, directory.home()).unwrap();
    let secret = directory.add_secret(app, "s", Duration::from_secs(60)).unwrap();
    let client = app.to_string();
    let fields = [
        ("grant_type", "client_credentials"),
        ("client_id", &client),
        ("client_secret", &secret),
        ("scope", crate::support::GRAPH),
    ];
    bench.post(&crate::support::token_endpoint(&directory.home()), &fields).await.token().to_owned()
}

/// Reads something that is there.
async fn get(bench: &Bench, path: &str, token: &str) -> Value {
    let answer = bench.get(&format!("https://graph.microsoft.com/v1.0/{path}"), token).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
    answer.body
}

/// The ids on a page.
fn ids(page: &Value) -> BTreeSet<String> {
    page["value"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn basic_permission_shows_basic_profiles_of_the_tokens_tenant() {
    let bench = Bench::ready().await;
    let token = bench.app_token(bench.juniper()).await.token().to_owned();
    let answer = bench.get(&format!("{USERS}?$select=displayName,mail,jobTitle&$top=999"), &token).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let users = answer.body["value"].as_array().unwrap();
    assert_eq!(users.len(), 7);
    assert!(users.iter().any(|user| user["displayName"] == "Amara Okafor"));
    assert!(users.iter().all(|user| user["jobTitle"].is_null() && user.get("id").is_none()));
    let unknown = bench.get(&format!("{USERS}?$select=shoeSize"), &token).await;
    assert_eq!(unknown.status, StatusCode::BAD_REQUEST);
    let one = bench.get(&format!("{USERS}/amara.okafor@juniper.onmicrosoft.com"), &token).await;
    assert_eq!(one.body["displayName"], "Amara Okafor");
}

#[tokio::test]
async fn pages_lead_to_all_users() {
    let bench = Bench::ready().await;
    let token = bench.app_token(bench.juniper()).await.token().to_owned();
    let mut next = Some(format!("{USERS}?$select=id&$top=3"));
    let (mut seen, mut pages) = (std::collections::BTreeSet::new(), 0);
    while let Some(url) = next {
        let page = bench.get(&url, &token).await.body;
        seen.extend(page["value"].as_array().unwrap().iter().map(|user| user["id"].as_str().unwrap().to_owned()));
        next = page["@odata.nextLink"].as_str().map(str::to_owned);
        pages += 1;
    }
    assert_eq!((seen.len(), pages), (7, 3));
    for top in ["0", "1000", "x"] {
        assert_eq!(bench.get(&format!("{USERS}?$top={top}"), &token).await.status, StatusCode::BAD_REQUEST);
    }
}

#[tokio::test]
async fn a_token_without_the_permission_and_one_that_is_no_good_are_refused_differently() {
    let bench = Bench::ready().await;
    let directory = bench.lab.directory();
    // At home the application exists, and nobody has consented.
    let token = bench.app_token(directory.home()).await.token().to_owned();
    let denied = bench.get(USERS, &token).await;
    assert_eq!(denied.status, StatusCode::FORBIDDEN);
    assert_eq!(denied.body["error"]["code"], "Authorization_RequestDenied");
    for field in ["date", "request-id", "client-request-id"] {
        assert!(denied.body["error"]["innerError"][field].is_string(), "{}", denied.body);
    }
    let vault = bench.lab.environment();
    assert!(vault.iter().any(|(name, _)| name == "IDENTITY_HEADER"));
    for bad in ["", "abc", &format!("{token}x")] {
        let answer = bench.get(USERS, bad).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{bad}");
        assert_eq!(answer.body["error"]["code"], "InvalidAuthenticationToken");
        assert!(answer.headers["www-authenticate"].to_str().unwrap().starts_with("Bearer "));
    }
    assert_eq!(bench.lab.journal().count(Kind::GraphUsers), 4);
}

#[tokio::test]
async fn a_stolen_token_works_until_its_end_and_no_longer() {
    let bench = Bench::ready().await;
    let token = bench.app_token(bench.juniper()).await.token().to_owned();
    // Neither removes what was already given away.
    bench.lab.directory().disable_app(bench.app()).unwrap();
    bench.lab.directory().revoke_consent(bench.app(), bench.juniper()).unwrap();
    bench.lab.clock().advance(Duration::from_secs(3590));
    assert_eq!(bench.get(USERS, &token).await.status, StatusCode::OK);
    bench.lab.clock().advance(Duration::from_secs(10));
    let answer = bench.get(USERS, &token).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert!(answer.body["error"]["message"].as_str().unwrap().contains("expired"));
}

#[tokio::test]
async fn ordinary_users_may_not_register_applications_and_admins_may() {
    let bench = Bench::ready().await;
    let home = &bench.lab.seed().home;
    let user = bench.sign_in(&home.user, home.password).await.token().to_owned();
    let body = json!({ "displayName": "Harbor Reports", "signInAudience": "AzureADMultipleOrgs" });
    let refused = bench.graph("POST", "applications", &user, &body).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(refused.body["error"]["message"], "Insufficient privileges to complete the operation.");
    bench.lab.directory().set_allowed_to_create_apps(home.id, true).unwrap();
    assert_eq!(bench.graph("POST", "applications", &user, &body).await.status, StatusCode::CREATED);
    assert_eq!(bench.graph("POST", "applications", &admin(&bench).await, &body).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn an_admin_registers_an_app_from_first_to_last() {
    let bench = Bench::ready().await;
    let admin = admin(&bench).await;
    let access = json!([{
        "resourceAppId": "00000003-0000-0000-c000-000000000000",
        "resourceAccess": [{ "id": graph_role::USER_READ_BASIC_ALL, "type": "Role" }],
    }]);
    let body = json!({ "displayName": "Harbor Reports", "web": { "redirectUris": ["http://localhost:1/back"] } });
    let created = bench.graph("POST", "applications", &admin, &body).await.body;
    let (id, app_id) = (created["id"].as_str().unwrap(), created["appId"].as_str().unwrap());
    let one = format!("applications/{id}");
    let patch = json!({
        "signInAudience": "AzureADMultipleOrgs",
        "requiredResourceAccess": access,
        "keyCredentials": [{ "type": "AsymmetricX509Cert", "usage": "Verify", "key": BASE64_STANDARD.encode(&KEY.der) }],
    });
    let patched = bench.graph("PATCH", &one, &admin, &patch).await;
    assert_eq!(patched.status, StatusCode::NO_CONTENT, "{}", patched.body);
    let principal = bench.graph("POST", "servicePrincipals", &admin, &json!({ "appId": app_id })).await;
    assert_eq!(principal.status, StatusCode::CREATED, "{}", principal.body);
    let again = bench.graph("POST", "servicePrincipals", &admin, &json!({ "appId": app_id })).await;
    assert_eq!(again.status, StatusCode::CONFLICT);

    let get = async |path: &str| bench.get(&format!("https://graph.microsoft.com/v1.0/{path}"), &admin).await.body;
    let read = get(&format!("applications(appId='{app_id}')")).await;
    assert_eq!((&read["signInAudience"], &read["requiredResourceAccess"]), (&json!("AzureADMultipleOrgs"), &access));
    assert_eq!(read["keyCredentials"][0]["key"], Value::Null);
    let keys = get(&format!("{one}?$select=keyCredentials")).await;
    assert_eq!(keys["keyCredentials"][0]["key"], BASE64_STANDARD.encode(&KEY.der));
    let listed = get(&format!("applications?$filter=appId eq '{app_id}'")).await;
    assert_eq!((listed["value"].as_array().unwrap().len(), &listed["value"][0]["id"]), (1, &json!(id)));
    assert_eq!(get(&format!("servicePrincipals(appId='{app_id}')")).await["accountEnabled"], true);
    let graph = get("servicePrincipals(appId='00000003-0000-0000-c000-000000000000')").await;
    assert!(graph["appRoles"].as_array().unwrap().iter().any(|role| role["value"] == "User.ReadBasic.All"));

    let address = format!("servicePrincipals(appId='{app_id}')");
    let disabled = bench.graph("PATCH", &address, &admin, &json!({ "accountEnabled": false })).await;
    assert_eq!(disabled.status, StatusCode::NO_CONTENT);
    assert_eq!(get(&address).await["accountEnabled"], false);
}

#[tokio::test]
async fn patching_key_credentials_replaces_the_list_and_refuses_what_is_no_certificate() {
    let bench = Bench::ready().await;
    let admin = admin(&bench).await;
    let path = format!("applications(appId='{}')", bench.app());
    let old = bench.key_id();
    let with = |entries: Value| json!({ "keyCredentials": entries });
    // in lines, as the Azure CLI sends the body of a PEM file
    let body = BASE64_STANDARD.encode(&OTHER_KEY.der).as_bytes().chunks(64).collect::<Vec<_>>().join(&b'\n');
    let key = String::from_utf8(body).unwrap();
    let new = json!({ "type": "AsymmetricX509Cert", "usage": "Verify", "key": key });
    let kept = with(json!([{ "keyId": old, "type": "AsymmetricX509Cert", "usage": "Verify", "key": null }, new]));
    assert_eq!(bench.graph("PATCH", &path, &admin, &kept).await.status, StatusCode::NO_CONTENT);
    bench.ask_with(&bench.claims()).await.token();
    bench.ask(&bench.juniper(), &ps256(&OTHER_KEY, &bench.claims())).await.token();
    for bad in
        [json!([{ "key": "AAAA" }]), json!([{ "key": "no base64!" }]), json!([{ "keyId": Uuid::new_v4() }]), json!(7)]
    {
        assert_eq!(bench.graph("PATCH", &path, &admin, &with(bad)).await.status, StatusCode::BAD_REQUEST);
    }
    let mut too_long = new.clone();
    too_long["endDateTime"] = "2099-01-01T00:00:00Z".into();
    assert_eq!(
        bench.graph("PATCH", &path, &admin, &with(json!([too_long]))).await.body["error"]["code"],
        "KeyCredentialsInvalidEndDate"
    );
    assert_eq!(bench.graph("PATCH", &path, &admin, &with(json!([new]))).await.status, StatusCode::NO_CONTENT);
    assert_eq!(bench.ask_with(&bench.claims()).await.aadsts(), 700_027, "the entry left out is gone");
    let secrets = bench.graph("PATCH", &path, &admin, &json!({ "passwordCredentials": [] })).await;
    assert_eq!(secrets.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn applications_of_another_tenant_do_not_exist_and_strangers_change_nothing() {
    let bench = Bench::ready().await;
    let seed = bench.lab.seed();
    let path = format!("applications(appId='{}')", bench.app());
    let foreign = bench.sign_in(&seed.juniper.admin, seed.juniper.password).await.token().to_owned();
    let disable = json!({ "isDisabled": true });
    assert_eq!(bench.graph("PATCH", &path, &foreign, &disable).await.status, StatusCode::NOT_FOUND);
    let ordinary = bench.sign_in(&seed.home.user, seed.home.password).await.token().to_owned();
    assert_eq!(bench.graph("PATCH", &path, &ordinary, &disable).await.status, StatusCode::FORBIDDEN);
    let own_token = bench.app_token(seed.home.id).await.token().to_owned();
    assert_eq!(bench.graph("PATCH", &path, &own_token, &disable).await.status, StatusCode::FORBIDDEN);
    assert_eq!(bench.graph("PATCH", &path, &admin(&bench).await, &disable).await.status, StatusCode::NO_CONTENT);
    assert_eq!(bench.ask_with(&bench.claims()).await.aadsts(), 7_000_112);
}

#[tokio::test]
async fn an_app_with_the_write_permission_manages_applications() {
    let bench = Bench::ready().await;
    let directory = bench.lab.directory();
    let manager = NewApp {
        display_name: "Manager".to_owned(),
        graph_roles: vec![graph_role::APPLICATION_READ_WRITE_ALL],
        ..NewApp::default()
    };
    let token = app_with(&bench, manager).await;
    let path = format!("applications(appId='{}')", bench.app());
    let renamed = bench.graph("PATCH", &path, &token, &json!({ "displayName": "Renamed" })).await;
    assert_eq!(renamed.status, StatusCode::NO_CONTENT);
    assert_eq!(directory.application(bench.app()).unwrap().display_name, "Renamed");
}
