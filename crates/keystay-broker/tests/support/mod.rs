//! A broker in front of a lab, and callers of both kinds.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    reason = "shared by several tests, which fail by panicking"
)]

pub mod mint;

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use async_trait::async_trait;
use azure_core::{
    credentials::{AccessToken, TokenRequestOptions},
    error::ErrorKind,
};
use keystay::{TokenCredential, Transport};
use keystay_broker::{BearerHash, Broker, Config, Surroundings};
use keystay_lab::{Lab, LabOptions};
use serde_json::{Value, json};

/// A secret of the caller `reports`.
pub const SECRET: &str = "planted-secret-of-reports-0123456789abcdefghijkl";
pub const GRAPH: &str = "https://graph.microsoft.com/.default";

/// A lab, a broker before it, and where its files are.
pub struct House {
    pub lab: Lab,
    pub broker: Broker,
    pub folder: PathBuf,
    pub config: Value,
}

impl House {
    pub async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// With a configuration that was changed by `change`.
    pub async fn with(change: impl FnOnce(&mut Value)) -> Self {
        Self::around(change, |_| {}).await
    }

    /// With a configuration that was changed by `change`, and surroundings by `place`.
    pub async fn around(change: impl FnOnce(&mut Value), place: impl FnOnce(&mut Surroundings)) -> Self {
        let lab = Lab::start(LabOptions::new().with_ready_app(true)).await.unwrap();
        let folder = folder();
        let mut config = configuration(&lab, &folder);
        change(&mut config);
        let mut around = surroundings(&lab);
        place(&mut around);
        let broker = Broker::start(&Config::read(&config).unwrap(), around).await.unwrap();
        Self { lab, broker, folder, config }
    }

    /// A customer who consented.
    pub fn customer(&self) -> String {
        self.lab.seed().juniper.id.to_string()
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.broker.loopback().unwrap())
    }

    pub fn tls_url(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.broker.tls().unwrap().port())
    }

    /// A client that trusts the broker's own certificate, and no other.
    pub fn over_tls(&self) -> reqwest::Client {
        self.tls_client().build().unwrap()
    }

    pub fn tls_client(&self) -> reqwest::ClientBuilder {
        let ca = std::fs::read(self.folder.join("broker-ca.pem")).unwrap();
        reqwest::Client::builder().no_proxy().tls_certs_only([reqwest::Certificate::from_pem(&ca).unwrap()])
    }

    pub fn socket(&self) -> PathBuf {
        self.folder.join("keystay.sock")
    }

    /// A client of the unix socket.
    pub fn over_socket(&self) -> reqwest::Client {
        reqwest::Client::builder().unix_socket(self.socket()).build().unwrap()
    }

    /// The lines of the audit log so far.
    pub fn journal(&self) -> Vec<Value> {
        self.broker.desk().journal().flush();
        let text = std::fs::read_to_string(self.folder.join("audit.jsonl")).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The lines with this event.
    pub fn events(&self, event: &str) -> Vec<Value> {
        self.journal().into_iter().filter(|line| line["event"] == event).collect()
    }
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A folder of this test alone; short, because the path of a socket may have 108 bytes.
pub fn folder() -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("keystay-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let folder = std::env::temp_dir().join(name);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Adds a TLS listener with a certificate of the broker's own.
pub fn with_tls(config: &mut Value) {
    let socket = PathBuf::from(config["listen"]["socket"].as_str().unwrap());
    config["listen"]["tls"] = json!({ "address": "127.0.0.1:0", "ca_file": socket.with_file_name("broker-ca.pem") });
}

/// One identity, two callers: this user on the socket, and `reports` with a secret.
pub fn configuration(lab: &Lab, folder: &std::path::Path) -> Value {
    let seed = lab.seed();
    json!({
        "listen": { "socket": folder.join("keystay.sock"), "loopback": "127.0.0.1:0" },
        "audit": { "file": folder.join("audit.jsonl") },
        "identities": { "graph": {
            "client_id": seed.ready_app.unwrap().to_string(),
            "home_tenant": seed.home.id.to_string(),
            "refuse_exportable": true,
            "key": { "vault": format!("https://{}", seed.vault_host), "certificate": "harbor-signer" },
        } },
        "callers": {
            "local": { "uid": rustix::process::getuid().as_raw() },
            "reports": { "bearer_sha256": BearerHash::of(SECRET).to_hex() },
        },
        "rules": [{ "callers": ["local", "reports"], "identities": "graph", "tenants": "*", "scopes": "*" }],
    })
}

/// Connections through the lab, with the host's managed identity towards its vault.
pub fn surroundings(lab: &Lab) -> Surroundings {
    let http = reqwest::Client::builder()
        .proxy(reqwest::Proxy::https(lab.proxy_url()).unwrap())
        .tls_certs_only([reqwest::Certificate::from_pem(lab.ca_pem().as_bytes()).unwrap()])
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    Surroundings {
        transport: Transport::new(Arc::new(http)),
        credential: Some(Arc::new(HostIdentity::of(lab))),
        ..Surroundings::default()
    }
}

/// The host's managed identity. The official credential reads the environment, which a test must not change.
#[derive(Debug)]
struct HostIdentity {
    endpoint: String,
    secret: String,
}

impl HostIdentity {
    fn of(lab: &Lab) -> Self {
        let environment: std::collections::HashMap<_, _> = lab.environment().into_iter().collect();
        Self { endpoint: environment["IDENTITY_ENDPOINT"].clone(), secret: environment["IDENTITY_HEADER"].clone() }
    }
}

#[async_trait]
impl TokenCredential for HostIdentity {
    async fn get_token(
        &self,
        scopes: &[&str],
        _options: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        let failed = |error| azure_core::Error::new(ErrorKind::Credential, error);
        let answer: Value = reqwest::Client::new()
            .get(&self.endpoint)
            .query(&[("api-version", "2019-08-01"), ("resource", scopes[0].trim_end_matches("/.default"))])
            .header("X-IDENTITY-HEADER", &self.secret)
            .send()
            .await
            .map_err(failed)?
            .json()
            .await
            .map_err(failed)?;
        let expires = answer["expires_on"].as_str().unwrap().parse().unwrap();
        let expires = time::OffsetDateTime::from_unix_timestamp(expires).unwrap();
        Ok(AccessToken::new(answer["access_token"].as_str().unwrap().to_owned(), expires))
    }
}
