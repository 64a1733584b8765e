//! A test in any language arranges the lab over HTTP as a Rust test does from inside.

use base64::{Engine, prelude::BASE64_STANDARD};
use keystay_lab::LabOptions;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Answer, Bench, GRAPH, KEY, ps256, token_endpoint};

impl Bench {
    /// Asks the control API; an answer that is no success fails the test.
    async fn control(&self, method: Method, path: &str, body: Value) -> Value {
        let answer = self.try_control(method, path, body).await;
        assert!(answer.status.is_success(), "{path}: {} {}", answer.status, answer.body);
        answer.body
    }

    async fn try_control(&self, method: Method, path: &str, body: Value) -> Answer {
        let mut request = self.http.request(method, format!("{}{path}", self.lab.control_url()));
        if !body.is_null() {
            request = request.json(&body);
        }
        Answer::read(request.send().await.unwrap()).await
    }

    /// The error code of the token endpoint for an app that signs with [`KEY`]; `None` when it gets a token.
    async fn refused(&self, app: &str, tenant: &str) -> Option<u64> {
        let claims = json!({
            "aud": token_endpoint(&tenant), "iss": app, "sub": app, "jti": "1", "nbf": self.now(), "exp": self.now() + 300,
        });
        let assertion = ps256(&KEY, &claims);
        let fields = [
            ("grant_type", "client_credentials"),
            ("client_id", app),
            ("scope", GRAPH),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", &assertion),
        ];
        let answer = self.post(&token_endpoint(&tenant), &fields).await;
        answer.body["error_codes"][0].as_u64()
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("not a text: {value}"))
}

#[tokio::test]
async fn an_app_lives_its_whole_life_over_http() {
    let bench = Bench::start(LabOptions::new()).await;
    let tenant = bench.control(Method::POST, "/lab/tenants", json!({ "name": "Wharf" })).await;
    let domain = text(&tenant["domains"][0]);
    assert_eq!(domain, "wharf.onmicrosoft.com");
    let new = json!({ "display_name": "Reports", "multi_tenant": true, "graph_permissions": ["User.ReadBasic.All"] });
    let app = bench.control(Method::POST, "/lab/apps", new).await;
    let id = text(&app["app_id"]);
    let (path, consent) = (format!("/lab/apps/{id}"), format!("/lab/tenants/{domain}/consents/{id}"));

    let pem = pem::encode(&pem::Pem::new("CERTIFICATE", KEY.der.clone()));
    let certificates = format!("{path}/certificates");
    let key = bench.control(Method::POST, &certificates, json!({ "certificate": pem, "display_name": "k" })).await;
    assert_eq!(bench.refused(id, domain).await, Some(700_016), "not consented");
    let given = bench.control(Method::PUT, &consent, Value::Null).await;
    assert_eq!(given["permissions"], json!(["User.ReadBasic.All"]));
    assert_eq!(bench.refused(id, domain).await, None);

    bench.control(Method::PATCH, &consent, json!({ "enabled": false })).await;
    assert!(bench.refused(id, domain).await.is_some(), "disabled in the tenant");
    bench.control(Method::PATCH, &consent, json!({ "enabled": true })).await;
    bench.control(Method::PATCH, &path, json!({ "disabled": true })).await;
    assert!(bench.refused(id, domain).await.is_some(), "disabled everywhere");
    bench.control(Method::PATCH, &path, json!({ "disabled": false, "mtls": true })).await;
    assert_eq!(bench.refused(id, domain).await, None);

    let shown = bench.control(Method::GET, &path, Value::Null).await;
    assert_eq!(shown["certificates"][0]["key_id"], key["key_id"]);
    assert_eq!(shown["tenants"].as_array().unwrap().len(), 2, "home and Wharf");
    bench.control(Method::DELETE, &format!("{certificates}/{}", text(&key["key_id"])), Value::Null).await;
    assert_eq!(bench.refused(id, domain).await, Some(700_027), "the certificate is not registered any more");
    let der = json!({ "certificate": BASE64_STANDARD.encode(&KEY.der) });
    bench.control(Method::POST, &certificates, der).await;
    assert_eq!(bench.refused(id, domain).await, None, "DER is taken as well");

    bench.control(Method::DELETE, &consent, Value::Null).await;
    assert_eq!(bench.refused(id, domain).await, Some(700_016), "withdrawn");
    bench.control(Method::DELETE, &format!("/lab/tenants/{domain}"), Value::Null).await;
    assert!(bench.lab.directory().tenants().len() == 3);
}

#[tokio::test]
async fn secrets_groups_and_identities_are_made_over_http() {
    let bench = Bench::start(LabOptions::new().with_ready_app(true)).await;
    let app = bench.app();
    let secret =
        bench.control(Method::POST, &format!("/lab/apps/{app}/secrets"), json!({ "lifetime_seconds": 60 })).await;
    let id = app.to_string();
    let fields = [
        ("grant_type", "client_credentials"),
        ("client_id", id.as_str()),
        ("scope", GRAPH),
        ("client_secret", text(&secret["secret"])),
    ];
    bench.post(&token_endpoint(&bench.juniper()), &fields).await.token();
    let federated = json!({ "name": "host", "issuer": "https://issuer.example", "subject": "s" });
    let credentials = format!("/lab/apps/{app}/federated-credentials");
    let made = bench.control(Method::POST, &credentials, federated).await;
    let shown = bench.control(Method::GET, &format!("/lab/apps/{app}"), Value::Null).await;
    assert_eq!(shown["federated_credentials"][0]["audience"], "api://AzureADTokenExchange");
    bench.control(Method::DELETE, &format!("{credentials}/{}", text(&made["id"])), Value::Null).await;

    let identity = bench.control(Method::POST, "/lab/managed-identities", json!({ "name": "worker" })).await;
    let groups = "/lab/tenants/harbor.onmicrosoft.com/groups";
    let group = bench.control(Method::POST, groups, json!({ "name": "Crew" })).await;
    let member = format!("{groups}/{}/members/{}", text(&group["id"]), text(&identity["object_id"]));
    bench.control(Method::PUT, &member, Value::Null).await;
    let home = bench.control(Method::GET, "/lab/tenants/harbor.onmicrosoft.com", Value::Null).await;
    let crew = home["groups"].as_array().unwrap().iter().find(|one| one["display_name"] == "Crew").unwrap().clone();
    assert_eq!(crew["members"], json!([identity["object_id"]]));
    bench.control(Method::DELETE, &member, Value::Null).await;
    let policy = json!({ "token_lifetime_seconds": 600, "allowed_to_create_apps": true });
    let home = bench.control(Method::PATCH, "/lab/tenants/harbor.onmicrosoft.com", policy).await;
    assert_eq!((&home["token_lifetime_seconds"], &home["allowed_to_create_apps"]), (&json!(600), &json!(true)));
}

#[tokio::test]
async fn a_vault_is_furnished_over_http() {
    let bench = Bench::start(LabOptions::new()).await;
    let vault = "/lab/vaults/wharfvault.vault.azure.net";
    bench.control(Method::POST, "/lab/vaults", json!({ "host": "wharfvault.vault.azure.net" })).await;
    let order = json!({ "name": "signer", "exportable": false });
    let issued = bench.control(Method::POST, &format!("{vault}/certificates"), order).await;
    let home = bench.lab.directory().home();
    let engineer = bench.lab.directory().tenant(home).unwrap().users[1].id;
    let role = json!({ "principal": engineer, "role": "Key Vault Crypto User", "scope": { "Key": "signer" } });
    let shown = bench.control(Method::POST, &format!("{vault}/roles"), role).await;
    let own = |shown: &Value| -> Vec<Value> {
        let roles = shown["roles"].as_array().unwrap();
        roles.iter().filter(|role| role["principal"] == json!(engineer)).cloned().collect()
    };
    let given = json!({ "principal": engineer, "role": "Key Vault Crypto User", "scope": "keys/signer" });
    assert_eq!(own(&shown), [given]);
    let certificate = &shown["certificates"][0];
    assert_eq!((&certificate["newest"], &certificate["exportable"]), (&issued["version"], &json!(false)));

    let eligible = json!({ "principal": engineer, "role": "Administrator" });
    bench.control(Method::POST, &format!("{vault}/eligible-roles"), eligible).await;
    bench.control(Method::PATCH, &format!("{vault}/keys/signer"), json!({ "enabled": false })).await;
    bench.control(Method::PATCH, vault, json!({ "issuance_delay_seconds": 30 })).await;
    let policies = json!({ "properties": { "enableRbacAuthorization": false } });
    let shown = bench.control(Method::PATCH, vault, policies).await;
    assert_eq!(shown["properties"]["enableRbacAuthorization"], false);
    let misspelt = json!({ "properties": { "enableRbac": false } });
    assert!(text(&bench.try_control(Method::PATCH, vault, misspelt).await.body["error"]).contains("`enableRbac`"));
    bench.control(Method::DELETE, &format!("{vault}/roles/{engineer}"), Value::Null).await;
    let shown = bench.control(Method::GET, vault, Value::Null).await;
    assert_eq!((&shown["issuance_delay_seconds"], own(&shown).len()), (&json!(30), 0));

    let again = bench.try_control(Method::POST, "/lab/vaults", json!({ "host": "wharfvault.vault.azure.net" })).await;
    assert_eq!(again.status, StatusCode::CONFLICT, "{}", again.body);
    for (path, wrong) in [("/lab/vaults", "wharf.example"), ("/lab/tenants", " ")] {
        let body = if path == "/lab/vaults" { json!({ "host": wrong }) } else { json!({ "name": wrong }) };
        let answer = bench.try_control(Method::POST, path, body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.body);
    }
    let nowhere = bench.try_control(Method::GET, "/lab/vaults/nowhere.vault.azure.net", Value::Null).await;
    assert_eq!(nowhere.status, StatusCode::NOT_FOUND);
    let unknown = json!({ "display_name": "x", "graph_permissions": ["Mail.Everything"] });
    let unknown = bench.try_control(Method::POST, "/lab/apps", unknown).await;
    assert!(text(&unknown.body["hint"]).contains("User.ReadBasic.All"), "{}", unknown.body);
}

#[tokio::test]
async fn latency_is_set_in_milliseconds() {
    let bench = Bench::start(LabOptions::new()).await;
    let set = bench.control(Method::PUT, "/lab/latency", json!({ "sign_millis": 40, "token_millis": 80 })).await;
    assert_eq!(set, json!({ "sign_millis": 40, "token_millis": 80, "other_millis": 0 }));
    assert_eq!(bench.lab.latency().get().token, std::time::Duration::from_millis(80));
    let wrong = bench.try_control(Method::PUT, "/lab/latency", json!({ "sign": 40 })).await;
    assert!(text(&wrong.body["error"]).contains("sign_millis"), "{}", wrong.body);
}
