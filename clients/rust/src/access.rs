//! Who may come in: access policies, the older way; and networks.

use azure_core::http::{Method, StatusCode};
use azure_security_keyvault_keys::{KeyClient, models::CurveName};
use azure_security_keyvault_secrets::SecretClient;
use serde_json::{Value, json};

use crate::{
    errors::refused,
    keys::ec,
    lab::{Result, control, fresh, home, operations, seeded},
    report::{Outcome, Report},
    secrets::value,
};

pub async fn run(report: &mut Report) {
    let name = "access policies: what they allow works, the rest is 403 AccessDenied";
    report.case("access", name, access_policies()).await;
    let properties = json!({ "networkAcls": { "defaultAction": "Deny", "bypass": "None" } });
    let name = "firewall: 403 ForbiddenByFirewall for an address no rule names";
    report.case("access", name, kept_out(properties, "ForbiddenByFirewall")).await;
    let properties = json!({ "publicNetworkAccess": "Disabled" });
    let name = "public access disabled: 403 ForbiddenByConnection";
    report.case("access", name, kept_out(properties, "ForbiddenByConnection")).await;
}

/// A vault set up like this, in which the operations have every role.
async fn vault(properties: Value) -> Result<String> {
    let host = fresh("wharf") + ".vault.azure.net";
    control(Method::Post, "/lab/vaults", Some(json!({ "host": host }))).await?;
    let role = json!({ "principal": seeded("/operator/object_id").await, "role": "Administrator" });
    control(Method::Post, &format!("/lab/vaults/{host}/roles"), Some(role)).await?;
    let change = json!({ "properties": properties });
    control(Method::Patch, &format!("/lab/vaults/{host}"), Some(change)).await?;
    Ok(format!("https://{host}"))
}

async fn access_policies() -> Outcome {
    let allowed = json!({ "keys": ["create", "get"], "secrets": ["set"] });
    let policy = json!({
        "tenantId": home().await,
        "objectId": seeded("/operator/object_id").await,
        "permissions": allowed,
    });
    let url = vault(json!({ "enableRbacAuthorization": false, "accessPolicies": [policy] })).await?;
    let keys = KeyClient::new(&url, operations().await, None)?;
    keys.create_key("made", ec(CurveName::P256).try_into()?, None).await?;
    keys.get_key("made", None).await?;
    refused(keys.delete_key("made", None).await, StatusCode::Forbidden, "Forbidden", Some("AccessDenied"))?;
    let secrets = SecretClient::new(&url, operations().await, None)?;
    secrets.set_secret("made", value("value").try_into()?, None).await?;
    refused(secrets.get_secret("made", None).await, StatusCode::Forbidden, "Forbidden", Some("AccessDenied"))
}

async fn kept_out(properties: Value, inner: &'static str) -> Outcome {
    let secrets = SecretClient::new(&vault(properties).await?, operations().await, None)?;
    refused(secrets.get_secret("any", None).await, StatusCode::Forbidden, "Forbidden", Some(inner))
}
