//! A person of the vendor who is signed in at a command line, as a credential.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use anyhow::Context;
use async_trait::async_trait;
use azure_core::{
    credentials::{AccessToken, TokenRequestOptions},
    error::ErrorKind,
};
use keystay::{Secret, TokenCredential};
use uuid::Uuid;

use super::stage::{send, token_endpoint};
use crate::diagnostics::Failure;

/// Microsoft Graph Command Line Tools and Azure CLI: the public clients that people sign in with.
const GRAPH_TOOLS: &str = "14d82eec-204b-4c2f-b7e8-296a70dab67e";
const AZURE_CLI: &str = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";

/// Who signs in.
#[derive(Clone)]
pub(super) struct Person {
    pub(super) http: reqwest::Client,
    pub(super) tenant: Uuid,
    pub(super) name: String,
    pub(super) password: String,
}

impl fmt::Debug for Person {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Person").field("tenant", &self.tenant).field("name", &self.name).finish_non_exhaustive()
    }
}

impl Person {
    /// A token for what `scope` names, and how many seconds it lives.
    pub(super) async fn sign_in(&self, scope: &str) -> Result<(Secret, u64), Failure> {
        let client = if scope.starts_with("https://graph.microsoft.com/") { GRAPH_TOOLS } else { AZURE_CLI };
        let form = [
            ("grant_type", "password"),
            ("client_id", client),
            ("username", &self.name),
            ("password", &self.password),
            ("scope", scope),
        ];
        let answer = send(self.http.post(token_endpoint(self.tenant)).form(&form)).await?;
        let token = answer.body["access_token"].as_str().map(|token| Secret::new(token.to_owned()));
        match token.zip(answer.body["expires_in"].as_u64()) {
            Some(token) => Ok(token),
            None => Err(Failure::failed(format_args!("{} cannot sign in", self.name))
                .cause(answer.body["error_description"].as_str().unwrap_or("the answer is not a token"))),
        }
    }
}

#[async_trait]
impl TokenCredential for Person {
    async fn get_token(
        &self,
        scopes: &[&str],
        _options: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        let failed = |words: String| azure_core::Error::with_message(ErrorKind::Credential, words);
        let scope = scopes.first().context("no scope was named").map_err(|error| failed(error.to_string()))?;
        let (token, life) = self.sign_in(scope).await.map_err(|_| failed(format!("{} cannot sign in", self.name)))?;
        // the SDK keeps tokens by the computer's clock
        let ends = SystemTime::now() + Duration::from_secs(life);
        Ok(AccessToken::new(token.expose().to_owned(), ends.into()))
    }
}
