//! A lab with a ready app, and the operator's ways into it.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "support of several tests"
)]

pub mod crash;
pub mod time;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use azure_core::{
    credentials::{AccessToken, TokenCredential, TokenRequestOptions},
    error::ErrorKind,
};
use keystay::{Client, ClientId, Cloud, Tenant, Transport, Vault};
use keystay_lab::{Lab, LabOptions, Role, Scope};
use keystay_lifecycle::{
    Remote,
    graph::{Application, Graph},
    resource_manager::ResourceManager,
    vault::SigningCertificate,
};
use serde_json::{Value, json};

use self::time::RealSleep;

pub struct Azure {
    pub lab: Lab,
    pub http: reqwest::Client,
}

impl Azure {
    pub async fn start() -> Self {
        let lab = Lab::start(LabOptions::new().with_ready_app(true)).await.unwrap();
        // vaults date versions by whole seconds: what comes now comes visibly later than the seed
        lab.clock().advance(Duration::from_secs(86_400));
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

    pub fn app(&self) -> ClientId {
        self.lab.seed().ready_app.unwrap().into()
    }

    pub fn home(&self) -> Tenant {
        self.lab.seed().home.id.into()
    }

    pub fn customer(&self) -> Tenant {
        self.lab.seed().juniper.id.into()
    }

    /// The vendor's operations: may do everything in the vault and change applications.
    pub fn operator(&self) -> Arc<dyn TokenCredential> {
        let operator = self.lab.seed().operator.unwrap();
        Arc::new(ClientSecret {
            http: self.http.clone(),
            tenant: self.home(),
            client_id: operator.client_id.to_string(),
            secret: operator.client_secret.to_owned(),
        })
    }

    /// Somebody who may read everything the doctor asks for, and change nothing: an app with three permissions of Graph,
    /// Reader on the vault, and Key Vault Reader in it.
    pub async fn auditor(&self) -> Arc<dyn TokenCredential> {
        let post = async |path: &str, body: Value| -> Value {
            let token = self.operator().get_token(&["https://graph.microsoft.com/.default"], None).await.unwrap();
            let url = format!("https://graph.microsoft.com/v1.0/{path}");
            let answer = self.http.post(url).bearer_auth(token.token.secret()).json(&body).send().await.unwrap();
            let answer = answer.error_for_status().unwrap();
            answer.json().await.unwrap()
        };
        let app = post("applications", json!({ "displayName": "Auditor" })).await;
        let principal = post("servicePrincipals", json!({ "appId": app["appId"] })).await;
        let path = format!("applications/{}/addPassword", app["id"].as_str().unwrap());
        let password = post(&path, json!({ "passwordCredential": { "displayName": "audit" } })).await;
        // Application.Read.All, Policy.Read.All, AuditLog.Read.All, GroupMember.Read.All
        for role in [
            "9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30",
            "246dd0d5-5bd0-4def-940b-0421030a5b68",
            "b0afded3-3588-46d8-8b3d-9842eff778da",
            "98830695-27a2-44f7-8c18-0c3ebc9698f6",
        ] {
            let graph = "servicePrincipals(appId='00000003-0000-0000-c000-000000000000')";
            let token = self.operator().get_token(&["https://graph.microsoft.com/.default"], None).await.unwrap();
            let url = format!("https://graph.microsoft.com/v1.0/{graph}");
            let graph: Value =
                self.http.get(url).bearer_auth(token.token.secret()).send().await.unwrap().json().await.unwrap();
            let grant = json!({ "principalId": principal["id"], "resourceId": graph["id"], "appRoleId": role });
            post(&format!("servicePrincipals/{}/appRoleAssignedTo", graph["id"].as_str().unwrap()), grant).await;
        }
        let host = &self.lab.seed().vault_host;
        let id = principal["id"].as_str().unwrap().parse().unwrap();
        self.lab.vaults().assign_role(host, id, Role::ResourceReader, Scope::Subscription);
        self.lab.vaults().assign_role(host, id, Role::Reader, Scope::Vault);
        Arc::new(ClientSecret {
            http: self.http.clone(),
            tenant: self.home(),
            client_id: app["appId"].as_str().unwrap().to_owned(),
            secret: password["secretText"].as_str().unwrap().to_owned(),
        })
    }

    pub fn remote(&self) -> Remote {
        Remote {
            clock: Arc::new(RealSleep(self.lab.clock().clone())),
            ..Remote::new(self.transport(), self.operator())
        }
    }

    pub fn graph(&self) -> Graph {
        Graph::new(&Cloud::Public, self.remote())
    }

    pub fn resource_manager(&self) -> ResourceManager {
        ResourceManager::new(&Cloud::Public, self.remote())
    }

    pub fn vault(&self) -> Vault {
        let url = format!("https://{}", self.lab.seed().vault_host).parse().unwrap();
        Vault::new(&url, self.operator(), self.transport()).unwrap()
    }

    pub fn signer(&self) -> SigningCertificate {
        SigningCertificate::new(self.vault(), "harbor-signer").unwrap()
    }

    /// An identity of the app's host, by its client id.
    pub fn identity_of_the_host(&self, client_id: uuid::Uuid) -> Arc<dyn TokenCredential> {
        let environment: std::collections::HashMap<_, _> = self.lab.environment().into_iter().collect();
        Arc::new(HostIdentity {
            endpoint: environment["IDENTITY_ENDPOINT"].clone(),
            secret: environment["IDENTITY_HEADER"].clone(),
            client_id,
            known: tokio::sync::Mutex::default(),
        })
    }

    /// The vault as the app's host sees it: it may sign and read public halves.
    pub fn vault_of_the_host(&self) -> Vault {
        let credential = self.identity_of_the_host(self.lab.seed().host_identity.client_id);
        let url = format!("https://{}", self.lab.seed().vault_host).parse().unwrap();
        Vault::new(&url, credential, self.transport()).unwrap()
    }

    pub async fn application(&self) -> Application {
        self.graph().application(self.app()).await.unwrap()
    }

    /// The app in the home tenant, where it may roll its own keys: what a program with the right to sign has.
    pub async fn as_the_app(&self) -> Remote {
        let key = self.signer().versions().await.unwrap().remove(0);
        let key = Arc::new(self.signer().key(&key.version).await.unwrap());
        let client = Client::builder(self.app()).key(key).transport(self.transport()).build().unwrap();
        Remote { credential: client.for_tenant(self.home()), ..self.remote() }
    }
}

/// A service principal with a secret, as pipelines have them.
#[derive(Debug)]
struct ClientSecret {
    http: reqwest::Client,
    tenant: Tenant,
    client_id: String,
    secret: String,
}

#[async_trait]
impl TokenCredential for ClientSecret {
    async fn get_token(
        &self,
        scopes: &[&str],
        _options: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        let failed = |error| azure_core::Error::new(ErrorKind::Credential, error);
        let url = Cloud::Public.token_endpoint(&self.tenant);
        let form = [
            ("client_id", self.client_id.as_str()),
            ("client_secret", &self.secret),
            ("scope", scopes[0]),
            ("grant_type", "client_credentials"),
        ];
        let answer = self.http.post(url).form(&form).send().await.map_err(failed)?;
        let answer: serde_json::Value = answer.json().await.map_err(failed)?;
        let expires =
            ::time::OffsetDateTime::now_utc() + ::time::Duration::seconds(answer["expires_in"].as_i64().unwrap());
        Ok(AccessToken::new(answer["access_token"].as_str().unwrap().to_owned(), expires))
    }
}

/// The managed identity of the app's host, as the platform gives it: cached.
#[derive(Debug)]
struct HostIdentity {
    endpoint: String,
    secret: String,
    client_id: uuid::Uuid,
    known: tokio::sync::Mutex<Option<AccessToken>>,
}

#[async_trait]
impl TokenCredential for HostIdentity {
    async fn get_token(
        &self,
        scopes: &[&str],
        _options: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        let mut known = self.known.lock().await;
        if let Some(token) = &*known {
            return Ok(token.clone());
        }
        let resource = scopes[0].trim_end_matches("/.default");
        let failed = |error| azure_core::Error::new(ErrorKind::Credential, error);
        let answer = reqwest::Client::new()
            .get(&self.endpoint)
            .query(&[("api-version", "2019-08-01"), ("resource", resource), ("client_id", &self.client_id.to_string())])
            .header("X-IDENTITY-HEADER", &self.secret)
            .send()
            .await
            .map_err(failed)?;
        let answer: serde_json::Value = answer.json().await.map_err(failed)?;
        let expires = answer["expires_on"].as_str().unwrap().parse().unwrap();
        let expires = ::time::OffsetDateTime::from_unix_timestamp(expires).unwrap();
        let token = AccessToken::new(answer["access_token"].as_str().unwrap().to_owned(), expires);
        *known = Some(token.clone());
        Ok(token)
    }
}
