//! The lab over a long time: once warm, more traffic costs neither memory nor descriptors. A program of its own, because what it
//! measures belongs to the whole process. `KEYSTAY_SOAK_SECONDS` makes it last longer than its 45 seconds.

#![cfg(all(target_os = "linux", target_env = "gnu"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]
#![allow(clippy::disallowed_methods, reason = "a caller's ids are its own")]

#[path = "lab/support.rs"]
#[allow(dead_code, reason = "shared with the tests of good callers")]
mod support;
#[path = "hostile/target.rs"]
#[allow(dead_code, reason = "shared with the tests of hostile callers")]
mod target;

use std::{
    alloc::System,
    env, fs,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use aws_lc_rs::{
    digest::{SHA256, digest},
    signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey},
};
use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use futures::future::{join, join_all};
use keystay_lab::{Fault, FaultAction, Kind};
use malloc_info::{
    info::{SystemType, TotalType},
    malloc_info,
};
use reqwest::StatusCode;
use serde_json::{Value, json};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    sync::Mutex,
    time::{sleep, timeout},
};

use crate::{
    support::{Answer, OTHER_KEY, client, ps256, token_endpoint},
    target::{ENTRA, GRAPH, PATIENCE, Target, VAULT, statuses},
};

#[global_allocator]
static HEAP: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// How many pieces of Rust's memory the second half may leave behind, of thousands of requests.
const PIECES: usize = 100;
/// How many bytes more may be in use: a table that grows once, and what each thread keeps at hand.
const BYTES: usize = 512 << 10;
/// Requests after which everything with a fixed size is full: the largest is the server's memory of TLS sessions.
const WARM: u64 = 6_000;
/// Callers at once.
const CALLERS: usize = 24;
/// After each round its callers hang up, the clock jumps, and what it should have left is compared.
const ROUND: Duration = Duration::from_secs(3);
const SUBSCRIPTION: &str = "/subscriptions/5a17c0de-0000-4000-8000-00000000a001";

/// One test at a time: they measure the same process.
static ALONE: Mutex<()> = Mutex::const_new(());

#[tokio::test(flavor = "multi_thread")]
async fn mixed_traffic_leaves_neither_memory_nor_descriptors_behind() {
    let _alone = ALONE.lock().await;
    let seconds = env::var("KEYSTAY_SOAK_SECONDS").map_or(45, |text| text.parse().expect("a number of seconds"));
    let half = Duration::from_secs(seconds) / 2;
    let mut soak = Soak::start().await;
    soak.hang_up();
    let open = fewest_descriptors().await;
    soak.last(half).await;
    while soak.requests() < WARM {
        soak.last(ROUND).await;
    }
    soak.hang_up();
    let warm = Left::settled(open).await;
    let before = soak.requests();
    soak.last(half).await;
    soak.hang_up();
    let most = Left { pieces: warm.pieces + PIECES, heap: warm.heap + BYTES, descriptors: open, ..warm };
    let left = Left::when(|left| left.is_within(&most)).await;
    println!("{before} requests: {warm:?}\n{} requests, {} signs: {left:?}", soak.requests(), soak.all_signs);
    assert!(soak.requests() - before > seconds * 5, "{} requests in {half:?} are no soak", soak.requests() - before);
    assert!(
        left.is_within(&most),
        "after the first half {warm:?}, after the second {left:?}, {open} descriptors at the start"
    );
}

/// What stays when everybody hung up and the lab forgot its records.
#[derive(Clone, Copy, Debug)]
#[allow(dead_code, reason = "all of it is for whoever reads what the test prints")]
struct Left {
    /// Allocations of Rust's that were not freed. The most exact of all: it does not change by a single one in most runs.
    pieces: usize,
    /// Bytes in use, those of the cryptography, which is C, among them.
    heap: usize,
    /// Bytes the allocator keeps for later. They grow for a long time and are nobody's.
    unused: usize,
    /// Bytes in memory.
    resident: u64,
    descriptors: usize,
}

impl Left {
    fn now() -> Self {
        let rust = HEAP.stats();
        let all = malloc_info().unwrap();
        let held: usize =
            all.system.iter().filter(|size| size.r#type == SystemType::Current).map(|size| size.size).sum();
        let of = |mapped: bool| {
            let sizes = all.total.iter().filter(move |size| (size.r#type == TotalType::Mmap) == mapped);
            sizes.map(|size| size.size).sum::<usize>()
        };
        Self {
            pieces: rust.allocations - rust.deallocations,
            heap: held - of(false) + of(true),
            unused: of(false),
            resident: memory("VmRSS"),
            descriptors: descriptors(),
        }
    }

    fn is_within(&self, most: &Self) -> bool {
        self.pieces <= most.pieces && self.heap <= most.heap && self.descriptors <= most.descriptors
    }

    /// What is left when no connection is open and nothing more goes away.
    async fn settled(open: usize) -> Self {
        let (mut fewest, mut since) = (usize::MAX, 0);
        Self::when(|left| {
            since = if left.pieces < fewest || left.descriptors > open { 0 } else { since + 1 };
            fewest = fewest.min(left.pieces);
            since > 20
        })
        .await
    }

    /// What is left as soon as that is good, or when patience is at its end: connections take a moment to go.
    async fn when(mut good: impl FnMut(&Self) -> bool) -> Self {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = Self::now();
            if good(&left) || Instant::now() > deadline {
                return left;
            }
            sleep(Duration::from_millis(50)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_of_100_mb_in_chunks_never_stands_in_memory() {
    let _alone = ALONE.lock().await;
    let target = Target::new().await;
    // "5" makes the highest value so far the present one
    fs::write("/proc/self/clear_refs", "5").unwrap();
    let before = memory("VmHWM");
    let answers = join_all([
        pour(&target, VAULT, "PUT /secrets/a?api-version=7.6", &target.vault_token),
        pour(&target, GRAPH, "POST /v1.0/applications", &target.graph_token),
        pour(&target, ENTRA, "POST /common/oauth2/v2.0/token", ""),
    ])
    .await;
    let peak = memory("VmHWM");
    println!("peak {} MiB above {} MiB", (peak - before) >> 20, before >> 20);
    for answer in &answers {
        assert!(matches!(statuses(answer)[..], [400 | 413]), "{answer}");
    }
    assert!(peak < before + (24 << 20), "{before} bytes before, {peak} at the peak");
    target.is_well(&answers.concat()).await;
}

/// Sends 100 MB in chunks, as far as the lab takes them, and returns its answer.
async fn pour(target: &Target, host: &str, line: &str, token: &str) -> String {
    let (mut answers, mut requests) = tokio::io::split(target.open(host).await);
    let head = format!(
        "{line} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n\
         Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    );
    let sending = async {
        requests.write_all(head.as_bytes()).await?;
        let chunk = format!("100000\r\n{}\r\n", "a".repeat(0x10_0000));
        for _ in 0..100 {
            requests.write_all(chunk.as_bytes()).await?;
        }
        requests.write_all(b"0\r\n\r\n").await
    };
    let reading = async {
        let mut answer = Vec::new();
        let _ = answers.read_to_end(&mut answer).await;
        String::from_utf8_lossy(&answer).into_owned()
    };
    // the lab may close before it was sent everything
    timeout(PATIENCE, join(sending, reading)).await.expect("the lab answers or closes").1
}

/// A line of `/proc/self/status`, in bytes.
fn memory(line: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let value = status.lines().find_map(|one| one.strip_prefix(line)?.strip_prefix(':')).unwrap();
    value.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
}

fn descriptors() -> usize {
    fs::read_dir("/proc/self/fd").unwrap().count()
}

/// How many are open when the connections given up just now are closed at both ends.
async fn fewest_descriptors() -> usize {
    let mut fewest = descriptors();
    for _ in 0..40 {
        sleep(Duration::from_millis(50)).await;
        fewest = fewest.min(descriptors());
    }
    fewest
}

/// A lab and what its callers need.
struct Soak {
    target: Target,
    management_token: String,
    /// The id of a key on P-256, and its public half.
    key: String,
    public: Vec<u8>,
    certificate: String,
    /// Requests sent in all.
    requests: AtomicU64,
    /// Requests for signatures sent in this round, answered or not.
    signs: AtomicU64,
    all_signs: u64,
}

impl Soak {
    async fn start() -> Self {
        let target = Target::new().await;
        let lab = &target.bench.lab;
        let certificate = BASE64_STANDARD.encode(lab.vaults().create_certificate(VAULT, "soak", false).unwrap());
        let mut soak = Self {
            target,
            management_token: String::new(),
            key: String::new(),
            public: Vec::new(),
            certificate,
            requests: AtomicU64::new(0),
            signs: AtomicU64::new(0),
            all_signs: 0,
        };
        for name in ["steady", "truncate", "delay"] {
            let url = format!("https://{VAULT}/keys/{name}/create?api-version=7.6");
            let key = soak.send("POST", &url, &soak.target.vault_token, &json!({ "kty": "EC" })).await.unwrap();
            assert_eq!(key.status, StatusCode::OK, "{}", key.body);
            let half = |name: &str| BASE64_URL_SAFE_NO_PAD.decode(key.body["key"][name].as_str().unwrap()).unwrap();
            if name == "steady" {
                key.body["key"]["kid"].as_str().unwrap().clone_into(&mut soak.key);
                soak.public = [vec![4], half("x"), half("y")].concat();
            }
        }
        let faults = soak.target.bench.lab.faults();
        for (action, path) in [
            (FaultAction::Reset, "/keys/reset/"),
            (FaultAction::Truncate, "/keys/truncate/"),
            (FaultAction::Delay { millis: 20 }, "/keys/delay/"),
        ] {
            faults.add(Fault::new(action).on_host(VAULT).on_path(path));
        }
        faults.add(Fault::status(503).on_path("/v1.0/organization"));
        soak.rest().await;
        soak
    }

    /// Rounds of traffic for this long.
    async fn last(&mut self, time: Duration) {
        let end = Instant::now() + time;
        while Instant::now() < end {
            self.round(end.min(Instant::now() + ROUND)).await;
        }
    }

    async fn round(&mut self, end: Instant) {
        let clock = async {
            while Instant::now() < end {
                self.target.bench.lab.clock().advance(Duration::from_secs(1));
                sleep(Duration::from_millis(100)).await;
            }
        };
        let caller = async |number: usize| {
            let mut step = number;
            while Instant::now() < end {
                self.step(step).await;
                step += 1;
            }
        };
        join(clock, join_all((0..CALLERS).map(caller))).await;
        let signs = std::mem::take(self.signs.get_mut());
        assert_eq!(self.target.bench.lab.journal().count(Kind::Sign), signs, "the journal counts signatures");
        self.all_signs += signs;
        self.target.bench.lab.clock().advance(Duration::from_secs(600));
        self.rest().await;
    }

    fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    fn hang_up(&mut self) {
        self.target.bench.http = client(&self.target.bench.lab);
    }

    /// Everybody hangs up and gets new tokens; what the lab keeps on purpose is dropped, so that the rest shows.
    async fn rest(&mut self) {
        self.hang_up();
        let Target { bench, vault_token, graph_token } = &mut self.target;
        let home = &bench.lab.seed().home;
        *vault_token = support::managed_identity_token(bench, "https://vault.azure.net").await;
        bench.sign_in(&home.admin, home.password).await.token().clone_into(graph_token);
        let fields = [
            ("grant_type", "password"),
            ("client_id", "04b07795-8ddb-461a-bbee-02f9e1bf7b46"),
            ("username", &home.admin),
            ("password", home.password),
            ("scope", "https://management.azure.com/.default"),
        ];
        let answer = bench.post(&token_endpoint(&"organizations"), &fields).await;
        answer.token().clone_into(&mut self.management_token);
        self.target.is_well("").await;
        self.target.bench.lab.journal().clear();
        self.target.bench.lab.audit().clear();
    }

    /// One of many things callers do, with the answer it must get.
    async fn step(&self, number: usize) {
        let target = &self.target;
        let bench = &target.bench;
        self.requests.fetch_add(1, Ordering::Relaxed);
        match number % 15 {
            0 => drop(bench.app_token(bench.juniper()).await.token()),
            1 | 2 => {
                let text = number.to_string();
                let answer = self.sign(&self.key, &text).await.unwrap();
                assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
                let signature = BASE64_URL_SAFE_NO_PAD.decode(answer.body["value"].as_str().unwrap()).unwrap();
                let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &self.public);
                public.verify(text.as_bytes(), &signature).expect("a signature of this key over this text");
            }
            3 => {
                let url = format!("https://{VAULT}/certificates/soak?api-version=7.6");
                let answer = bench.get(&url, &target.vault_token).await;
                assert_eq!(answer.body["cer"], self.certificate, "{}", answer.body);
            }
            4 => {
                let app = bench.app();
                let url = format!("https://{GRAPH}/v1.0/applications?$filter=appId eq '{app}'");
                let answer = bench.get(&url, &target.graph_token).await;
                assert_eq!(answer.body["value"][0]["appId"], app.to_string(), "{}", answer.body);
            }
            5 => {
                let url = format!("https://management.azure.com{SUBSCRIPTION}?api-version=2022-12-01");
                let answer = bench.get(&url, &self.management_token).await;
                assert_eq!(answer.body["id"], SUBSCRIPTION, "{}", answer.body);
            }
            6 => {
                let assertion = ps256(&OTHER_KEY, &bench.claims());
                assert_eq!(bench.ask(&bench.juniper(), &assertion).await.aadsts(), 700_027);
            }
            7 => {
                let answer = bench.get(&format!("https://{VAULT}/keys?api-version=7.6"), "no.token.this").await;
                assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{}", answer.body);
            }
            8 => {
                let url = format!("https://{VAULT}/keys/bad/create?api-version=7.6");
                let answer = self.send("POST", &url, &target.vault_token, &json!({ "kty": [number] })).await.unwrap();
                assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.body);
            }
            9 => {
                let answer = target.raw(GRAPH, "GET /v1.0/us ers HTTP/1.1\r\nHost: graph.microsoft.com\r\n\r\n").await;
                assert_eq!(statuses(&answer), [400], "{answer}");
            }
            10 => {
                let answer = self.sign(&format!("https://{VAULT}/keys/reset"), "").await;
                drop(answer.expect_err("the connection is closed"));
            }
            11 => drop(self.sign(&format!("https://{VAULT}/keys/truncate"), "").await.expect_err("half an answer")),
            12 => {
                let answer = self.sign(&format!("https://{VAULT}/keys/delay"), "").await.unwrap();
                assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
            }
            13 => {
                let answer = bench.get(&format!("https://{GRAPH}/v1.0/organization"), &target.graph_token).await;
                assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{}", answer.body);
            }
            // hangs up in the middle of a handshake
            _ => target.tunnel(VAULT).await.write_all(b"\x16\x03\x01").await.unwrap(),
        }
    }

    /// Asks a key to sign a text.
    async fn sign(&self, key: &str, text: &str) -> reqwest::Result<Answer> {
        self.signs.fetch_add(1, Ordering::Relaxed);
        let value = BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, text.as_bytes()));
        let url = format!("{key}/sign?api-version=7.6");
        self.send("POST", &url, &self.target.vault_token, &json!({ "alg": "ES256", "value": value })).await
    }

    async fn send(&self, method: &str, url: &str, token: &str, body: &Value) -> reqwest::Result<Answer> {
        let request = self.target.bench.http.request(method.parse().unwrap(), url).bearer_auth(token).json(body);
        let response = request.send().await?;
        let (status, headers) = (response.status(), response.headers().clone());
        Ok(Answer { status, headers, body: response.json().await? })
    }
}
