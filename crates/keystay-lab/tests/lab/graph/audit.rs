//! The audit log.

use base64::{Engine, prelude::BASE64_STANDARD};
use keystay_lab::{NewApp, graph_role};
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{admin, app_with, customer_admin, get};
use crate::support::{Bench, OTHER_KEY};

const LOG: &str = "auditLogs/directoryAudits";

fn activities(page: &Value) -> Vec<&str> {
    page["value"].as_array().unwrap().iter().map(|one| one["activityDisplayName"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn every_change_of_an_application_is_on_record_with_its_author() {
    let bench = Bench::ready().await;
    let admin = admin(&bench).await;
    let app = bench.lab.directory().application(bench.app()).unwrap().id;
    let path = format!("applications/{app}");
    let key = json!({ "type": "AsymmetricX509Cert", "usage": "Verify", "key": BASE64_STANDARD.encode(&OTHER_KEY.der) });
    let change = json!({ "keyCredentials": [{ "keyId": bench.key_id() }, key] });
    bench.graph("PATCH", &path, &admin, &change).await;
    bench.graph("PATCH", &path, &admin, &json!({ "isDisabled": true })).await;
    bench.graph("POST", &format!("{path}/addPassword"), &admin, &json!({})).await;
    let log = get(&bench, LOG, &admin).await;
    let secrets = "Update application – Certificates and secrets management ";
    assert_eq!(activities(&log), [secrets, "Update application", secrets, "Update application"], "newest first");
    let disabled = &log["value"][1];
    assert_eq!(disabled["initiatedBy"]["user"]["userPrincipalName"], json!(bench.lab.seed().home.admin));
    assert_eq!(disabled["targetResources"][0]["id"], json!(app));
    let changes = &disabled["targetResources"][0]["modifiedProperties"];
    assert_eq!(changes[0], json!({ "displayName": "IsDisabled", "oldValue": "false", "newValue": "true" }));
    assert_eq!(changes[1]["displayName"], "Included Updated Properties");
    let keys = &log["value"][2]["targetResources"][0]["modifiedProperties"][0];
    assert_eq!(keys["displayName"], "KeyDescription");
    assert_ne!(keys["oldValue"], keys["newValue"]);
    assert!(log["value"].as_array().unwrap().iter().all(|one| one["category"] == "ApplicationManagement"));
    let one = get(&bench, &format!("{LOG}/{}", disabled["id"].as_str().unwrap()), &admin).await;
    assert_eq!(one["activityDateTime"], disabled["activityDateTime"]);
    let text = log.to_string();
    assert!(!text.contains("lab~") && !text.contains(&BASE64_STANDARD.encode(&OTHER_KEY.der)), "no secret is in it");
}

#[tokio::test]
async fn records_are_found_by_time_and_by_activity() {
    let bench = Bench::ready().await;
    let admin = customer_admin(&bench).await;
    let path = format!("servicePrincipals(appId='{}')", bench.app());
    bench.graph("PATCH", &path, &admin, &json!({ "accountEnabled": false })).await;
    bench.lab.clock().advance(std::time::Duration::from_secs(3600));
    let admin = customer_admin(&bench).await;
    bench.graph("DELETE", &path, &admin, &Value::Null).await;
    let half_an_hour_ago = time::OffsetDateTime::from_unix_timestamp(bench.now() - 1800).unwrap();
    let then = half_an_hour_ago.format(&time::format_description::well_known::Rfc3339).unwrap();
    let found = async |filter: String| get(&bench, &format!("{LOG}?$filter={filter}"), &admin).await;
    assert_eq!(activities(&found(format!("activityDateTime ge {then}")).await), ["Remove service principal"]);
    assert_eq!(activities(&found(format!("activityDateTime le {then}")).await), ["Update service principal"]);
    let both = "activityDisplayName eq 'Update service principal' or startswith(activityDisplayName,'Remove')";
    assert_eq!(found(both.to_owned()).await["value"].as_array().unwrap().len(), 2);
    let nobody = format!("initiatedBy/user/userPrincipalName eq '{}'", bench.lab.seed().juniper.user);
    assert_eq!(found(nobody).await["value"], json!([]));
}

#[tokio::test]
async fn an_application_reads_the_log_with_the_permission_for_it_and_signs_with_its_name() {
    let bench = Bench::ready().await;
    let roles = vec![graph_role::APPLICATION_READ_WRITE_ALL, graph_role::AUDIT_LOG_READ_ALL];
    let app = NewApp { display_name: "Keeper".to_owned(), graph_roles: roles, ..NewApp::default() };
    let keeper = app_with(&bench, app).await;
    let path = format!("applications(appId='{}')", bench.app());
    bench.graph("PATCH", &path, &keeper, &json!({ "notes": "kept" })).await;
    let log = get(&bench, LOG, &keeper).await;
    assert_eq!(log["value"][0]["initiatedBy"]["app"]["displayName"], "Keeper");
    assert_eq!(log["value"][0]["initiatedBy"]["user"], Value::Null);
    let token = bench.app_token(bench.lab.directory().home()).await.token().to_owned();
    let refused = bench.graph("GET", LOG, &token, &Value::Null).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(refused.body["error"]["code"], "Authentication_MSGraphPermissionMissing");
}

#[tokio::test]
async fn the_log_survives_with_the_world() {
    let bench = Bench::ready().await;
    let admin = admin(&bench).await;
    let path = format!("applications(appId='{}')", bench.app());
    bench.graph("PATCH", &path, &admin, &json!({ "notes": "kept" })).await;
    let saved = bench.lab.export().unwrap().to_json().unwrap();
    let state = keystay_lab::LabState::from_json(saved.as_bytes()).unwrap();
    let other = Bench::start(keystay_lab::LabOptions::new().with_state(state)).await;
    let admin = super::admin(&other).await;
    assert_eq!(activities(&get(&other, LOG, &admin).await), ["Update application"]);
    assert_eq!(get(&other, &path, &admin).await["notes"], "kept");
}
