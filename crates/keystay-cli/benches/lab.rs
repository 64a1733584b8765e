//! What the lab costs: from start to ready, in memory, and per request, beside the cryptography library alone.
//!
//! `cargo bench -p keystay-cli --bench lab`. Linux only: it reads what the lab's process used from `/proc`.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a benchmark")]

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use aws_lc_rs::{
    digest::{self, SHA256},
    rand::SystemRandom,
    rsa::KeySize,
    signature::{KeyPair as _, RSA_PSS_SHA256, RsaKeyPair, VerificationAlgorithm as _},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::{Certificate, Client, Method, Proxy};
use serde_json::{Value, json};

const STARTS: usize = 41;
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(3);
/// What `/proc/PID/stat` counts in, on every Linux that matters (`sysconf(_SC_CLK_TCK)`).
const TICK: Duration = Duration::from_millis(10);

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(starts());
    let lab = LabProcess::start();
    println!("resident when ready: {:.1} MB", lab.resident_mb());
    runtime.block_on(requests(&lab));
    println!("resident after all requests: {:.1} MB", lab.resident_mb());
}

/// A lab in a process of its own, ended when dropped.
struct LabProcess {
    process: Child,
    description: Value,
}

impl LabProcess {
    /// Ready means: it has answered that it is, with its ports open and its world seeded.
    fn start() -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_keystay"))
            .args(["lab", "up", "--json"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { process, description: serde_json::from_str(&line).unwrap() }
    }

    fn text(&self, pointer: &str) -> &str {
        self.description.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("no {pointer}"))
    }

    fn client(&self) -> Client {
        let ca = std::fs::read(self.text("/ca_file")).unwrap();
        Client::builder()
            .proxy(Proxy::https(self.text("/proxy")).unwrap())
            .tls_certs_only([Certificate::from_pem(&ca).unwrap()])
            .build()
            .unwrap()
    }

    fn resident_mb(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        let kib: f64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
        kib / 1024.0
    }

    fn cpu(&self) -> Duration {
        cpu(&self.process.id().to_string())
    }
}

impl Drop for LabProcess {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Processor time that all threads of a process have used so far.
fn cpu(process: &str) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    // fields 14 and 15 (proc(5)); the second field may hold spaces and ends with the last parenthesis
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let ticks: u32 = fields[11].parse::<u32>().unwrap() + fields[12].parse::<u32>().unwrap();
    TICK * ticks
}

/// A new lab each time, until it is ready, and on until it has answered the first request for a token.
async fn starts() {
    let client = Client::new();
    let (mut ready, mut token) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        let start = Instant::now();
        let lab = LabProcess::start();
        ready.push(start.elapsed());
        managed_identity_token(&lab, &client).await;
        token.push(start.elapsed());
    }
    for (what, mut times) in [("start to ready", ready), ("start to the first token", token)] {
        times.sort();
        println!(
            "{what}, {STARTS} times: median {:.0?}, best {:.0?}, worst {:.0?}",
            times[STARTS / 2],
            times[0],
            times[STARTS - 1]
        );
    }
}

async fn managed_identity_token(lab: &LabProcess, client: &Client) -> String {
    let answer: Value = client
        .get(lab.text("/environment/IDENTITY_ENDPOINT"))
        .query(&[("api-version", "2019-08-01"), ("resource", "https://vault.azure.net")])
        .header("X-IDENTITY-HEADER", lab.text("/environment/IDENTITY_HEADER"))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    answer["access_token"].as_str().unwrap().to_owned()
}

/// One kind of request, and the cryptography that it cannot do without.
struct Workload {
    name: &'static str,
    request: reqwest::Request,
    bare: Box<dyn Fn()>,
}

async fn requests(lab: &LabProcess) {
    let client = lab.client();
    // the documented limits would be measured otherwise: 400 signatures a second
    let throttling = json!({ "enabled": false });
    let lab_door = format!("{}/lab/throttling", lab.text("/address"));
    let switched_off = Client::new().put(lab_door).json(&throttling).send().await.unwrap();
    assert!(switched_off.status().is_success(), "{switched_off:?}");
    let workloads = [sign(lab, &client).await, token(lab, &client).await];
    println!("\n{ROUNDS} rounds of {ROUND:?}; the client shares the computer's cores, and is not counted");
    for workload in workloads {
        let bare = bare(&workload.bare);
        println!("{}: the cryptography alone takes {bare:.0?} of a core", workload.name);
        for connections in [1, 8, 64] {
            let mut rounds = Vec::new();
            for _ in 0..ROUNDS {
                rounds.push(round(lab, &client, &workload.request, connections).await);
            }
            rounds.sort_by_key(|round| round.cpu);
            let Round { cpu, per_second } = rounds[ROUNDS / 2];
            println!(
                "  {connections:>2} connections: {per_second:>6.0}/s; {cpu:>4.0?} of a core each = {:>5.0}/s per core, \
                 {:.2} x the cryptography",
                1.0 / cpu.as_secs_f64(),
                cpu.div_duration_f64(bare)
            );
        }
    }
}

/// `POST /keys/harbor-signer/sign`, PS256 with RSA 2048, and the check of the bearer token before it.
async fn sign(lab: &LabProcess, client: &Client) -> Workload {
    let bearer = managed_identity_token(lab, client).await;
    let value = URL_SAFE_NO_PAD.encode(digest::digest(&SHA256, b"assertion"));
    let request = client
        .request(Method::POST, format!("https://{}/keys/harbor-signer/sign", lab.text("/seed/vault_host")))
        .query(&[("api-version", "2025-07-01")])
        .bearer_auth(bearer)
        .json(&json!({ "alg": "PS256", "value": value }))
        .build()
        .unwrap();
    Workload { name: "sign (PS256, RSA 2048)", request, bare: one_signature_one_check() }
}

/// A token for an assertion signed in the vault: Entra checks one signature and makes one.
async fn token(lab: &LabProcess, client: &Client) -> Workload {
    let host_tenant = lab.text("/seed/juniper/id");
    let (app, key_url) = (lab.text("/seed/ready_app"), format!("https://{}", lab.text("/seed/vault_host")));
    let assertion = assertion(lab, client, app, host_tenant, &key_url).await;
    let request = client
        .request(Method::POST, endpoint(host_tenant))
        .form(&[
            ("grant_type", "client_credentials"),
            ("client_id", app),
            ("scope", "https://graph.microsoft.com/.default"),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", &assertion),
        ])
        .build()
        .unwrap();
    Workload { name: "token (client assertion)", request, bare: one_signature_one_check() }
}

fn endpoint(tenant: &str) -> String {
    format!("https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token")
}

/// Signed in the vault, as an app of this project would.
async fn assertion(lab: &LabProcess, client: &Client, app: &str, tenant: &str, vault: &str) -> String {
    let template = sign(lab, client).await.request;
    let bearer = template.headers()["authorization"].clone();
    let certificate: Value = client
        .get(format!("{vault}/certificates/harbor-signer?api-version=2025-07-01"))
        .header("authorization", bearer.clone())
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let now = time::OffsetDateTime::now_utc().unix_timestamp();
    let encode = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let header = encode(json!({ "alg": "PS256", "typ": "JWT", "x5t": certificate["x5t"] }));
    let claims =
        json!({ "aud": endpoint(tenant), "iss": app, "sub": app, "nbf": now, "exp": now + 3600, "jti": "bench" });
    let unsigned = format!("{header}.{}", encode(claims));
    let value = URL_SAFE_NO_PAD.encode(digest::digest(&SHA256, unsigned.as_bytes()));
    let signed: Value = client
        .post(template.url().clone())
        .header("authorization", bearer)
        .json(&json!({ "alg": "PS256", "value": value }))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    format!("{unsigned}.{}", signed["value"].as_str().unwrap())
}

/// What every request of the workloads cannot do without.
fn one_signature_one_check() -> Box<dyn Fn()> {
    let (key, random) = (RsaKeyPair::generate(KeySize::Rsa2048).unwrap(), SystemRandom::new());
    let made = signature(&key, &random);
    Box::new(move || {
        verify(&key, &made);
        signature(&key, &random);
    })
}

fn signature(key: &RsaKeyPair, random: &SystemRandom) -> Vec<u8> {
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(&RSA_PSS_SHA256, random, b"message", &mut signature).unwrap();
    signature
}

fn verify(key: &RsaKeyPair, signature: &[u8]) {
    let algorithm = &aws_lc_rs::signature::RSA_PSS_2048_8192_SHA256;
    algorithm.verify_sig(key.public_key().as_ref(), b"message", signature).unwrap();
}

/// Processor time of one piece of work, by the same clock as the lab's.
fn bare(work: &dyn Fn()) -> Duration {
    const TIMES: u32 = 2_000;
    let used = cpu("self");
    (0..TIMES).for_each(|_| work());
    cpu("self").saturating_sub(used) / TIMES
}

struct Round {
    /// What one request took of the lab's processor time.
    cpu: Duration,
    per_second: f64,
}

async fn round(lab: &LabProcess, client: &Client, request: &reqwest::Request, connections: usize) -> Round {
    let (start, used) = (Instant::now(), lab.cpu());
    let workers = (0..connections).map(|_| {
        let client = client.clone();
        let request = request.try_clone().unwrap();
        tokio::spawn(async move {
            let mut done = 0_u32;
            while start.elapsed() < ROUND {
                let answer = client.execute(request.try_clone().unwrap()).await.unwrap();
                assert!(answer.status().is_success(), "{answer:?}");
                answer.bytes().await.unwrap();
                done += 1;
            }
            done
        })
    });
    let mut done = 0;
    for worker in workers.collect::<Vec<_>>() {
        done += worker.await.unwrap();
    }
    Round { cpu: lab.cpu().saturating_sub(used) / done, per_second: f64::from(done) / start.elapsed().as_secs_f64() }
}
