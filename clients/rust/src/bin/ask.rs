//! A token as any program asks for one, with nothing said about where it comes from: ask CREDENTIAL SCOPE [CLIENT_ID].

use std::{env, error::Error, sync::Arc};

use azure_core::credentials::TokenCredential;
use azure_identity::{ManagedIdentityCredential, ManagedIdentityCredentialOptions, UserAssignedId};
use serde_json::json;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let (name, scope) = (arguments.first().ok_or("no credential")?, arguments.get(1).ok_or("no scope")?);
    let credential = credential(name, arguments.get(2))?;
    let answer = match credential.get_token(&[scope.as_str()], None).await {
        Ok(token) => json!({ "token": token.token.secret() }),
        Err(error) => json!({ "error": error.to_string() }),
    };
    println!("{answer}");
    Ok(())
}

fn credential(name: &str, client_id: Option<&String>) -> Result<Arc<dyn TokenCredential>, Box<dyn Error>> {
    match name {
        "ManagedIdentityCredential" => {
            let user_assigned_id = client_id.map(|id| UserAssignedId::ClientId(id.clone()));
            let options = ManagedIdentityCredentialOptions { user_assigned_id, ..Default::default() };
            Ok(ManagedIdentityCredential::new(Some(options))?)
        }
        _ => Err(format!("azure_identity has no {name}").into()),
    }
}
