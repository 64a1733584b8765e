//! Role assignments and definitions, schedules, diagnostic settings, plans and alerts.

use keystay_lab::{LabOptions, LabState, Role, Scope};
use reqwest::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    resource_manager::{GROUP, HOST, SUBSCRIPTION, VAULT},
    support::{Answer, Bench, managed_identity_token},
};

const ASSIGNMENTS: &str = "providers/Microsoft.Authorization/roleAssignments";
const DEFINITIONS: &str = "providers/Microsoft.Authorization/roleDefinitions";
const VERSION: &str = "2022-04-01";
const CRYPTO_USER: &str = "12338af0-0e69-4776-bea7-57ae8d297424";
const CERTIFICATE_USER: &str = "db79e9a7-68ee-4b58-9aeb-b90e7c24fcba";

fn code(answer: &Answer) -> (StatusCode, &str) {
    (answer.status, answer.body["error"]["code"].as_str().unwrap_or_default())
}

fn wanted(role: &str, principal: Uuid) -> Value {
    let role = format!("{SUBSCRIPTION}/{DEFINITIONS}/{role}");
    json!({ "properties": { "roleDefinitionId": role, "principalId": principal } })
}

fn ids(list: &Answer) -> Vec<&str> {
    list.body["value"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect()
}

fn member(bench: &Bench, user: &str) -> Uuid {
    let tenant = bench.lab.directory().tenant(bench.lab.seed().home.id).unwrap();
    tenant.users.iter().find(|one| one.user_principal_name == user).unwrap().id
}

#[tokio::test]
async fn the_assignments_of_a_vault_are_listed_with_those_inherited_and_those_below() {
    let bench = Bench::start(LabOptions::new()).await;
    let token = bench.admin().await;
    let host = bench.lab.seed().host_identity.object_id;
    bench.lab.vaults().assign_role(HOST, host, Role::CryptoUser, Scope::Key("harbor".into()));
    let list = async |filter: &str| {
        let path = format!("{VAULT}/{ASSIGNMENTS}?$filter={filter}");
        bench.arm(&token, "GET", &path, VERSION, Value::Null).await
    };
    let all = list("").await;
    let at = list("atScope()").await;
    assert_eq!(ids(&all).len(), ids(&at).len() + 1);
    let below = |list: &Answer| ids(list).iter().any(|id| id.contains("/vaults/harborvault/keys/harbor/providers/"));
    assert!(below(&all) && !below(&at));
    let inherited = |id: &&str| id.starts_with(&format!("{SUBSCRIPTION}/{ASSIGNMENTS}"));
    assert!(ids(&at).iter().any(inherited), "the owner of the subscription is an owner here: {}", at.body);
    let of_host = list(&format!("principalId%20eq%20'{host}'")).await;
    assert!(
        of_host.body["value"].as_array().unwrap().iter().all(|one| one["properties"]["principalId"] == json!(host))
    );
    let signer =
        &of_host.body["value"].as_array().unwrap().iter().find(|one| one["properties"]["scope"] == VAULT).unwrap();
    assert_eq!(signer["properties"]["principalType"], "ServicePrincipal");
    assert_eq!(code(&list("roleName%20eq%20'x'").await), (StatusCode::BAD_REQUEST, "UnsupportedQuery"));
}

#[tokio::test]
async fn a_role_of_a_group_is_found_by_assigned_to() {
    let bench = Bench::start(LabOptions::new()).await;
    let token = bench.admin().await;
    let home = bench.lab.seed().home.id;
    let user = member(&bench, &bench.lab.seed().home.user);
    let group = bench.lab.directory().create_group(home, "Readers").unwrap();
    bench.lab.directory().add_member(home, group, user).unwrap();
    bench.lab.vaults().assign_role(HOST, group, Role::SecretsUser, Scope::ResourceGroup);
    let path = |filter: &str| format!("{VAULT}/{ASSIGNMENTS}?$filter={filter}");
    let assigned = bench.arm(&token, "GET", &path(&format!("assignedTo('{user}')")), VERSION, Value::Null).await;
    assert_eq!(assigned.body["value"][0]["properties"]["principalType"], "Group", "{}", assigned.body);
    let own = bench.arm(&token, "GET", &path(&format!("principalId%20eq%20'{user}'")), VERSION, Value::Null).await;
    assert_eq!(own.body["value"], json!([]));
    let data = bench.person_token(&bench.lab.seed().home.user, "https://vault.azure.net").await;
    let secrets = "https://harborvault.vault.azure.net/secrets?api-version=2025-07-01";
    assert_eq!(bench.get(secrets, &data).await.status, StatusCode::OK, "inherited from the group, by the group");
}

#[tokio::test]
async fn assigning_a_role_is_checked_as_the_service_does() {
    let bench = Bench::start(LabOptions::new()).await;
    let token = bench.admin().await;
    let user = member(&bench, &bench.lab.seed().home.user);
    let put = async |name: &str, body: Value| {
        bench.arm(&token, "PUT", &format!("{VAULT}/{ASSIGNMENTS}/{name}"), VERSION, body).await
    };
    let name = Uuid::from_u128(7).to_string();
    assert_eq!(
        code(&put("seven", wanted(CRYPTO_USER, user)).await),
        (StatusCode::BAD_REQUEST, "InvalidRoleAssignmentId")
    );
    let nothing = Uuid::from_u128(1).to_string();
    assert_eq!(
        code(&put(&name, wanted(&nothing, user)).await),
        (StatusCode::BAD_REQUEST, "RoleDefinitionDoesNotExist")
    );
    let nobody = Uuid::from_u128(2);
    assert_eq!(code(&put(&name, wanted(CRYPTO_USER, nobody)).await), (StatusCode::BAD_REQUEST, "PrincipalNotFound"));
    let mut early = wanted(CRYPTO_USER, nobody);
    early["properties"]["principalType"] = "ServicePrincipal".into();
    assert_eq!(put(&Uuid::from_u128(8).to_string(), early).await.status, StatusCode::CREATED);

    assert_eq!(put(&name, wanted(CRYPTO_USER, user)).await.status, StatusCode::CREATED);
    let twin = Uuid::from_u128(9).to_string();
    assert_eq!(code(&put(&twin, wanted(CRYPTO_USER, user)).await), (StatusCode::CONFLICT, "RoleAssignmentExists"));
    let other = put(&name, wanted(CERTIFICATE_USER, user)).await;
    assert_eq!(code(&other), (StatusCode::BAD_REQUEST, "RoleAssignmentUpdateNotPermitted"));
    let got = bench.arm(&token, "GET", &format!("{VAULT}/{ASSIGNMENTS}/{name}"), VERSION, Value::Null).await;
    assert_eq!(got.body["properties"]["createdBy"], json!(member(&bench, &bench.lab.seed().home.admin)));
}

#[tokio::test]
async fn a_data_access_administrator_assigns_data_roles_and_no_others() {
    let bench = Bench::start(LabOptions::new()).await;
    let user = member(&bench, &bench.lab.seed().home.user);
    bench.lab.vaults().assign_role(HOST, user, Role::DataAccessAdministrator, Scope::Vault);
    let token = bench.person_token(&bench.lab.seed().home.user, "https://management.azure.com").await;
    let put = async |number: u128, role: &str| {
        let path = format!("{VAULT}/{ASSIGNMENTS}/{}", Uuid::from_u128(number));
        bench.arm(&token, "PUT", &path, VERSION, wanted(role, user)).await
    };
    assert_eq!(put(1, CRYPTO_USER).await.status, StatusCode::CREATED);
    for role in [CERTIFICATE_USER, "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"] {
        assert_eq!(code(&put(2, role).await), (StatusCode::FORBIDDEN, "AuthorizationFailed"), "{role}");
    }
    let shown = bench
        .arm(
            &token,
            "GET",
            &format!("{VAULT}/{DEFINITIONS}/8b54135c-b56d-4d72-a534-26097cfdc8d8"),
            VERSION,
            Value::Null,
        )
        .await;
    let condition = shown.body["properties"]["permissions"][0]["condition"].as_str().unwrap();
    assert!(condition.contains(CRYPTO_USER) && !condition.contains(CERTIFICATE_USER), "{condition}");
}

#[tokio::test]
async fn a_custom_role_takes_back_what_its_exceptions_name() {
    let bench = Bench::ready().await;
    let token = bench.admin().await;
    let user = member(&bench, &bench.lab.seed().home.user);
    let id = Uuid::from_u128(5).to_string();
    let path = format!("{SUBSCRIPTION}/{DEFINITIONS}/{id}");
    let role = json!({ "properties": {
        "roleName": "Keys but no signatures",
        "type": "CustomRole",
        "permissions": [{
            "actions": [],
            "dataActions": ["Microsoft.KeyVault/vaults/keys/*"],
            "notDataActions": ["Microsoft.KeyVault/vaults/keys/sign/*"],
        }],
        "assignableScopes": [GROUP],
    } });
    assert_eq!(bench.arm(&token, "PUT", &path, VERSION, role.clone()).await.status, StatusCode::CREATED);
    let twin = format!("{SUBSCRIPTION}/{DEFINITIONS}/{}", Uuid::from_u128(6));
    assert_eq!(
        code(&bench.arm(&token, "PUT", &twin, VERSION, role).await),
        (StatusCode::CONFLICT, "RoleDefinitionWithSameNameExists")
    );
    let outside = format!("{SUBSCRIPTION}/{ASSIGNMENTS}/{}", Uuid::from_u128(4));
    let refused = bench.arm(&token, "PUT", &outside, VERSION, wanted(&id, user)).await;
    assert_eq!(code(&refused), (StatusCode::BAD_REQUEST, "RoleDefinitionDoesNotExist"), "not assignable there");
    let assignment = format!("{VAULT}/{ASSIGNMENTS}/{}", Uuid::from_u128(4));
    assert_eq!(bench.arm(&token, "PUT", &assignment, VERSION, wanted(&id, user)).await.status, StatusCode::CREATED);

    let data = bench.person_token(&bench.lab.seed().home.user, "https://vault.azure.net").await;
    let key = "https://harborvault.vault.azure.net/keys/harbor-signer";
    assert_eq!(bench.get(&format!("{key}?api-version=2025-07-01"), &data).await.status, StatusCode::OK);
    let sign = bench.http.post(format!("{key}/sign?api-version=2025-07-01")).bearer_auth(&data).json(&json!({}));
    assert_eq!(sign.send().await.unwrap().status(), StatusCode::FORBIDDEN);

    let list = format!("{VAULT}/{DEFINITIONS}?$filter=type%20eq%20'CustomRole'");
    let names: Vec<Value> = bench.arm(&token, "GET", &list, VERSION, Value::Null).await.body["value"]
        .as_array()
        .unwrap()
        .iter()
        .map(|role| role["properties"]["roleName"].clone())
        .collect();
    assert!(names.contains(&json!("Keys but no signatures")) && names.contains(&json!("Harbor signer")), "{names:?}");
    let deleted = bench.arm(&token, "DELETE", &path, VERSION, Value::Null).await;
    assert_eq!(code(&deleted), (StatusCode::BAD_REQUEST, "RoleDefinitionHasAssignments"));
    bench.arm(&token, "DELETE", &assignment, VERSION, Value::Null).await;
    assert_eq!(bench.arm(&token, "DELETE", &path, VERSION, Value::Null).await.status, StatusCode::OK);
}

#[tokio::test]
async fn ten_thousand_assignments_come_in_pages_each_once() {
    let bench = Bench::start(LabOptions::new()).await;
    let token = bench.admin().await;
    for number in 1..=10_000 {
        bench.lab.vaults().assign_role(HOST, Uuid::from_u128(number), Role::Reader, Scope::Vault);
    }
    let mut url = format!("https://management.azure.com{VAULT}/{ASSIGNMENTS}?$filter=atScope()&api-version={VERSION}");
    let mut seen = std::collections::BTreeSet::new();
    let mut pages = 0;
    loop {
        let page = bench.get(&url, &token).await;
        for id in ids(&page) {
            assert!(seen.insert(id.to_owned()), "{id} came twice");
        }
        pages += 1;
        match page.body["nextLink"].as_str() {
            Some(next) => next.clone_into(&mut url),
            None => break,
        }
    }
    assert!(seen.len() > 10_000 && pages > 10, "{} in {pages} pages", seen.len());
}

#[tokio::test]
async fn who_may_activate_a_role_is_told_from_who_has_one() {
    let bench = Bench::start(LabOptions::new()).await;
    let token = bench.admin().await;
    let user = member(&bench, &bench.lab.seed().home.user);
    bench.lab.vaults().make_eligible(HOST, user, Role::CryptoOfficer, Scope::Vault);
    let list = async |kind: &str| {
        let path = format!("{VAULT}/providers/Microsoft.Authorization/{kind}?$filter=atScope()");
        bench.arm(&token, "GET", &path, "2020-10-01", Value::Null).await.body["value"].clone()
    };
    let eligible = list("roleEligibilityScheduleInstances").await;
    assert_eq!(eligible.as_array().unwrap().len(), 1);
    let properties = &eligible[0]["properties"];
    assert_eq!((&properties["principalId"], &properties["memberType"]), (&json!(user), &json!("Direct")));
    assert_eq!(properties["expandedProperties"]["roleDefinition"]["displayName"], "Key Vault Crypto Officer");
    let standing = list("roleAssignmentScheduleInstances").await;
    assert!(standing.as_array().unwrap().iter().all(|one| one["properties"]["principalId"] != json!(user)));
    assert!(
        standing.as_array().unwrap().iter().any(|one| one["properties"]["memberType"] == "Inherited"),
        "{standing}"
    );
    let data = bench.person_token(&bench.lab.seed().home.user, "https://vault.azure.net").await;
    let keys = "https://harborvault.vault.azure.net/keys?api-version=2025-07-01";
    assert_eq!(bench.get(keys, &data).await.status, StatusCode::FORBIDDEN, "to be eligible is not to have");
}

#[tokio::test]
async fn a_diagnostic_setting_delivers_the_audit_log() {
    let bench = Bench::start(LabOptions::new()).await;
    let token = bench.admin().await;
    let settings = format!("{VAULT}/providers/Microsoft.Insights/diagnosticSettings");
    let call =
        async |method: &str, path: &str, body: Value| bench.arm(&token, method, path, "2021-05-01-preview", body).await;
    assert_eq!(call("GET", &settings, Value::Null).await.body["value"], json!([]));
    let one = format!("{settings}/audit");
    let nowhere = json!({ "properties": { "logs": [{ "categoryGroup": "audit", "enabled": true }] } });
    assert_eq!(code(&call("PUT", &one, nowhere).await), (StatusCode::BAD_REQUEST, "BadRequest"));
    let unknown = json!({ "properties": { "workspaceId": "/w", "logs": [{ "category": "Gossip", "enabled": true }] } });
    assert_eq!(code(&call("PUT", &one, unknown).await), (StatusCode::BAD_REQUEST, "BadRequest"));
    let good = json!({ "properties": {
        "workspaceId": format!("{GROUP}/providers/Microsoft.OperationalInsights/workspaces/harbor"),
        "logs": [{ "categoryGroup": "audit", "enabled": true, "retentionPolicy": { "days": 0, "enabled": false } }],
        "metrics": [],
    } });
    let put = call("PUT", &one, good.clone()).await;
    assert_eq!(put.status, StatusCode::OK, "{}", put.body);
    let shown = call("GET", &one, Value::Null).await.body;
    let log = &shown["properties"]["logs"][0];
    assert_eq!((&log["categoryGroup"], &log["category"]), (&json!("audit"), &Value::Null));
    assert_eq!(log["retentionPolicy"]["days"], 0, "what the lab does not use is kept");
    assert_eq!(shown["properties"]["storageAccountId"], Value::Null);

    let data = managed_identity_token(&bench, "https://vault.azure.net").await;
    bench.get("https://harborvault.vault.azure.net/keys?api-version=2025-07-01", &data).await;
    assert!(bench.lab.audit().records().last().unwrap().lab_delivered);
    let state = LabState::from_json(bench.lab.export().unwrap().to_json().unwrap().as_bytes()).unwrap();
    let again = Bench::start(LabOptions::new().with_state(state)).await;
    assert_eq!(again.arm(&token, "GET", &one, "2021-05-01-preview", Value::Null).await.status, StatusCode::OK);

    assert_eq!(call("DELETE", &one, Value::Null).await.status, StatusCode::OK);
    assert_eq!(call("DELETE", &one, Value::Null).await.status, StatusCode::NO_CONTENT);
    assert_eq!(code(&call("GET", &one, Value::Null).await).0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn plans_of_defender_and_alert_rules_are_kept_and_saved_with_the_world() {
    let bench = Bench::start(LabOptions::new()).await;
    let token = bench.admin().await;
    let pricing = format!("{SUBSCRIPTION}/providers/Microsoft.Security/pricings/KeyVaults");
    let before = bench.arm(&token, "GET", &pricing, "2024-01-01", Value::Null).await;
    assert_eq!(before.body["properties"]["pricingTier"], "Free", "{}", before.body);
    let standard = json!({ "properties": { "pricingTier": "Standard", "subPlan": "PerKeyVault" } });
    assert_eq!(bench.arm(&token, "PUT", &pricing, "2024-01-01", standard).await.status, StatusCode::OK);
    let rule = format!("{GROUP}/providers/Microsoft.Insights/scheduledQueryRules/key-sign");
    let version = "2023-12-01";
    let wrong = bench.arm(&token, "PUT", &rule, version, json!({ "location": "westeurope", "properties": "x" })).await;
    assert_eq!(code(&wrong), (StatusCode::BAD_REQUEST, "BadRequest"));
    let body = json!({ "location": "westeurope", "properties": { "severity": 1, "scopes": [VAULT] } });
    let made = bench.arm(&token, "PUT", &rule, version, body).await;
    assert_eq!((made.status, &made.body["properties"]["enabled"]), (StatusCode::CREATED, &json!(true)));

    let state = LabState::from_json(bench.lab.export().unwrap().to_json().unwrap().as_bytes()).unwrap();
    let again = Bench::start(LabOptions::new().with_state(state)).await;
    let kept = again.arm(&token, "GET", &pricing, "2024-01-01", Value::Null).await;
    assert_eq!(kept.body["properties"]["subPlan"], "PerKeyVault", "{}", kept.body);
    let rules = format!("{SUBSCRIPTION}/providers/Microsoft.Insights/scheduledQueryRules");
    assert_eq!(ids(&again.arm(&token, "GET", &rules, version, Value::Null).await), [rule.as_str()]);
    let outsider = managed_identity_token(&bench, "https://management.azure.com").await;
    let denied = bench.arm(&outsider, "GET", &pricing, "2024-01-01", Value::Null).await;
    assert_eq!(code(&denied), (StatusCode::FORBIDDEN, "AuthorizationFailed"));
}
