//! Everything the story does besides keystay's own calls: people signing in, Graph, consent, the vault, the clock.

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use keystay::{Clock, Secret, TokenCredential, Transport, Vault, VaultCredential, VaultUrl};
use keystay_lifecycle::Remote;
use reqwest::{Method, RequestBuilder, StatusCode, header, redirect};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{clock::LabClock, person::Person};
use crate::{
    commands::{
        graph,
        lab::{Control, NewIdentity},
    },
    diagnostics::Failure,
    moment,
};

const GRAPH: &str = "https://graph.microsoft.com/v1.0";
const VAULT_SCOPE: &str = "https://vault.azure.net/.default";
const VAULT_API: &str = "api-version=7.6";
/// The lab issues certificates at once.
const CERTIFICATE_POLLS: u32 = 50;

/// The lab as the story's people and programs meet it.
pub(super) struct Stage {
    pub(super) seed: Seed,
    pub(super) clock: LabClock,
    pub(super) transport: Transport,
    control: Control,
    http: reqwest::Client,
}

/// The part of the lab's seed that the story needs.
#[derive(Deserialize)]
pub(super) struct Seed {
    pub(super) home: Organisation,
    pub(super) juniper: Organisation,
    pub(super) marlow: Organisation,
    pub(super) host_identity: HostIdentity,
    vault_host: String,
}

/// The identity of the computer the app runs on.
#[derive(Deserialize)]
pub(super) struct HostIdentity {
    pub(super) object_id: Uuid,
}

#[derive(Deserialize)]
pub(super) struct Organisation {
    pub(super) id: Uuid,
    pub(super) name: String,
    pub(super) admin: String,
    pub(super) user: String,
    password: String,
}

/// An answer that may be a refusal.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: Value,
}

impl Answer {
    /// The body, or the refusal as a failure: for what must work in the story.
    fn expected(self) -> Result<Value, Failure> {
        if self.status.is_success() { Ok(self.body) } else { Err(graph::refused(self.status, &self.body, None)) }
    }
}

impl Stage {
    pub(super) async fn new(address: &str) -> Result<Self, Failure> {
        let control = Control::at(address)?;
        let mut summary = control.summary().await?;
        let seed = serde_json::from_value(summary["seed"].take()).context("the lab's seed makes no sense")?;
        let clock = LabClock::default();
        clock.follow(control.clock().await?.offset_millis);
        let http = reqwest::Client::builder()
            .redirect(redirect::Policy::none())
            .build()
            .context("the HTTP client cannot be made")?;
        Ok(Self { seed, clock, transport: Transport::default(), control, http })
    }

    /// The lab's time.
    pub(super) fn now(&self) -> u64 {
        moment::unix(self.clock.now())
    }

    /// Lets time pass.
    pub(super) async fn wait(&self, seconds: u64) -> Result<(), Failure> {
        self.clock.follow(self.control.advance(seconds).await?.offset_millis);
        Ok(())
    }

    /// The vault with the host's managed identity. The SDK keeps vault tokens by the computer's clock, so each scene
    /// asks anew.
    pub(super) fn vault(&self) -> Result<Vault, Failure> {
        let url: VaultUrl = self.vault_url().parse().context("the lab's vault has a strange name")?;
        Ok(Vault::new(&url, self.host_identity()?, self.transport.clone())?)
    }

    fn host_identity(&self) -> Result<Arc<dyn TokenCredential>, Failure> {
        let identity = VaultCredential::ManagedIdentity { client_id: None };
        Ok(identity.connect(&self.transport).context("the host has no managed identity")?)
    }

    pub(super) fn vault_url(&self) -> String {
        format!("https://{}", self.seed.vault_host)
    }

    /// A certificate's secret, as the usual sample code downloads it: a PKCS#12 file.
    pub(super) async fn download_pfx(&self, certificate: &str) -> Result<Vec<u8>, Failure> {
        let identity = self.host_identity()?;
        let token = identity.get_token(&[VAULT_SCOPE], None).await.context("the vault cannot be opened")?;
        let token = Secret::new(token.token.secret().to_owned());
        let secret = self.vault_call(Method::GET, &format!("secrets/{certificate}"), &token, None).await?;
        let value = secret["value"].as_str().context("the secret has no value")?;
        Ok(BASE64_STANDARD.decode(value).context("the secret is not base64")?)
    }

    /// The administrator makes a self-signed certificate for 12 months in the vault. Returns it in DER.
    pub(super) async fn create_certificate(&self, name: &str, exportable: bool) -> Result<Vec<u8>, Failure> {
        let home = &self.seed.home;
        let (token, _) = self.person(home, &home.admin).sign_in(VAULT_SCOPE).await?;
        let policy = json!({
            "key_props": { "exportable": exportable, "kty": "RSA", "key_size": 2048, "reuse_key": false },
            "secret_props": { "contentType": "application/x-pkcs12" },
            "x509_props": { "subject": format!("CN={name}"), "validity_months": 12 },
            "issuer": { "name": "Self" },
        });
        let order = Some(json!({ "policy": policy }));
        self.vault_call(Method::POST, &format!("certificates/{name}/create"), &token, order).await?;
        for _ in 0..CERTIFICATE_POLLS {
            let pending = self.vault_call(Method::GET, &format!("certificates/{name}/pending"), &token, None).await?;
            if pending["status"] == "completed" {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let certificate = self.vault_call(Method::GET, &format!("certificates/{name}"), &token, None).await?;
        let cer = certificate["cer"].as_str().context("the certificate has no content")?;
        Ok(BASE64_STANDARD.decode(cer).context("the certificate is not base64")?)
    }

    async fn vault_call(
        &self,
        method: Method,
        path: &str,
        token: &Secret,
        body: Option<Value>,
    ) -> Result<Value, Failure> {
        let url = format!("{}/{path}?{VAULT_API}", self.vault_url());
        let mut request = self.http.request(method, url).bearer_auth(token.expose());
        if let Some(body) = body {
            request = request.json(&body);
        }
        send(request).await?.expected()
    }

    /// An identity of a program's own, without a role anywhere.
    pub(super) async fn new_identity(&self, name: &str) -> Result<NewIdentity, Failure> {
        self.control.create_managed_identity(name).await
    }

    /// The app tries to sign by itself, with an identity of its own that has no role at the vault. What the vault says.
    pub(super) async fn try_to_sign(&self, key: &str, identity: &NewIdentity) -> Result<String, Failure> {
        let credential = VaultCredential::ManagedIdentity { client_id: Some(identity.client_id.to_string()) };
        let credential = credential.connect(&self.transport).context("the app has no managed identity")?;
        let token = credential.get_token(&[VAULT_SCOPE], None).await.context("the app's identity has no token")?;
        let digest = BASE64_URL_SAFE_NO_PAD.encode([0; 32]);
        let request = self
            .http
            .post(format!("{}/keys/{key}/sign?{VAULT_API}", self.vault_url()))
            .bearer_auth(token.token.secret())
            .json(&json!({ "alg": "PS256", "value": digest }));
        let answer = send(request).await?;
        if answer.status.is_success() {
            return Err(Failure::failed("the lab let an app without a role sign"));
        }
        let code = answer.body["error"]["innererror"]["code"].as_str().or(answer.body["error"]["code"].as_str());
        Ok(format!("HTTP {}, {}", answer.status.as_u16(), code.unwrap_or("without a reason")))
    }

    /// A request to the broker, whose refusal is part of the story.
    pub(super) async fn ask_broker(&self, url: &str, secret: &Secret, asked: &Value) -> Result<Answer, Failure> {
        send(self.http.post(url).bearer_auth(secret.expose()).json(asked)).await
    }

    /// When a token says it ends. Read without verifying: it is the thief's own business.
    pub(super) fn token_end(token: &Secret) -> Result<u64, Failure> {
        let claims = token.expose().split('.').nth(1).and_then(|claims| BASE64_URL_SAFE_NO_PAD.decode(claims).ok());
        let claims: Option<Value> = claims.and_then(|claims| serde_json::from_slice(&claims).ok());
        Ok(claims.and_then(|claims| claims["exp"].as_u64()).context("the token names no end")?)
    }

    /// A person's token for Graph.
    pub(super) async fn graph_token(&self, at: &Organisation, user: &str) -> Result<Secret, Failure> {
        Ok(self.person(at, user).sign_in("https://graph.microsoft.com/.default").await?.0)
    }

    /// A person of an organisation, to sign in as.
    pub(super) fn person(&self, at: &Organisation, user: &str) -> Person {
        Person { http: self.http.clone(), tenant: at.id, name: user.to_owned(), password: at.password.clone() }
    }

    /// Azure in the name of the vendor's administrator.
    pub(super) fn as_admin(&self) -> Remote {
        let home = &self.seed.home;
        Remote::new(self.transport.clone(), Arc::new(self.person(home, &home.admin)))
    }

    /// A call to Graph whose refusal is part of the story.
    pub(super) async fn try_graph(
        &self,
        method: Method,
        path: &str,
        token: &str,
        body: Option<&Value>,
    ) -> Result<Answer, Failure> {
        let mut request = self.http.request(method, format!("{GRAPH}{path}")).bearer_auth(token);
        if let Some(body) = body {
            request = request.json(body);
        }
        send(request).await
    }

    /// A call to Graph that works.
    pub(super) async fn graph(
        &self,
        method: Method,
        path: &str,
        token: &str,
        body: Option<&Value>,
    ) -> Result<Value, Failure> {
        self.try_graph(method, path, token, body).await?.expected()
    }

    /// The customer's administrator opens the consent page, reads it and accepts.
    pub(super) async fn consent(&self, customer: &Organisation, page: &str) -> Result<(), Failure> {
        let shown = self.http.get(page).send().await.context("the consent page does not open")?;
        if !shown.status().is_success() {
            return Err(Failure::failed(format_args!("the consent page says HTTP {}", shown.status())));
        }
        let form = [("username", customer.admin.as_str()), ("password", &customer.password), ("decision", "accept")];
        let sent = self.http.post(page).form(&form).send().await.context("the consent page does not answer")?;
        let back = sent.headers().get(header::LOCATION).and_then(|place| place.to_str().ok()).unwrap_or_default();
        if sent.status().is_redirection() && back.contains("admin_consent=True") && !back.contains("error=") {
            Ok(())
        } else {
            Err(Failure::failed(format_args!("{} could not consent (HTTP {})", customer.admin, sent.status())))
        }
    }

    /// Hands an assertion to the customer's token endpoint, as a thief does: from anywhere, without keystay. The token
    /// and its end, or nothing when it was refused.
    pub(super) async fn exchange(
        &self,
        tenant: Uuid,
        app: Uuid,
        assertion: &str,
    ) -> Result<Option<(Secret, u64)>, Failure> {
        let app = app.to_string();
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", app.as_str()),
            ("scope", "https://graph.microsoft.com/.default"),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", assertion),
        ];
        let answer = send(self.http.post(token_endpoint(tenant)).form(&form)).await?;
        if answer.status.is_server_error() {
            return Err(Failure::failed("Entra failed while the loot was tried"));
        }
        let (token, life) = (answer.body["access_token"].as_str(), answer.body["expires_in"].as_u64());
        Ok(token.zip(life).map(|(token, life)| (Secret::new(token.to_owned()), self.now() + life)))
    }

    /// Whether a token opens the customer's directory.
    pub(super) async fn token_works(&self, token: &Secret) -> Result<bool, Failure> {
        let answer = self.try_graph(Method::GET, "/users?$top=1", token.expose(), None).await?;
        if answer.status.is_server_error() {
            return Err(Failure::failed("Graph failed while the loot was tried"));
        }
        Ok(answer.status.is_success())
    }
}

pub(super) fn token_endpoint(tenant: Uuid) -> String {
    format!("https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token")
}

pub(super) async fn send(request: RequestBuilder) -> Result<Answer, Failure> {
    let answer = request.send().await.context("the lab does not answer")?;
    let status = answer.status();
    let bytes = answer.bytes().await.context("the lab's answer broke off")?;
    Ok(Answer { status, body: serde_json::from_slice(&bytes).unwrap_or(Value::Null) })
}
