//! The one call to Microsoft Graph.

use keystay::{Client, Scopes, Tenant};
use serde::{Deserialize, Serialize};

use crate::failure::Failure;

const USERS: &str = "https://graph.microsoft.com/v1.0/users?$top=3&$select=id,displayName,userPrincipalName";

/// A user, as far as `User.ReadBasic.All` shows.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct User {
    id: String,
    display_name: Option<String>,
    #[serde(rename = "userPrincipalName")]
    sign_in_name: Option<String>,
}

#[derive(Deserialize)]
struct Page {
    value: Vec<User>,
}

/// Three users of a tenant.
pub(crate) async fn users(http: &reqwest::Client, client: &Client, tenant: &Tenant) -> Result<Vec<User>, Failure> {
    let token = client.token(tenant, &Scopes::graph()).await?;
    tracing::info!(%tenant, token = without_signature(token.secret()), "calling Graph");
    let answer = http.get(USERS).bearer_auth(token.secret()).send().await.map_err(|_| Failure::Graph(None))?;
    if !answer.status().is_success() {
        return Err(Failure::Graph(Some(answer.status().as_u16())));
    }
    let page: Page = answer.json().await.map_err(|_| Failure::Graph(None))?;
    Ok(page.value)
}

/// Header and claims of a token: enough to follow it in a log, useless to whoever reads the log.
fn without_signature(token: &str) -> &str {
    token.rsplit_once('.').map_or("not a JWT", |(signed, _)| signed)
}
