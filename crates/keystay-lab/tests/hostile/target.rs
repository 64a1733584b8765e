//! A lab to attack, and the question whether it is still well.

use std::{
    io::Write,
    panic,
    sync::{Arc, LazyLock, Mutex, Once, PoisonError},
    time::Duration,
};

use keystay_lab::{LabOptions, Limits, Role, Scope, Throttling};
use reqwest::StatusCode;
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use serde_json::json;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::support::{Bench, KEY, managed_identity_token};

pub(crate) const VAULT: &str = "harborvault.vault.azure.net";
pub(crate) const GRAPH: &str = "graph.microsoft.com";
pub(crate) const ENTRA: &str = "login.microsoftonline.com";
/// The value of a secret of the vault, which nobody ever asks for.
pub(crate) const PLANTED: &str = "planted-value-nobody-may-see";
/// A test that waits longer than this for the lab has found a hang.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A lab under attack.
pub(crate) struct Target {
    pub(crate) bench: Bench,
    /// A token with which everything in the vault is allowed.
    pub(crate) vault_token: String,
    /// A token of an administrator.
    pub(crate) graph_token: String,
}

impl Target {
    pub(crate) async fn new() -> Self {
        Self::with(Limits::default()).await
    }

    pub(crate) async fn with(limits: Limits) -> Self {
        watch_for_panics();
        listen_to_the_log();
        let bench = Bench::start(LabOptions::new().with_ready_app(true).with_limits(limits)).await;
        bench.lab.directory().add_certificate(bench.app(), &KEY.der, "test").unwrap();
        // a vault that counts its callers would hide what else it does to them
        bench.lab.vaults().set_throttling(Throttling::off());
        let seed = bench.lab.seed();
        bench.lab.vaults().assign_role(VAULT, seed.host_identity.object_id, Role::Administrator, Scope::Vault);
        let vault_token = managed_identity_token(&bench, "https://vault.azure.net").await;
        let graph_token = bench.sign_in(&seed.home.admin, seed.home.password).await.token().to_owned();
        let secret = format!("https://{VAULT}/secrets/planted?api-version=7.6");
        let planted = bench.http.put(secret).bearer_auth(&vault_token).json(&json!({ "value": PLANTED }));
        assert_eq!(planted.send().await.unwrap().status(), StatusCode::OK);
        let mut secrets = SECRETS.lock().unwrap_or_else(PoisonError::into_inner);
        secrets.extend([PLANTED.to_owned(), "PRIVATE KEY".to_owned(), vault_token.clone(), graph_token.clone()]);
        drop(secrets);
        Self { bench, vault_token, graph_token }
    }

    pub(crate) fn address(&self) -> String {
        self.bench.lab.proxy_url().replace("http://", "")
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address()).await.unwrap()
    }

    /// A connection after `CONNECT host:443`, before TLS.
    pub(crate) async fn tunnel(&self, host: &str) -> TcpStream {
        let mut stream = self.connect().await;
        stream.write_all(format!("CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\n\r\n").as_bytes()).await.unwrap();
        let mut head = [0; 512];
        let length = timeout(PATIENCE, stream.read(&mut head)).await.expect("CONNECT is answered").unwrap();
        assert!(head[..length].starts_with(b"HTTP/1.1 200 "), "{}", String::from_utf8_lossy(&head[..length]));
        stream
    }

    /// A connection to a host of Azure, on which HTTP can be spoken.
    pub(crate) async fn open(&self, host: &str) -> TlsStream<TcpStream> {
        let name = ServerName::try_from(host.to_owned()).unwrap();
        self.connector().connect(name, self.tunnel(host).await).await.unwrap()
    }

    pub(crate) fn connector(&self) -> TlsConnector {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(self.bench.lab.ca_pem().as_bytes()).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        TlsConnector::from(Arc::new(config.with_root_certificates(roots).with_no_client_auth()))
    }

    /// Sends raw bytes to a host of Azure and returns all it answers until it closes the connection or is silent.
    pub(crate) async fn raw(&self, host: &str, request: impl AsRef<[u8]>) -> String {
        exchange(self.open(host).await, request).await
    }

    /// Sends raw bytes to the listener itself.
    pub(crate) async fn raw_outside(&self, request: impl AsRef<[u8]>) -> String {
        exchange(self.connect().await, request).await
    }

    /// Every service does its work, nothing has panicked, and neither this answer nor the log shows a secret.
    pub(crate) async fn is_well(&self, answers: &str) {
        let bench = &self.bench;
        timeout(PATIENCE, async {
            bench.app_token(bench.juniper()).await.token();
            let users = bench.get("https://graph.microsoft.com/v1.0/users", &self.graph_token).await;
            assert_eq!(users.status, StatusCode::OK, "{}", users.body);
            let keys = bench.get(&format!("https://{VAULT}/keys?api-version=7.6"), &self.vault_token).await;
            assert_eq!(keys.status, StatusCode::OK, "{}", keys.body);
            let clock = bench.get(&format!("{}/lab/clock", bench.lab.control_url()), "").await;
            assert_eq!(clock.status, StatusCode::OK, "{}", clock.body);
        })
        .await
        .expect("the lab answers its good callers");
        let panics = std::mem::take(&mut *PANICS.lock().unwrap_or_else(PoisonError::into_inner));
        assert!(panics.is_empty(), "the lab panicked: {panics:?}");
        let log = std::mem::take(&mut *LOG.lock().unwrap_or_else(PoisonError::into_inner));
        let log = String::from_utf8_lossy(&log);
        // of all labs of these tests: they share one log
        let secrets = SECRETS.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for secret in &secrets {
            assert!(!answers.contains(secret), "an answer shows a secret: {answers}");
            assert!(!log.contains(secret), "the log shows a secret");
        }
        // the first page of the lab tells everybody the password of its people; the log has no reason to
        assert!(!log.contains(bench.lab.seed().home.password), "the log shows a password");
    }
}

/// See [`Target::raw`].
pub(crate) async fn exchange(mut stream: impl AsyncRead + AsyncWrite + Unpin, request: impl AsRef<[u8]>) -> String {
    // the lab may close before it has read everything
    let _ = timeout(PATIENCE, stream.write_all(request.as_ref())).await.expect("the lab takes the request or closes");
    let mut answer = Vec::new();
    let mut piece = vec![0; 64 * 1024];
    // until the lab closes, or has nothing more to say
    while let Ok(Ok(length @ 1..)) = timeout(silence(&answer), stream.read(&mut piece)).await {
        answer.extend_from_slice(&piece[..length]);
    }
    String::from_utf8_lossy(&answer).into_owned()
}

/// An answer once begun comes quickly.
fn silence(so_far: &[u8]) -> Duration {
    if so_far.is_empty() { PATIENCE } else { Duration::from_millis(300) }
}

/// The status of each answer in a text of several.
pub(crate) fn statuses(answers: &str) -> Vec<u16> {
    answers
        .match_indices("HTTP/1.1 ")
        .filter_map(|(at, start)| answers.get(at + start.len()..at + start.len() + 3)?.parse().ok())
        .collect()
}

static PANICS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Notes the panics of everything but the tests themselves.
fn watch_for_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let ours = info.location().is_some_and(|place| place.file().contains("tests/"));
            if !ours {
                PANICS.lock().unwrap_or_else(PoisonError::into_inner).push(info.to_string());
            }
            usual(info);
        }));
    });
}

static SECRETS: Mutex<Vec<String>> = Mutex::new(Vec::new());

static LOG: LazyLock<Arc<Mutex<Vec<u8>>>> = LazyLock::new(Arc::default);

struct Ear(Arc<Mutex<Vec<u8>>>);

impl Write for Ear {
    fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Keeps all that is logged, from the lab and from the libraries beneath it.
fn listen_to_the_log() {
    let ear = || Ear(Arc::clone(&LOG));
    let _ = tracing_subscriber::fmt().with_env_filter("debug").with_writer(ear).try_init();
}
