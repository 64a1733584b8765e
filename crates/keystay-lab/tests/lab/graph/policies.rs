//! Policies, and what they change.

use base64::{Engine, prelude::BASE64_STANDARD};
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{admin, customer_admin, get};
use crate::support::{Bench, KEY, OTHER_KEY, rs256};

fn definition(life: &str) -> Value {
    json!([format!(r#"{{"TokenLifetimePolicy":{{"Version":1,"AccessTokenLifetime":"{life}"}}}}"#)])
}

fn refer(set: &str, id: &Value) -> Value {
    json!({ "@odata.id": format!("https://graph.microsoft.com/v1.0/policies/{set}/{}", id.as_str().unwrap()) })
}

#[tokio::test]
async fn an_administrator_decides_who_registers_applications() {
    let bench = Bench::ready().await;
    let (admin, seed) = (customer_admin(&bench).await, bench.lab.seed());
    let person = bench.sign_in(&seed.juniper.user, seed.juniper.password).await.token().to_owned();
    let register = async || bench.graph("POST", "applications", &person, &json!({ "displayName": "x" })).await.status;
    assert_eq!(register().await, StatusCode::CREATED);
    let path = "policies/authorizationPolicy";
    let forbid = json!({ "defaultUserRolePermissions": { "allowedToCreateApps": false } });
    assert_eq!(bench.graph("PATCH", path, &person, &forbid).await.status, StatusCode::FORBIDDEN);
    assert_eq!(bench.graph("PATCH", path, &admin, &forbid).await.status, StatusCode::NO_CONTENT);
    assert_eq!(register().await, StatusCode::FORBIDDEN);
    let read = get(&bench, path, &admin).await;
    assert_eq!(read["defaultUserRolePermissions"]["allowedToCreateApps"], false);
    let unknown = json!({ "defaultUserRolePermissions": { "allowedToFly": true } });
    assert_eq!(bench.graph("PATCH", path, &admin, &unknown).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn the_tenants_token_lifetime_policy_holds_for_the_resource_that_is_accessed() {
    let bench = Bench::ready().await;
    let admin = customer_admin(&bench).await;
    let list = "policies/tokenLifetimePolicies";
    let body = json!({ "displayName": "short", "definition": definition("00:10:00"), "isOrganizationDefault": true });
    let made = bench.graph("POST", list, &admin, &body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    let life = async |tenant| bench.app_token(tenant).await.body["expires_in"].as_u64().unwrap();
    assert_eq!(life(bench.juniper()).await, 600);
    assert_eq!(life(bench.lab.seed().marlow.id).await, 3599, "another tenant has policies of its own");
    let second = bench.graph("POST", list, &admin, &body).await;
    assert_eq!(second.status, StatusCode::BAD_REQUEST, "a tenant has one default");
    let one = format!("{list}/{}", made.body["id"].as_str().unwrap());
    let longer = json!({ "definition": definition("08:00:00") });
    assert_eq!(bench.graph("PATCH", &one, &admin, &longer).await.status, StatusCode::NO_CONTENT);
    assert_eq!(life(bench.juniper()).await, 28_800);
    for bad in ["00:05:00", "1.00:00:00", "soon"] {
        let answer = bench.graph("PATCH", &one, &admin, &json!({ "definition": definition(bad) })).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{bad}");
    }
    assert_eq!(bench.graph("DELETE", &one, &admin, &Value::Null).await.status, StatusCode::NO_CONTENT);
    assert_eq!(life(bench.juniper()).await, 3599);
}

#[tokio::test]
async fn a_policy_of_an_application_counts_when_it_is_accessed_and_not_when_it_asks() {
    let bench = Bench::ready().await;
    let admin = admin(&bench).await;
    let body = json!({ "displayName": "long", "definition": definition("04:00:00") });
    let policy = bench.graph("POST", "policies/tokenLifetimePolicies", &admin, &body).await.body;
    let app = format!("applications(appId='{}')", bench.app());
    let list = format!("{app}/tokenLifetimePolicies");
    let reference = refer("tokenLifetimePolicies", &policy["id"]);
    let assigned = bench.graph("POST", &format!("{list}/$ref"), &admin, &reference).await;
    assert_eq!(assigned.status, StatusCode::NO_CONTENT, "{}", assigned.body);
    assert_eq!(bench.graph("POST", &format!("{list}/$ref"), &admin, &reference).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(get(&bench, &list, &admin).await["value"][0]["displayName"], "long");
    let applies = format!("policies/tokenLifetimePolicies/{}/appliesTo", policy["id"].as_str().unwrap());
    assert_eq!(get(&bench, &applies, &admin).await["value"][0]["appId"], json!(bench.app()));

    let home = bench.lab.directory().home();
    let life = async |scope: &str| {
        let mut claims = bench.claims();
        claims["aud"] = crate::support::token_endpoint(&home).into();
        let assertion = crate::support::ps256(&KEY, &claims);
        let mut fields = crate::support::assertion_fields(bench.app(), &assertion);
        fields.iter_mut().find(|(name, _)| *name == "scope").unwrap().1 = scope.to_owned();
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = bench.post(&crate::support::token_endpoint(&home), &fields).await;
        answer.token();
        answer.body["expires_in"].as_u64().unwrap()
    };
    assert_eq!(life(crate::support::GRAPH).await, 3599);
    assert_eq!(life(&format!("{}/.default", bench.app())).await, 14_400);
    let one = format!("{list}/{}/$ref", policy["id"].as_str().unwrap());
    assert_eq!(bench.graph("DELETE", &one, &admin, &Value::Null).await.status, StatusCode::NO_CONTENT);
    assert_eq!(life(&format!("{}/.default", bench.app())).await, 3599);
}

#[tokio::test]
async fn the_tenant_forbids_secrets_and_long_certificates_unless_an_application_is_exempted() {
    let bench = Bench::ready().await;
    let admin = admin(&bench).await;
    let path = "policies/defaultAppManagementPolicy";
    let restrict = json!({
        "isEnabled": true,
        "applicationRestrictions": {
            "passwordCredentials": [{ "restrictionType": "passwordAddition", "state": "enabled" }],
            "keyCredentials": [{ "restrictionType": "asymmetricKeyLifetime", "maxLifetime": "P90D" }],
        },
    });
    assert_eq!(get(&bench, path, &admin).await["isEnabled"], false);
    let patched = bench.graph("PATCH", path, &admin, &restrict).await;
    assert_eq!(patched.status, StatusCode::NO_CONTENT, "{}", patched.body);
    let read = get(&bench, path, &admin).await;
    assert_eq!(read["applicationRestrictions"]["keyCredentials"][0]["maxLifetime"], "P90D");

    let app = format!("applications(appId='{}')", bench.app());
    let add_secret = async || bench.graph("POST", &format!("{app}/addPassword"), &admin, &json!({})).await;
    assert_eq!(add_secret().await.body["error"]["code"], "CredentialTypeNotAllowedAsPerAppPolicy");
    let new = json!({ "type": "AsymmetricX509Cert", "usage": "Verify", "key": BASE64_STANDARD.encode(&OTHER_KEY.der) });
    let old = json!({ "keyId": bench.key_id() });
    let set = async |keys: Value| bench.graph("PATCH", &app, &admin, &json!({ "keyCredentials": keys })).await;
    let long = set(json!([old, new])).await;
    assert_eq!(long.body["error"]["code"], "CredentialInvalidLifetimeAsPerAppPolicy");
    assert_eq!(set(json!([old])).await.status, StatusCode::NO_CONTENT, "what is there already may stay");

    let exempt = json!({ "displayName": "exempt", "isEnabled": true, "restrictions": {} });
    let exempt = bench.graph("POST", "policies/appManagementPolicies", &admin, &exempt).await;
    assert_eq!(exempt.status, StatusCode::CREATED, "{}", exempt.body);
    let reference = refer("appManagementPolicies", &exempt.body["id"]);
    let assigned = bench.graph("POST", &format!("{app}/appManagementPolicies/$ref"), &admin, &reference).await;
    assert_eq!(assigned.status, StatusCode::NO_CONTENT, "{}", assigned.body);
    assert_eq!(add_secret().await.status, StatusCode::OK);
    assert_eq!(set(json!([old, new])).await.status, StatusCode::NO_CONTENT);
    let odd = json!({ "applicationRestrictions": { "keyCredentials": [{ "restrictionType": "luck" }] } });
    assert_eq!(bench.graph("PATCH", path, &admin, &odd).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_rolled_key_is_under_the_policy_too() {
    let bench = Bench::ready().await;
    let admin = admin(&bench).await;
    let restrict = json!({
        "isEnabled": true,
        "applicationRestrictions": {
            "keyCredentials": [{ "restrictionType": "asymmetricKeyLifetime", "maxLifetime": "P30D" }],
        },
    });
    bench.graph("PATCH", "policies/defaultAppManagementPolicy", &admin, &restrict).await;
    let app = bench.lab.directory().application(bench.app()).unwrap().id;
    let proof = rs256(
        &KEY,
        &json!({
            "aud": "00000002-0000-0000-c000-000000000000", "iss": app, "nbf": bench.now(), "exp": bench.now() + 600,
        }),
    );
    let key = json!({ "type": "AsymmetricX509Cert", "usage": "Verify", "key": BASE64_STANDARD.encode(&OTHER_KEY.der) });
    let body = json!({ "keyCredential": key, "passwordCredential": null, "proof": proof });
    let answer = bench.graph("POST", &format!("applications/{app}/addKey"), &admin, &body).await;
    assert_eq!(answer.body["error"]["code"], "CredentialInvalidLifetimeAsPerAppPolicy");
}
