//! Nothing secret is logged by the real stack either: the Azure SDK, reqwest, hyper and rustls at the finest level.

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use keystay::{Certificate, Client, Digest, Exportability, KeyError, Scopes, Signature, SigningKey, Vault, VaultKey};
use keystay_lab::Fault;
use support::{Log, lab::Azure};
use uuid::Uuid;

/// Notes every secret that passes.
type Seen = Arc<Mutex<Vec<String>>>;

#[derive(Debug)]
struct WatchedKey(VaultKey, Seen);

#[async_trait]
impl SigningKey for WatchedKey {
    fn id(&self) -> &str {
        self.0.id()
    }

    fn certificate(&self) -> &Certificate {
        self.0.certificate()
    }

    fn exportability(&self) -> Exportability {
        self.0.exportability()
    }

    async fn sign(&self, digest: &Digest, request: Uuid) -> Result<Signature, KeyError> {
        let signature = self.0.sign(digest, request).await?;
        self.1.lock().unwrap().push(URL_SAFE_NO_PAD.encode(signature.as_bytes()));
        Ok(signature)
    }
}

#[derive(Debug)]
struct WatchedIdentity(Arc<dyn TokenCredential>, Seen);

#[async_trait]
impl TokenCredential for WatchedIdentity {
    async fn get_token(
        &self,
        scopes: &[&str],
        options: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        let token = self.0.get_token(scopes, options).await?;
        self.1.lock().unwrap().push(token.token.secret().rsplit('.').next().unwrap().to_owned());
        Ok(token)
    }
}

#[tokio::test]
async fn the_real_stack_logs_no_token_no_assertion_and_no_signature_when_it_works_and_when_it_fails() {
    let log = Log::collect();

    let (azure, seen) = (Azure::start().await, Seen::default());
    let identity = Arc::new(WatchedIdentity(azure.host_identity(), seen.clone()));
    let vault = Vault::new(azure.vault().url(), identity, azure.transport()).unwrap();
    let key = WatchedKey(VaultKey::from_certificate_name(&vault, "harbor-signer").await.unwrap(), seen.clone());
    let client = Client::builder(azure.lab.seed().ready_app.unwrap().into())
        .key(Arc::new(key))
        .transport(azure.transport())
        .build()
        .unwrap();
    let token = client.token(&azure.customer(), &Scopes::graph()).await.unwrap();
    seen.lock().unwrap().push(token.secret().rsplit('.').next().unwrap().to_owned());

    let stranger = azure.lab.directory().create_tenant("Stranger").into();
    let mut shown = client.token(&stranger, &Scopes::graph()).await.unwrap_err().to_string();
    azure.lab.clock().advance(Duration::from_secs(400 * 24 * 3600));
    for fault in [Fault::status(503).on_host("login.microsoftonline.com"), Fault::status(403).on_path("/sign")] {
        azure.lab.faults().add(fault);
        client.invalidate(&azure.customer());
        let error = client.token(&azure.customer(), &Scopes::graph()).await.unwrap_err();
        shown = format!("{shown} {error} {error:?} {}", error.hint());
        azure.lab.faults().clear();
    }

    let logged = log.text();
    assert!(logged.contains("hyper") && logged.contains("typespec_client_core"), "the finest log is on");
    let seen = seen.lock().unwrap().clone();
    assert!(seen.len() >= 4, "{}", seen.len());
    for secret in seen {
        assert!(!logged.contains(&secret) && !shown.contains(&secret), "a secret was logged or shown");
    }
}
