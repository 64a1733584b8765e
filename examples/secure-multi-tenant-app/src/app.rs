//! What the app holds: two clients for the same registration, made in two ways.

use std::sync::Arc;

use anyhow::Context;
use azure_security_keyvault_secrets::{SecretClient, SecretClientOptions};
use base64::{Engine, engine::general_purpose::STANDARD};
use keystay::{Client, LocalKey, Secret, Tenant, Transport, Vault, VaultKey};

use crate::settings::Settings;

/// Shared by all requests.
pub(crate) struct App {
    /// Signs with a key that was downloaded into this process.
    pub(crate) usual: Client,
    /// Signs in the vault.
    pub(crate) safe: Client,
    /// What the usual way leaves lying around in memory.
    pub(crate) downloaded_pfx: Secret,
    pub(crate) default_tenant: Tenant,
    pub(crate) show_theft: bool,
    pub(crate) graph: reqwest::Client,
}

impl App {
    /// Reaches the vault with this host's identity and makes both clients.
    pub(crate) async fn connect(settings: Settings) -> anyhow::Result<Arc<Self>> {
        let transport = Transport::default();
        let credential =
            settings.vault_credential.connect(&transport).context("no identity to reach the vault with")?;

        // the usual way: the certificate's secret is the private key, and now it is here
        let secrets = SecretClient::new(
            settings.vault.as_str(),
            credential.clone(),
            Some(SecretClientOptions {
                client_options: azure_core::http::ClientOptions {
                    transport: Some(transport.clone()),
                    ..azure_core::http::ClientOptions::default()
                },
                ..SecretClientOptions::default()
            }),
        )?;
        let secret = secrets
            .get_secret(&settings.exportable_certificate, None)
            .await
            .context("the usual way needs the certificate's secret")?
            .into_model()?;
        let downloaded_pfx = Secret::new(secret.value.context("the certificate's secret is empty")?);
        let pfx = STANDARD.decode(downloaded_pfx.expose()).context("the certificate's secret is no PKCS#12 file")?;
        let local = LocalKey::from_pkcs12("downloaded certificate", &pfx, &Secret::new(String::new())).await?;
        let usual = Client::builder(settings.client_id).key(Arc::new(local)).transport(transport.clone()).build()?;

        // the safe way: only the public half is read
        let vault = Vault::new(&settings.vault, credential, transport.clone())?;
        let key = VaultKey::from_certificate_name(&vault, &settings.signing_certificate).await?;
        let safe = Client::builder(settings.client_id)
            .key(Arc::new(key))
            .refuse_exportable_keys()
            .transport(transport)
            .build()?;

        Ok(Arc::new(Self {
            usual,
            safe,
            downloaded_pfx,
            default_tenant: settings.tenant,
            show_theft: settings.show_theft,
            graph: reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?,
        }))
    }
}
