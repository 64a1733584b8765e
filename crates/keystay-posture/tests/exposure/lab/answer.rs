//! The defender's answer, step by step, by the doors an operator has: Graph, Resource Manager and the vault.

use keystay_lab::Propagation;
use keystay_posture::exposure::{Parameters, Response, Responses};
use reqwest::Method;
use serde_json::{Value, json};

use super::{
    azure::{Azure, GRAPH, MANAGEMENT},
    theft::Theft,
};

const VAULT_RESOURCE: &str = "/subscriptions/5a17c0de-0000-4000-8000-00000000a001/resourceGroups/harbor/providers/\
                              Microsoft.KeyVault/vaults/harborvault";

/// Does all of it at one moment of the lab's clock, `at`. From here on changes take as long to arrive as `parameters` say.
pub(crate) async fn answer(azure: &Azure, theft: &Theft, responses: &Responses, parameters: &Parameters, at: u64) {
    let seconds = |length: std::time::Duration| u32::try_from(length.as_secs()).unwrap();
    azure.set_unix(at);
    azure.lab.directory().set_propagation(Propagation {
        credential_seconds: seconds(parameters.spread),
        consent_seconds: seconds(parameters.spread),
        role_seconds: seconds(parameters.role_removal),
    });
    for response in responses.iter() {
        azure.set_unix(at);
        match response {
            // the thief runs nothing inside any more: all that is tried from here on is what was carried away
            Response::Evicted => {}
            Response::KeyDisabled => disable_keys(azure).await,
            Response::CredentialRemoved => {
                remove_passwords(azure).await;
                keep_certificates(azure, |der| der == theft.own.der || der == theft.foreign.der).await;
            }
            Response::RogueCredentialsRemoved => {
                keep_certificates(azure, |der| der != theft.own.der && der != theft.foreign.der).await;
            }
            Response::FederatedCredentialRemoved => remove_trust(azure).await,
            Response::RoleRemoved => remove_roles(azure).await,
            Response::NetworkSevered => sever(azure).await,
            Response::AppDisabled => {
                let token = azure.operator_token(GRAPH).await;
                let change = json!({ "isDisabled": true });
                azure.call(Method::PATCH, &azure.registration(), &token, &change).await.good();
            }
        }
    }
    azure.set_unix(at);
}

async fn disable_keys(azure: &Azure) {
    let token = azure.operator_token("https://vault.azure.net").await;
    for name in ["harbor-signer", "harbor-export"] {
        let key = azure.vault_key(&token, name).await;
        let change = json!({ "attributes": { "enabled": false } });
        azure.call(Method::PATCH, &format!("{}?api-version=7.6", key.kid), &token, &change).await.good();
    }
}

async fn remove_passwords(azure: &Azure) {
    let token = azure.operator_token(GRAPH).await;
    let app = azure.call(Method::GET, &azure.registration(), &token, &Value::Null).await.good();
    for password in app["passwordCredentials"].as_array().unwrap() {
        let url = format!("{}/removePassword", azure.registration());
        azure.call(Method::POST, &url, &token, &json!({ "keyId": password["keyId"] })).await.good();
    }
}

/// A PATCH replaces the whole list, so those to keep are named in it.
async fn keep_certificates(azure: &Azure, keep: impl Fn(&[u8]) -> bool) {
    let token = azure.operator_token(GRAPH).await;
    let registered = azure.lab.directory().application(azure.app).unwrap().key_credentials;
    let kept: Vec<_> = registered
        .iter()
        .filter(|one| keep(one.certificate.der()))
        .map(|one| json!({ "keyId": one.key_id, "type": "AsymmetricX509Cert", "usage": "Verify" }))
        .collect();
    let change = json!({ "keyCredentials": kept });
    azure.call(Method::PATCH, &azure.registration(), &token, &change).await.good();
}

async fn remove_trust(azure: &Azure) {
    let token = azure.operator_token(GRAPH).await;
    let url = format!("{}/federatedIdentityCredentials", azure.registration());
    let trusted = azure.call(Method::GET, &url, &token, &Value::Null).await.good();
    for credential in trusted["value"].as_array().unwrap() {
        let url = format!("{url}/{}", credential["id"].as_str().unwrap());
        azure.call(Method::DELETE, &url, &token, &Value::Null).await.good();
    }
}

async fn remove_roles(azure: &Azure) {
    let token = azure.operator_token(MANAGEMENT).await;
    let host = azure.lab.seed().host_identity.object_id;
    let assignments = format!("{VAULT_RESOURCE}/providers/Microsoft.Authorization/roleAssignments");
    let filter = format!("$filter=principalId%20eq%20'{host}'&api-version=2022-04-01");
    let url = format!("{MANAGEMENT}{assignments}?{filter}");
    let held = azure.call(Method::GET, &url, &token, &Value::Null).await.good();
    let held = held["value"].as_array().unwrap();
    assert!(!held.is_empty(), "the host has no role to lose");
    for assignment in held {
        let url = format!("{MANAGEMENT}{}?api-version=2022-04-01", assignment["id"].as_str().unwrap());
        azure.call(Method::DELETE, &url, &token, &Value::Null).await.good();
    }
}

async fn sever(azure: &Azure) {
    let token = azure.operator_token(MANAGEMENT).await;
    let change = json!({ "properties": { "publicNetworkAccess": "Disabled" } });
    let url = format!("{MANAGEMENT}{VAULT_RESOURCE}?api-version=2024-11-01");
    azure.call(Method::PATCH, &url, &token, &change).await.good();
}
