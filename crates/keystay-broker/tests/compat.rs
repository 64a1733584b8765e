//! The routes of az-kv-proxy, from outside.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use keystay_lab::Kind;
use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use support::{GRAPH, House, SECRET};

const RESOURCE: &str = "https://graph.microsoft.com";

/// A house with these routes open, and a second identity whose key is in a file.
async fn house() -> House {
    House::with(|config| {
        config["compat"] = json!("az-kv-proxy");
        let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap();
        let certificate =
            rcgen::CertificateParams::new(["local.example".to_owned()]).unwrap().self_signed(&key).unwrap();
        let file = config["audit"]["file"].as_str().unwrap().replace("audit.jsonl", "local.pem");
        std::fs::write(&file, format!("{}{}", certificate.pem(), key.serialize_pem())).unwrap();
        let mut local = config["identities"]["graph"].clone();
        local["key"] = json!({ "pem_file": file });
        local["refuse_exportable"] = json!(false);
        config["identities"]["local"] = local;
        config["rules"][0]["identities"] = json!(["graph", "local"]);
    })
    .await
}

struct Asking<'a>(&'a House);

impl Asking<'_> {
    fn app(&self) -> String {
        self.0.lab.seed().ready_app.unwrap().to_string()
    }

    fn vault(&self) -> String {
        format!("https://{}", self.0.lab.seed().vault_host)
    }

    fn vault_name(&self) -> String {
        self.0.lab.seed().vault_host.split('.').next().unwrap().to_owned()
    }

    /// `/api/Token/…` with the fields that name a key, beside app, tenant and scope.
    fn token(&self, route: &str, key: Value) -> RequestBuilder {
        let mut body = key;
        body["clientId"] = json!(self.app());
        body["tenantId"] = json!(self.0.customer());
        body["scopes"] = json!([GRAPH]);
        Client::new().post(self.0.url(&format!("/api/Token/{route}"))).bearer_auth(SECRET).json(&body)
    }

    /// `/api/msi/…`, whose customer and app are filled in.
    fn msi(&self, route: &str) -> RequestBuilder {
        let path = route.replace("{tenant}", &self.0.customer()).replace("{app}", &self.app());
        let request = Client::new().post(self.0.url(&format!("/api/msi/{path}")));
        request.header("X-IDENTITY-HEADER", SECRET).form(&[("resource", RESOURCE)])
    }
}

async fn told(request: RequestBuilder, status: StatusCode) -> Value {
    let answer = request.send().await.unwrap();
    let was = answer.status();
    let body = answer.text().await.unwrap();
    assert_eq!(was, status, "{body}");
    serde_json::from_str(&body).unwrap()
}

#[tokio::test]
async fn a_program_written_for_the_proxy_gets_its_tokens() {
    let house = house().await;
    let ask = Asking(&house);
    let (vault, name) = (ask.vault(), ask.vault_name());
    let key = format!("{vault}/keys/harbor-signer");
    for request in [
        ask.token("kv-certificate", json!({ "keyVaultUri": format!("{vault}/"), "certificateName": "harbor-signer" })),
        ask.token("kv-key", json!({ "keyUri": key, "more": "is not read" })),
        ask.token("kv-key-info", json!({ "keyId": key })),
        ask.msi(&format!("{{tenant}}/{{app}}/kv/{name}/harbor-signer")),
        // `client_id` chooses where the caller may use several identities
        ask.msi("forward").form(&[("resource", RESOURCE), ("client_id", &format!("graph@{}", house.customer()))]),
        ask.msi("{tenant}/forward").form(&[("resource", RESOURCE), ("client_id", "graph")]),
    ] {
        let answer = told(request, StatusCode::OK).await;
        assert!(answer["expires_on"].is_string(), "{answer}");
        if let Some(token) = answer.get("accessToken") {
            assert_eq!(*token, answer["access_token"]);
            assert!((300..=90 * 60).contains(&answer["lifetime"].as_u64().unwrap()), "what is really left");
        }
        let record = house.events("granted").pop().unwrap();
        assert_eq!((&record["door"], &record["identity"]), (&json!("az-kv-proxy"), &json!("graph")));
    }
    // the proxy signed and asked Entra for each of them
    assert_eq!(house.events("signed").len(), 1);
    assert_eq!(house.lab.journal().count(Kind::Token), 1);
}

#[tokio::test]
async fn a_version_of_a_key_is_the_one_that_signs_or_none() {
    let house = house().await;
    let ask = Asking(&house);
    let by_name = json!({ "keyUri": format!("{}/keys/harbor-signer", ask.vault()) });
    told(ask.token("kv-key", by_name), StatusCode::OK).await;
    let key = house.events("signed")[0]["key"].as_str().unwrap().to_owned();
    told(ask.token("kv-key", json!({ "keyUri": key })), StatusCode::OK).await;
    let other = format!("{}/keys/harbor-signer/{}", ask.vault(), "0".repeat(32));
    told(ask.token("kv-key", json!({ "keyUri": other })), StatusCode::FORBIDDEN).await;
}

#[tokio::test]
async fn a_certificate_in_a_file_is_one_of_the_configuration() {
    let house = house().await;
    let ask = Asking(&house);
    let local = house.broker.desk().setup().identities["local"].clone();
    let thumbprint = local.connect().await.unwrap().key().unwrap().certificate().thumbprint();
    for request in [
        ask.token("local-certificate", json!({ "thumbprint": thumbprint })),
        ask.token("computer-certificate", json!({ "thumbprint": thumbprint.to_lowercase() })),
        ask.msi(&format!("{{tenant}}/{{app}}/usercert/{thumbprint}")),
        ask.msi(&format!("{{tenant}}/{{app}}/machinecert/{thumbprint}")),
    ] {
        // found, and refused by Entra: nobody registered this certificate for the app
        let answer = told(request, StatusCode::FORBIDDEN).await;
        assert!(answer["message"].as_str().unwrap().contains("AADSTS700027"), "{answer}");
        assert_eq!(house.events("failed").pop().unwrap()["identity"], "local");
    }
    let unknown = ask.token("local-certificate", json!({ "thumbprint": "0".repeat(40) }));
    assert_eq!(told(unknown, StatusCode::FORBIDDEN).await["error"], "identity-not-allowed");
}

#[tokio::test]
async fn what_is_not_in_the_configuration_is_refused_and_nobody_is_asked() {
    let house = house().await;
    let ask = Asking(&house);
    let certificate = |vault: &str, name: &str| json!({ "keyVaultUri": vault, "certificateName": name });
    let vault = ask.vault();
    let other_app = json!({
        "clientId": "4a8b0000-0000-4000-8000-00000000ffff", "tenantId": house.customer(), "scopes": [GRAPH],
        "keyVaultUri": vault, "certificateName": "harbor-signer",
    });
    let denied = StatusCode::FORBIDDEN;
    let malformed = StatusCode::BAD_REQUEST;
    for (request, status) in [
        (ask.token("kv-certificate", certificate("https://other.vault.azure.net", "harbor-signer")), denied),
        (ask.token("kv-certificate", certificate(&vault, "harbor-export")), denied),
        (ask.token("kv-key", json!({ "keyUri": format!("{vault}/certificates/harbor-signer") })), denied),
        (ask.token("kv-certificate", certificate(&vault, "harbor-signer")).json(&other_app), denied),
        (ask.token("kv-certificate", certificate("https://evil.example", "harbor-signer")), malformed),
        (ask.token("kv-certificate", certificate("https://harborvault.vault.azure.net@evil.example", "x")), malformed),
        (ask.token("kv-key", json!({ "keyUri": "https://evil.example/keys/harbor-signer" })), malformed),
        (ask.token("kv-key", json!({})), malformed),
        (ask.msi("{tenant}/{app}/kv/evil.example%3F/harbor-signer"), denied),
        (ask.msi("{tenant}/{app}/kv/evil.example%23/harbor-signer"), denied),
        (ask.msi("{tenant}/{app}/kv/other/harbor-signer"), denied),
        (ask.msi("not-a-guid/{app}/kv/harborvault/harbor-signer"), malformed),
        // two identities, and no word about which
        (ask.msi("{tenant}/forward"), malformed),
        (ask.msi("forward").form(&[("resource", RESOURCE), ("client_id", "graph")]), malformed),
    ] {
        told(request, status).await;
    }
    // the two with an escape in the path did not come as far as the rules
    assert_eq!(house.events("denied").len(), 5);
    assert_eq!(house.lab.journal().count(Kind::Token), 0);
    assert_eq!(house.lab.journal().count(Kind::Sign), 0);
}

#[tokio::test]
async fn a_stranger_is_refused_and_a_caller_too_while_the_routes_are_off() {
    let open = house().await;
    let ask = Asking(&open);
    let route = format!("{{tenant}}/{{app}}/kv/{}/harbor-signer", ask.vault_name());
    let stranger = Client::new().post(open.url("/api/msi/forward")).form(&[("resource", RESOURCE)]);
    assert_eq!(told(stranger, StatusCode::UNAUTHORIZED).await["error"], "nothing-presented");
    let wrong = Client::new().post(open.url("/api/Token/kv-key")).bearer_auth("x".repeat(64)).json(&json!({}));
    assert_eq!(told(wrong, StatusCode::UNAUTHORIZED).await["error"], "wrong-secret");

    let closed = House::start().await;
    let refused = told(Asking(&closed).msi(&route), StatusCode::FORBIDDEN).await;
    assert_eq!(refused["error"], "compat-off");
    assert_eq!(closed.lab.journal().count(Kind::Token), 0);
}

#[tokio::test]
async fn the_only_identity_of_a_caller_needs_no_name_to_be_forwarded_to() {
    let house = House::with(|config| config["compat"] = json!("az-kv-proxy")).await;
    told(Asking(&house).msi("{tenant}/forward"), StatusCode::OK).await;
    assert_eq!(house.events("granted")[0]["identity"], "graph");
}
