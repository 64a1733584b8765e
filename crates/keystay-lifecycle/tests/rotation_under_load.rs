//! A whole rotation, killed at every one of its requests, while a program asks for tokens of a thousand tenants without
//! pause: no request fails, and nothing is signed by a wrong version.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod support;

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::{StreamExt, stream};
use keystay::{Client, Pin, PinnedKey, Scopes, SigningKey, Tenant, Vault};
use keystay_lab::{AuditRecord, Propagation};
use keystay_lifecycle::{
    Remote,
    rotate::{Due, Rotation, RotationSettings},
    vault::SigningCertificate,
};
use parking_lot::Mutex;
use support::{
    Azure,
    crash::Crash,
    time::{Driving, Following, RealSleep},
};
use time::OffsetDateTime;

const TENANTS: usize = 1_000;
/// Minutes, as it may be with the service.
const PROPAGATION_SECS: u32 = 180;
/// A follower looks every 2 seconds; on a busy computer a hundred times as fast as the clock on the wall, it may be late.
const FOLLOWED_WITHIN: time::Duration = time::Duration::seconds(120);
/// Requests for tokens at once: as many signatures may be under way when the follower changes.
const AT_ONCE: usize = 32;

fn customers(azure: &Azure) -> Vec<Tenant> {
    let directory = azure.lab.directory();
    let consented = directory.create_tenants(TENANTS).into_iter().map(|tenant| {
        directory.consent(azure.app().as_uuid(), tenant).unwrap();
        // short tokens, so that every tenant asks Entra again and again during one rotation
        directory.set_token_lifetime(tenant, Duration::from_secs(600)).unwrap();
        Tenant::from(tenant)
    });
    consented.collect()
}

/// A program on the app's host, whose key follows the pin.
async fn program(azure: &Azure, pin: &Path) -> (Client, PinnedKey) {
    let vault = azure.vault_of_the_host();
    let time = azure.lab.clock().clone();
    let pinned = PinnedKey::open_with(pin, Arc::new(Following(time.clone())), move |pin| {
        let vault: Vault = vault.clone();
        Box::pin(async move { Ok(Arc::new(pin.key(&vault).await?) as Arc<dyn SigningKey>) })
    })
    .await
    .unwrap();
    let client = Client::builder(azure.app())
        .key(pinned.key())
        .refuse_exportable_keys()
        .transport(azure.transport())
        .clock(Arc::new(RealSleep(time)))
        .build()
        .unwrap();
    (client, pinned)
}

#[derive(Default)]
struct Load {
    stop: AtomicBool,
    given: AtomicUsize,
    failures: Mutex<Vec<String>>,
}

impl Load {
    /// Asks for a token of each tenant, again and again, many at once.
    async fn run(&self, client: &Client, tenants: &[Tenant]) {
        while !self.stop.load(Ordering::SeqCst) {
            stream::iter(tenants)
                .for_each_concurrent(AT_ONCE, async |tenant| match client.token(tenant, &Scopes::graph()).await {
                    Ok(_) => drop(self.given.fetch_add(1, Ordering::SeqCst)),
                    Err(error) => self.failures.lock().push(format!("{tenant}: {error}")),
                })
                .await;
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

fn settings(azure: &Azure, pin: &Path) -> RotationSettings {
    let mut settings = RotationSettings::new(azure.app(), pin);
    settings.samples = vec![azure.customer()];
    settings.probes = 2;
    settings
}

fn version_of(record: &AuditRecord) -> String {
    record.properties.id.rsplit('/').next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotation_killed_at_every_request_fails_no_request_of_a_thousand_tenants() {
    let azure = Azure::start().await;
    azure
        .lab
        .directory()
        .set_propagation(Propagation { credential_seconds: PROPAGATION_SECS, ..Propagation::default() });
    let folder = tempfile::tempdir().unwrap();
    let pin = folder.path().join("harbor-signer.pin");
    let tenants = customers(&azure);
    let driving = Arc::new(Driving(azure.lab.clock().clone(), 100));
    // the pin of the version that is registered
    Rotation::new(settings(&azure, &pin), azure.signer(), azure.remote()).run(&|_| {}).await.unwrap();
    let old = Pin::read(&pin).unwrap();

    let (client, pinned) = program(&azure, &pin).await;
    let following = pinned.follow(&client);
    let load = Arc::new(Load::default());
    let running = {
        let (load, client) = (load.clone(), client.clone());
        tokio::spawn(async move { load.run(&client, &tenants).await })
    };
    while load.given.load(Ordering::SeqCst) < TENANTS {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }

    let mut settings = settings(&azure, &pin);
    settings.due = Due::MadeBefore(azure.lab.clock().now());
    let mut kills = 0;
    for at in 1.. {
        let crash = Crash::at(azure.http.clone(), at);
        let remote = Remote { transport: crash.transport(), ..azure.remote() };
        let url = format!("https://{}", azure.lab.seed().vault_host).parse().unwrap();
        let vault = Vault::new(&url, azure.operator(), crash.transport()).unwrap();
        let signer = SigningCertificate::new(vault, "harbor-signer").unwrap();
        let rotation = Rotation::new(settings.clone(), signer, remote).with_clock(driving.clone());
        if let Some(outcome) = Box::pin(crash.survive(rotation.run(&|_| {}))).await {
            outcome.unwrap();
            break;
        }
        kills = at;
    }
    // a life of tokens more, with the old version removed and disabled
    keystay::Clock::sleep(driving.as_ref(), Duration::from_secs(600)).await;
    load.stop.store(true, Ordering::SeqCst);
    running.await.unwrap();
    drop(following);

    let new = Pin::read(&pin).unwrap();
    assert_eq!((new.generation, pinned.pin()), (2, new.clone()));
    let failures = load.failures.lock();
    assert_eq!(failures.len(), 0, "{:#?}", failures.iter().take(5).collect::<Vec<_>>());
    let signs = judge_signs(&azure, &old, &new);
    println!(
        "killed {kills} times; {} tokens given out, {} signatures by the old version and {} by the new, 0 failures",
        load.given.load(Ordering::SeqCst),
        signs.0,
        signs.1
    );
    assert!(kills >= 25, "{kills}");
}

/// Every signature the program got from the vault was by the version that the pin named, and once it had changed, none was
/// begun by the old one; how many by each.
fn judge_signs(azure: &Azure, old: &Pin, new: &Pin) -> (usize, usize) {
    let host = azure.lab.seed().host_identity.client_id;
    let removed: OffsetDateTime = {
        let entries = azure.lab.journal().entries();
        entries.iter().find(|entry| entry.path.ends_with("removeKey") && entry.status == Some(204)).unwrap().at
    };
    let (mut by_old, mut by_new, mut late) = (0, 0, 0);
    let records = azure.lab.audit().records();
    assert!(records.len() < 20_000, "the log has lost nothing");
    for sign in records.iter().filter(|one| one.operation_name == "KeySign" && one.identity.claim.appid == Some(host)) {
        assert_eq!(sign.properties.http_status_code, 200, "{sign:?}");
        let version = version_of(sign);
        if version == old.version() {
            assert!(
                sign.time <= new.since + FOLLOWED_WITHIN,
                "signed by the old version {} after the flip",
                sign.time - new.since
            );
            assert!(sign.time + Duration::from_secs(300) < removed, "an assertion outlived its certificate");
            by_old += 1;
            late += usize::from(by_new > 0);
        } else {
            assert_eq!(version, new.version(), "signed by a version that was never pinned");
            assert!(sign.time >= new.since, "signed by the new version before the pin named it");
            by_new += 1;
        }
    }
    assert!(
        late <= AT_ONCE,
        "{late} signatures by the old version after the first by the new, more than were under way"
    );
    assert!(by_old >= TENANTS && by_new >= TENANTS, "{by_old} {by_new}");
    (by_old, by_new)
}
