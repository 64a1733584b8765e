//! How long 1,000 tenants take from nothing to a token each, 64 at once, with a vault that needs 15 ms per signature and
//! an Entra that needs 20 ms per token; beside the official SDK's credential doing the same in the same run.
//!
//! `cargo bench -p keystay --bench cold_start`

#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark")]

#[path = "../tests/support/lab.rs"]
#[allow(dead_code, unreachable_pub, reason = "shared with the tests")]
mod lab;

use std::time::{Duration, Instant};

use async_trait::async_trait;
use azure_core::{
    credentials::TokenCredential,
    http::{ClientMethodOptions, ClientOptions},
};
use azure_identity::{ClientAssertion, ClientAssertionCredential, ClientAssertionCredentialOptions};
use futures::{StreamExt, stream};
use keystay::{AssertionGenerator, Client, Cloud, Scopes, Tenant};
use keystay_lab::{LabOptions, Latency, Throttling};
use lab::Azure;

const TENANTS: u16 = 1_000;
const AT_ONCE: u16 = 64;
const SIGN: Duration = Duration::from_millis(15);
const TOKEN: Duration = Duration::from_millis(20);
const ROUNDS: usize = 7;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let azure = Azure::with(LabOptions::new()).await;
    // 400 signatures a second are documented; what is measured here is the client
    azure.lab.vaults().set_throttling(Throttling { enabled: false, ..Throttling::default() });
    let ideal = (SIGN + TOKEN).mul_f64(f64::from(TENANTS) / f64::from(AT_ONCE));
    println!("{TENANTS} cold tenants, {AT_ONCE} at once, {SIGN:?} per sign, {TOKEN:?} per token: ideal {ideal:.0?}");
    println!("the lab signs, verifies and speaks TLS in the same process, on the same cores\n");
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.push(keystay(&azure).await);
        theirs.push(azure_identity(&azure).await);
    }
    report("keystay", ours, ideal);
    report("azure_identity, one credential per tenant, one transport", theirs, ideal);
}

fn report(name: &str, mut rounds: Vec<Duration>, ideal: Duration) {
    rounds.sort();
    let (best, median) = (rounds[0], rounds[rounds.len() / 2]);
    println!(
        "{name}: median {median:.0?} ({:.2} x ideal), best {best:.0?} ({:.2} x ideal)",
        median.div_duration_f64(ideal),
        best.div_duration_f64(ideal)
    );
}

fn tenants(azure: &Azure) -> Vec<Tenant> {
    let app = azure.lab.seed().ready_app.unwrap();
    let tenants = azure.lab.directory().create_tenants(TENANTS.into());
    for tenant in &tenants {
        azure.lab.directory().consent(app, *tenant).unwrap();
    }
    tenants.into_iter().map(Tenant::from).collect()
}

async fn warm(azure: &Azure) -> Client {
    azure.lab.latency().set(Latency::default());
    let client = azure.client().await;
    // answers the vault's challenge and opens connections, for both alike
    client.token(&azure.customer(), &Scopes::graph()).await.unwrap();
    azure.lab.latency().set(Latency { sign: SIGN, token: TOKEN, ..Latency::default() });
    client
}

async fn keystay(azure: &Azure) -> Duration {
    let (tenants, client) = (tenants(azure), warm(azure).await);
    let start = Instant::now();
    stream::iter(&tenants)
        .for_each_concurrent(usize::from(AT_ONCE), async |tenant| {
            client.token(tenant, &Scopes::graph()).await.unwrap();
        })
        .await;
    start.elapsed()
}

/// Signs in the vault for the SDK's credential, through the same key.
#[derive(Debug)]
struct VaultAssertion {
    generator: AssertionGenerator,
    endpoint: String,
}

#[async_trait]
impl ClientAssertion for VaultAssertion {
    async fn secret(&self, _options: Option<ClientMethodOptions<'_>>) -> azure_core::Result<String> {
        let assertion = self.generator.generate(&self.endpoint, std::time::SystemTime::now()).await.unwrap();
        Ok(assertion.jwt().expose().to_owned())
    }
}

async fn azure_identity(azure: &Azure) -> Duration {
    let (tenants, _) = (tenants(azure), warm(azure).await);
    let app = azure.lab.seed().ready_app.unwrap();
    let key = azure.signer().await;
    let generator = AssertionGenerator::new(app.into(), key).unwrap();
    generator.generate("warm", std::time::SystemTime::now()).await.unwrap();
    let transport = azure.transport();
    let start = Instant::now();
    stream::iter(&tenants)
        .for_each_concurrent(usize::from(AT_ONCE), async |tenant| {
            let assertion =
                VaultAssertion { generator: generator.clone(), endpoint: Cloud::Public.token_endpoint(tenant) };
            let options = ClientAssertionCredentialOptions {
                client_options: ClientOptions { transport: Some(transport.clone()), ..ClientOptions::default() },
            };
            let credential =
                ClientAssertionCredential::new(tenant.to_string(), app.to_string(), assertion, Some(options)).unwrap();
            credential.get_token(&["https://graph.microsoft.com/.default"], None).await.unwrap();
        })
        .await;
    start.elapsed()
}
