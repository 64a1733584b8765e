//! A token endpoint in memory and keys that count, for tests that need no network.

#![allow(dead_code, reason = "each test file uses its own part")]
#![allow(unreachable_pub, reason = "shared by several test programs")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test support")]

pub mod conformance;
pub mod lab;

use std::{
    collections::VecDeque,
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use async_trait::async_trait;
use azure_core::http::{AsyncRawResponse, HttpClient, Request, StatusCode, headers::Headers};
use keystay::{
    Certificate, Client, ClientBuilder, Clock, Digest, Exportability, KeyError, LocalKey, ManualClock, Secret,
    Signature, SigningKey, Tenant, Transport,
};
use tokio::sync::Semaphore;
use uuid::Uuid;

pub const APP: &str = "6a2f1c0e-0b6c-4d0e-9b34-51f3a5d7c0aa";
pub const SIGNER_PEM: &str = include_str!("../data/signer.pem");
pub const SIGNER_PFX: &[u8] = include_bytes!("../data/signer.pfx");

/// What the fake endpoint answers next.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

impl Answer {
    pub fn token(text: &str, expires_in: u64) -> Self {
        let body = format!(r#"{{"token_type":"Bearer","expires_in":{expires_in},"access_token":"{text}"}}"#);
        Self { status: 200, headers: vec![], body }
    }

    pub fn refusal(status: u16, error: &str, code: u32, text: &str) -> Self {
        let body = format!(
            r#"{{"error":"{error}","error_description":"AADSTS{code}: {text}\r\nTrace ID: t-1\r\nCorrelation ID: c-1","error_codes":[{code}],"trace_id":"t-1","correlation_id":"c-1"}}"#
        );
        Self { status, headers: vec![], body }
    }

    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// Entra's token endpoint, as far as these tests need it: scripted answers, then tokens `token-1`, `token-2`, …
#[derive(Debug)]
pub struct FakeEntra {
    script: Mutex<VecDeque<Answer>>,
    requests: AtomicUsize,
    pub bodies: Mutex<Vec<String>>,
    /// Requests wait here; open by default.
    gate: Semaphore,
    down: Mutex<bool>,
    pub expires_in: Mutex<u64>,
}

impl FakeEntra {
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            script: Mutex::default(),
            requests: AtomicUsize::new(0),
            bodies: Mutex::default(),
            gate: Semaphore::new(Semaphore::MAX_PERMITS),
            down: Mutex::new(false),
            expires_in: Mutex::new(3600),
        })
    }

    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    pub fn will_answer(&self, answers: impl IntoIterator<Item = Answer>) {
        self.script.lock().unwrap().extend(answers);
    }

    /// From now on no request is answered until [`open`](Self::open).
    pub fn close(&self) {
        self.gate.forget_permits(Semaphore::MAX_PERMITS);
    }

    pub fn open(&self) {
        self.gate.add_permits(Semaphore::MAX_PERMITS - self.gate.available_permits());
    }

    pub fn go_down(&self, down: bool) {
        *self.down.lock().unwrap() = down;
    }

    pub fn transport(self: &Arc<Self>) -> Transport {
        Transport::new(self.clone())
    }

    /// Waits until that many requests have arrived.
    pub async fn saw(&self, requests: usize) {
        for _ in 0..2000 {
            if self.requests() >= requests {
                return;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        panic!("only {} of {requests} requests arrived", self.requests());
    }
}

#[async_trait]
impl HttpClient for FakeEntra {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let number = self.requests.fetch_add(1, Ordering::SeqCst) + 1;
        if let azure_core::http::Body::Bytes(bytes) = request.body() {
            self.bodies.lock().unwrap().push(String::from_utf8_lossy(bytes).into_owned());
        }
        let _permit = self.gate.acquire().await.unwrap();
        if *self.down.lock().unwrap() {
            return Err(azure_core::Error::with_message(
                azure_core::error::ErrorKind::Connection,
                "connection refused",
            ));
        }
        let scripted = self.script.lock().unwrap().pop_front();
        let answer =
            scripted.unwrap_or_else(|| Answer::token(&format!("token-{number}"), *self.expires_in.lock().unwrap()));
        let mut headers = Headers::new();
        for (name, value) in answer.headers {
            headers.insert(name, value);
        }
        Ok(AsyncRawResponse::from_bytes(StatusCode::from(answer.status), headers, answer.body))
    }
}

/// A key that counts its signatures.
#[derive(Debug)]
pub struct CountingKey {
    pub inner: LocalKey,
    pub signs: AtomicUsize,
}

impl CountingKey {
    pub async fn new() -> Arc<Self> {
        let inner = LocalKey::from_pem("signer.pem", &Secret::new(SIGNER_PEM.into())).await.unwrap();
        Arc::new(Self { inner, signs: AtomicUsize::new(0) })
    }

    pub fn signs(&self) -> usize {
        self.signs.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl SigningKey for CountingKey {
    fn id(&self) -> &str {
        self.inner.id()
    }

    fn certificate(&self) -> &Certificate {
        self.inner.certificate()
    }

    fn exportability(&self) -> Exportability {
        Exportability::NonExportable
    }

    async fn sign(&self, digest: &Digest, request: Uuid) -> Result<Signature, KeyError> {
        self.signs.fetch_add(1, Ordering::SeqCst);
        self.inner.sign(digest, request).await
    }
}

/// Collects what is logged, at the finest level, from the whole process.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Turns logging on for this process. Once per test program.
    pub fn collect() -> Self {
        let log = Self::default();
        let writer = log.clone();
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || writer.clone()).init();
        log
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A client with its endpoint, key and clock in the test's hands.
pub struct Bench {
    pub client: Client,
    pub entra: Arc<FakeEntra>,
    pub key: Arc<CountingKey>,
    pub clock: ManualClock,
}

impl Bench {
    pub async fn new() -> Self {
        Self::with(|builder| builder).await
    }

    pub async fn with(configure: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Self {
        let (entra, key) = (FakeEntra::new(), CountingKey::new().await);
        let clock = ManualClock::new(start());
        let builder = Client::builder(APP.parse().unwrap())
            .key(key.clone())
            .transport(entra.transport())
            .clock(Arc::new(clock.clone()));
        let client = configure(builder).build().unwrap();
        Self { client, entra, key, clock }
    }

    pub fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// Lets time pass in small steps until `done`: for work that sleeps between its tries.
    pub async fn while_time_passes<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work);
        loop {
            tokio::select! {
                biased;
                output = &mut work => return output,
                () = tokio::time::sleep(Duration::from_millis(5)) => self.clock.advance(Duration::from_millis(200)),
            }
        }
    }
}

/// A moment well inside the test certificate's validity.
pub fn start() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_800_000_000)
}

pub fn tenant(number: u32) -> Tenant {
    Uuid::from_u128(0x72f9_88bf_86f1_41af_91ab_0000_0000_0000 + u128::from(number)).into()
}

pub fn unix(clock: &ManualClock) -> u64 {
    clock.now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}
