//! A lab and everything needed to meet it in the same process.

use std::sync::Arc;

use async_trait::async_trait;
use azure_core::{
    credentials::{AccessToken, TokenCredential, TokenRequestOptions},
    error::ErrorKind,
};
use keystay::{Client, Tenant, Transport, Vault, VaultKey};
use keystay_lab::{Lab, LabOptions};
use serde::Deserialize;

/// A lab with a ready app, and a transport that goes through it.
pub struct Azure {
    pub lab: Lab,
    pub http: reqwest::Client,
}

impl Azure {
    pub async fn start() -> Self {
        Self::with(LabOptions::new()).await
    }

    pub async fn with(options: LabOptions) -> Self {
        let lab = Lab::start(options.with_ready_app(true)).await.unwrap();
        let http = reqwest::Client::builder()
            .proxy(reqwest::Proxy::https(lab.proxy_url()).unwrap())
            .tls_certs_only([reqwest::Certificate::from_pem(lab.ca_pem().as_bytes()).unwrap()])
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        Self { lab, http }
    }

    pub fn transport(&self) -> Transport {
        Transport::new(Arc::new(self.http.clone()))
    }

    /// The host's managed identity. The official credential reads the environment, which a test must not change; the
    /// command line's tests run it in a process of its own.
    pub fn host_identity(&self) -> Arc<dyn TokenCredential> {
        let environment: std::collections::HashMap<_, _> = self.lab.environment().into_iter().collect();
        Arc::new(HostIdentity {
            endpoint: environment["IDENTITY_ENDPOINT"].clone(),
            secret: environment["IDENTITY_HEADER"].clone(),
        })
    }

    pub fn vault(&self) -> Vault {
        let url = format!("https://{}", self.lab.seed().vault_host).parse().unwrap();
        Vault::new(&url, self.host_identity(), self.transport()).unwrap()
    }

    pub async fn signer(&self) -> Arc<VaultKey> {
        Arc::new(VaultKey::from_certificate_name(&self.vault(), "harbor-signer").await.unwrap())
    }

    pub async fn client(&self) -> Client {
        let app = self.lab.seed().ready_app.unwrap();
        Client::builder(app.into())
            .key(self.signer().await)
            .refuse_exportable_keys()
            .transport(self.transport())
            .build()
            .unwrap()
    }

    pub fn customer(&self) -> Tenant {
        self.lab.seed().juniper.id.into()
    }
}

#[derive(Debug)]
struct HostIdentity {
    endpoint: String,
    secret: String,
}

#[derive(Deserialize)]
struct Answer {
    access_token: String,
    expires_on: String,
}

#[async_trait]
impl TokenCredential for HostIdentity {
    async fn get_token(
        &self,
        scopes: &[&str],
        _options: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        let resource = scopes[0].trim_end_matches("/.default");
        let failed = |error| azure_core::Error::new(ErrorKind::Credential, error);
        let answer: Answer = reqwest::Client::new()
            .get(&self.endpoint)
            .query(&[("api-version", "2019-08-01"), ("resource", resource)])
            .header("X-IDENTITY-HEADER", &self.secret)
            .send()
            .await
            .map_err(failed)?
            .json()
            .await
            .map_err(failed)?;
        let expires = time::OffsetDateTime::from_unix_timestamp(answer.expires_on.parse().unwrap()).unwrap();
        Ok(AccessToken::new(answer.access_token, expires))
    }
}
