//! What a cached token costs: time and allocations, for one tenant and for many, beside the official SDK in the same run.
//!
//! `cargo bench -p keystay --bench cached_token`

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, reason = "a benchmark")]

use std::{hint::black_box, sync::Arc};

use async_trait::async_trait;
use azure_core::{
    credentials::{Secret as AzureSecret, TokenCredential},
    http::{AsyncRawResponse, ClientOptions, HttpClient, Request, StatusCode, headers::Headers},
};
use azure_identity::{ClientSecretCredential, ClientSecretCredentialOptions};
use divan::{AllocProfiler, Bencher, counter::ItemsCount};
use futures::FutureExt;
use keystay::{Client, LocalKey, Scopes, Secret, Tenant, Transport};
use uuid::Uuid;

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

const TENANTS: [u32; 3] = [1, 1_000, 100_000];
const APP: &str = "6a2f1c0e-0b6c-4d0e-9b34-51f3a5d7c0aa";
const LOOKUPS_PER_TASK: u32 = 10_000;
const TASKS: u32 = 8;

/// A token endpoint that answers at once.
#[derive(Debug)]
struct Endpoint;

#[async_trait]
impl HttpClient for Endpoint {
    async fn execute_request(&self, _request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let token = "t".repeat(1600);
        let body = format!(r#"{{"token_type":"Bearer","expires_in":86399,"access_token":"{token}"}}"#);
        Ok(AsyncRawResponse::from_bytes(StatusCode::Ok, Headers::new(), body))
    }
}

fn transport() -> Transport {
    Transport::new(Arc::new(Endpoint))
}

fn tenant(number: u32) -> Tenant {
    Uuid::from_u128(u128::from(number) << 64 | 0x5eed).into()
}

fn main() {
    divan::main();
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// A client that holds a token for each of so many tenants. The assertion comes from a federated identity: what is
/// measured is the cache, not the 100,000 signatures before it.
fn warm_client(runtime: &tokio::runtime::Runtime, tenants: u32) -> Client {
    let identity = ClientSecretCredential::new(
        &tenant(0).to_string(),
        APP.to_owned(),
        AzureSecret::new("not a secret"),
        Some(secret_options(&transport())),
    )
    .unwrap();
    let client =
        Client::builder(APP.parse().unwrap()).federated_identity(identity).transport(transport()).build().unwrap();
    runtime.block_on(async {
        for number in 0..tenants {
            client.token(&tenant(number), &Scopes::graph()).await.unwrap();
        }
    });
    client
}

fn secret_options(transport: &Transport) -> ClientSecretCredentialOptions {
    ClientSecretCredentialOptions {
        client_options: ClientOptions { transport: Some(transport.clone()), ..ClientOptions::default() },
    }
}

/// Tenants in an order that no prefetcher guesses.
fn order(tenants: u32) -> impl FnMut() -> u32 {
    let mut state = 1_u32;
    move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) % tenants
    }
}

#[divan::bench(args = TENANTS, sample_size = 1000, sample_count = 200)]
fn keystay_one_task(bencher: Bencher<'_, '_>, tenants: u32) {
    let runtime = runtime();
    let client = warm_client(&runtime, tenants);
    let names: Vec<Tenant> = (0..tenants).map(tenant).collect();
    let (scopes, mut next) = (Scopes::graph(), order(tenants));
    let _inside = runtime.enter();
    bencher.bench_local(|| {
        let token = client.token(&names[next() as usize], &scopes).now_or_never();
        black_box(token.expect("a cached token is there at the first poll").unwrap())
    });
}

#[divan::bench(args = TENANTS, sample_count = 20)]
fn keystay_eight_tasks(bencher: Bencher<'_, '_>, tenants: u32) {
    let runtime = runtime();
    let client = warm_client(&runtime, tenants);
    let names: Arc<Vec<Tenant>> = Arc::new((0..tenants).map(tenant).collect());
    bencher.counter(ItemsCount::new(TASKS * LOOKUPS_PER_TASK)).bench_local(|| {
        runtime.block_on(async {
            let tasks = (0..TASKS).map(|task| {
                let (client, names, mut next) = (client.clone(), names.clone(), order(tenants));
                tokio::spawn(async move {
                    let scopes = Scopes::graph();
                    for _ in 0..LOOKUPS_PER_TASK {
                        let name = &names[(next() + task) as usize % names.len()];
                        black_box(client.token(name, &scopes).await.unwrap());
                    }
                })
            });
            futures::future::join_all(tasks).await;
        });
    });
}

#[divan::bench(args = TENANTS, sample_size = 1000, sample_count = 200)]
fn azure_identity_one_task(bencher: Bencher<'_, '_>, tenants: u32) {
    let runtime = runtime();
    let credentials = warm_credentials(&runtime, tenants);
    let mut next = order(tenants);
    let _inside = runtime.enter();
    bencher.bench_local(|| {
        let token =
            credentials[next() as usize].get_token(&["https://graph.microsoft.com/.default"], None).now_or_never();
        black_box(token.expect("a cached token is there at the first poll").unwrap())
    });
}

#[divan::bench(args = TENANTS, sample_count = 20)]
fn azure_identity_eight_tasks(bencher: Bencher<'_, '_>, tenants: u32) {
    let runtime = runtime();
    let credentials = Arc::new(warm_credentials(&runtime, tenants));
    bencher.counter(ItemsCount::new(TASKS * LOOKUPS_PER_TASK)).bench_local(|| {
        runtime.block_on(async {
            let tasks = (0..TASKS).map(|task| {
                let (credentials, mut next) = (credentials.clone(), order(tenants));
                tokio::spawn(async move {
                    for _ in 0..LOOKUPS_PER_TASK {
                        let credential = &credentials[(next() + task) as usize % credentials.len()];
                        let token = credential.get_token(&["https://graph.microsoft.com/.default"], None).await;
                        black_box(token.unwrap());
                    }
                })
            });
            futures::future::join_all(tasks).await;
        });
    });
}

/// The peer's way: one credential per tenant, all on one transport.
fn warm_credentials(runtime: &tokio::runtime::Runtime, tenants: u32) -> Vec<Arc<ClientSecretCredential>> {
    let transport = transport();
    runtime.block_on(async {
        let mut credentials = Vec::new();
        for number in 0..tenants {
            let credential = ClientSecretCredential::new(
                &tenant(number).to_string(),
                APP.to_owned(),
                AzureSecret::new("not a secret"),
                Some(secret_options(&transport)),
            )
            .unwrap();
            credential.get_token(&["https://graph.microsoft.com/.default"], None).await.unwrap();
            credentials.push(credential);
        }
        credentials
    })
}

/// One signature, verified: what a fetch costs in this process beside the waiting.
#[divan::bench(sample_count = 50)]
fn assertion_with_a_local_key(bencher: Bencher<'_, '_>) {
    let runtime = runtime();
    let pem = Secret::new(include_str!("../tests/data/signer.pem").into());
    let key = Arc::new(runtime.block_on(LocalKey::from_pem("signer.pem", &pem)).unwrap());
    let generator = keystay::AssertionGenerator::new(APP.parse().unwrap(), key).unwrap();
    bencher.bench_local(|| {
        runtime.block_on(generator.generate("https://login.example", std::time::SystemTime::now())).unwrap()
    });
}
