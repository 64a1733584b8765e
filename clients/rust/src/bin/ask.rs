//! A token as any program asks for one, with nothing said about where it comes from: ask CREDENTIAL SCOPE [NAME=VALUE …].
//! Names are `client_id` and `tenant_id` of the credential.

use std::{
    collections::BTreeMap,
    env::{self, var},
    error::Error,
    sync::Arc,
};

use azure_core::credentials::TokenCredential;
use azure_identity::{
    AzureCliCredential, AzureCliCredentialOptions, AzureDeveloperCliCredential, AzureDeveloperCliCredentialOptions,
    ClientSecretCredential, ManagedIdentityCredential, ManagedIdentityCredentialOptions, UserAssignedId,
    WorkloadIdentityCredential, WorkloadIdentityCredentialOptions,
};
use serde_json::json;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [name, scope, pairs @ ..] = arguments.as_slice() else { return Err("ask CREDENTIAL SCOPE".into()) };
    let mut options: BTreeMap<&str, String> =
        pairs.iter().filter_map(|pair| pair.split_once('=')).map(|(name, value)| (name, value.to_owned())).collect();
    let credential = credential(name, options.remove("client_id"), options.remove("tenant_id"))?;
    let answer = match credential.get_token(&[scope.as_str()], None).await {
        Ok(token) => json!({ "token": token.token.secret() }),
        Err(error) => json!({ "error": error.to_string() }),
    };
    println!("{answer}");
    Ok(())
}

fn credential(
    name: &str,
    client_id: Option<String>,
    tenant_id: Option<String>,
) -> Result<Arc<dyn TokenCredential>, Box<dyn Error>> {
    Ok(match name {
        "ManagedIdentityCredential" => {
            let user_assigned_id = client_id.map(UserAssignedId::ClientId);
            ManagedIdentityCredential::new(Some(ManagedIdentityCredentialOptions {
                user_assigned_id,
                ..Default::default()
            }))?
        }
        "WorkloadIdentityCredential" => WorkloadIdentityCredential::new(Some(WorkloadIdentityCredentialOptions {
            tenant_id,
            ..Default::default()
        }))?,
        "ClientSecretCredential" => ClientSecretCredential::new(
            &tenant_id.map_or_else(|| var("AZURE_TENANT_ID"), Ok)?,
            var("AZURE_CLIENT_ID")?,
            var("AZURE_CLIENT_SECRET")?.into(),
            None,
        )?,
        "AzureCliCredential" => {
            AzureCliCredential::new(Some(AzureCliCredentialOptions { tenant_id, ..Default::default() }))?
        }
        "AzureDeveloperCliCredential" => AzureDeveloperCliCredential::new(Some(AzureDeveloperCliCredentialOptions {
            tenant_id,
            ..Default::default()
        }))?,
        _ => return Err(format!("azure_identity has no {name}").into()),
    })
}
