//! The lab, and everybody's way into it.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use anyhow::Context;
use azure_identity::{ClientSecretCredential, ClientSecretCredentialOptions};
use futures::future::BoxFuture;
use keystay::{ClientId, Clock, Cloud, Tenant, TokenCredential, Transport, Vault, VaultKey, VaultUrl};
use keystay_lab::{Lab, LabClock, LabOptions, Propagation};
use keystay_lifecycle::{
    Remote,
    resource_manager::{ResourceId, ResourceManager},
    vault::SigningCertificate,
};
use keystay_posture::exposure::Parameters;
use uuid::Uuid;

use crate::{commands::lab::not_started, diagnostics::Failure};

const CERTIFICATE: &str = "harbor-signer";

/// A lab with a ready app, in which tokens live and removals spread as long as the model reckons with at worst.
pub(super) struct Stage {
    lab: Lab,
    pub(super) http: reqwest::Client,
    operator: Arc<dyn TokenCredential>,
    app: Uuid,
}

impl Stage {
    pub(super) async fn build(parameters: &Parameters) -> Result<Self, Failure> {
        let options = LabOptions::new().with_ready_app(true);
        let lab = Lab::start(options).await.map_err(|error| not_started(&error))?;
        let (seed, directory) = (lab.seed(), lab.directory());
        let (app, operator) = seed.ready_app.zip(seed.operator).context("the lab has no ready app")?;
        directory.set_token_lifetime(seed.juniper.id, parameters.token_life).context("the lab has lost a customer")?;
        let credential_seconds = u32::try_from(parameters.spread.as_secs()).unwrap_or(u32::MAX);
        directory.set_propagation(Propagation { credential_seconds, ..Propagation::default() });
        let ca = reqwest::Certificate::from_pem(lab.ca_pem().as_bytes()).context("the lab's certificate is none")?;
        let http = reqwest::Client::builder()
            .proxy(reqwest::Proxy::all(lab.proxy_url()).context("the lab's address makes no sense")?)
            .tls_certs_only([ca])
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .context("the HTTP client cannot be made")?;
        let mut options = ClientSecretCredentialOptions::default();
        options.client_options.transport = Some(Transport::new(Arc::new(http.clone())));
        let (home, client, secret) = (seed.home.id.to_string(), operator.client_id.to_string(), operator.client_secret);
        let operator = ClientSecretCredential::new(&home, client, secret.into(), Some(options))
            .context("the lab's operator has no credential")?;
        Ok(Self { lab, http, operator, app })
    }

    pub(super) fn app(&self) -> ClientId {
        self.app.into()
    }

    /// The customer whose data the thief is after.
    pub(super) fn customer(&self) -> Tenant {
        self.lab.seed().juniper.id.into()
    }

    pub(super) fn signing_identity(&self) -> Uuid {
        self.lab.seed().host_identity.object_id
    }

    pub(super) fn clock(&self) -> LabTime {
        LabTime(self.lab.clock().clone())
    }

    /// Lets time pass.
    pub(super) fn wait(&self, span: Duration) {
        self.lab.clock().advance(span);
    }

    /// Everything an operator asks for.
    pub(super) fn operator(&self) -> Remote {
        Remote {
            clock: Arc::new(self.clock()),
            ..Remote::new(Transport::new(Arc::new(self.http.clone())), self.operator.clone())
        }
    }

    pub(super) fn certificate(&self) -> Result<SigningCertificate, Failure> {
        let url: VaultUrl =
            format!("https://{}", self.lab.seed().vault_host).parse().context("the lab's vault has a strange name")?;
        let vault = Vault::new(&url, self.operator.clone(), Transport::new(Arc::new(self.http.clone())))?;
        Ok(SigningCertificate::new(vault.with_clock(Arc::new(self.clock())), CERTIFICATE)?)
    }

    /// The key, which signs whatever it is given; the assertion is the same in whose name the vault is asked.
    pub(super) async fn key(&self) -> Result<VaultKey, Failure> {
        let certificate = self.certificate()?;
        let versions = certificate.versions().await?;
        let newest = versions.last().context("the lab's certificate has no version")?;
        Ok(certificate.key(&newest.version).await?)
    }

    pub(super) async fn vault_resource(&self) -> Result<Option<ResourceId>, Failure> {
        let name = self.lab.seed().vault_host.split('.').next().unwrap_or_default();
        Ok(ResourceManager::new(&Cloud::Public, self.operator()).find_vault(name).await?)
    }
}

/// The lab's clock as keystay's.
#[derive(Clone, Debug)]
pub(super) struct LabTime(LabClock);

impl Clock for LabTime {
    fn now(&self) -> SystemTime {
        self.0.now()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        // limits of requests and pauses between them pass in real time
        Box::pin(tokio::time::sleep(duration))
    }
}
