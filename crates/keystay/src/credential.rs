//! One tenant as a credential of the official SDK.

use std::fmt;

use async_trait::async_trait;
use azure_core::{
    credentials::{AccessToken, TokenCredential, TokenRequestOptions},
    error::ErrorKind,
};

use crate::{authority::Tenant, client::Client, scopes::Scopes};

/// A tenant as an `azure_core::credentials::TokenCredential`: give it to any client of the Azure SDK for Rust.
///
/// Made by [`Client::for_tenant`]. Shares the client's cache, so one per call is fine. Errors carry the
/// [`Error`](crate::Error) as their source.
pub struct TenantCredential {
    client: Client,
    tenant: Tenant,
}

impl TenantCredential {
    pub(crate) fn new(client: Client, tenant: Tenant) -> Self {
        Self { client, tenant }
    }
}

impl fmt::Debug for TenantCredential {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "TenantCredential({})", self.tenant)
    }
}

#[async_trait]
impl TokenCredential for TenantCredential {
    async fn get_token(
        &self,
        scopes: &[&str],
        _options: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        let credential_error =
            |error: Box<dyn std::error::Error + Send + Sync>| azure_core::Error::new(ErrorKind::Credential, error);
        let scopes = Scopes::from_parts(scopes).map_err(|error| credential_error(error.into()))?;
        let token = self.client.token(&self.tenant, &scopes).await.map_err(|error| credential_error(error.into()))?;
        Ok(AccessToken::new(token.secret().to_owned(), token.expires_on().into()))
    }
}
