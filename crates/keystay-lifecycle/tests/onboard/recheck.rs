//! Many tenants looked at in one run.

use std::{
    fmt::Write,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use keystay_lab::{Fault, FaultAction, Kind, Latency};
use keystay_lifecycle::{
    onboard::{Recheck, RecheckSettings},
    tenants::{Imported, Selection, TenantState, read_csv},
};
use uuid::Uuid;

use crate::house::{House, ROLE};

const MANY: usize = 120;

/// A house with many customers who consented.
async fn busy() -> (House, Vec<Uuid>) {
    let house = House::start().await;
    let directory = house.lab.directory();
    let tenants = directory.create_tenants(MANY);
    let mut csv = "customer,tenant,state\n".to_owned();
    for (number, tenant) in tenants.iter().enumerate() {
        directory.consent(house.app, *tenant).unwrap();
        writeln!(csv, "customer {number:03},{tenant},verified").unwrap();
    }
    let imported = house.tenants.import(&read_csv(csv.as_bytes()).unwrap()).unwrap();
    assert_eq!(imported, Imported { added: MANY, ..Imported::default() });
    (house, tenants)
}

fn settings() -> RecheckSettings {
    RecheckSettings {
        required: [ROLE.parse().unwrap()].into(),
        scopes: keystay::Scopes::graph(),
        probe: None,
        at_once: 16,
    }
}

async fn run(house: &House, selection: &Selection) -> Recheck {
    let records = house.tenants.list(selection).unwrap();
    Recheck::run(&house.tenants, &house.client, &house.clock, &settings(), records, |_| {}).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_finds_who_left_and_who_came_back() {
    let (house, tenants) = busy().await;
    let directory = house.lab.directory();
    for tenant in &tenants[..10] {
        directory.revoke_consent(house.app, *tenant).unwrap();
    }
    directory.delete_tenant(tenants[10]).unwrap();
    directory.disable_principal(house.app, tenants[11]).unwrap();
    house.tenants.invite("nobody knows which", None, Duration::from_secs(60)).unwrap();
    let found = run(&house, &Selection::default()).await;
    assert_eq!((found.looked, found.changed, found.without_tenant), (MANY, 12, 1));
    assert_eq!(found.states[&TenantState::Gone], 12);
    assert_eq!(found.states[&TenantState::Verified], MANY - 12);
    assert!(found.failed.is_empty(), "{:?}", found.failed);
    directory.consent(house.app, tenants[0]).unwrap();
    let gone = Selection { states: vec![TenantState::Gone], ..Selection::default() };
    assert_eq!(run(&house, &gone).await.changed, 1);
    assert_eq!(house.client.cached(), 0, "tokens of a run are not kept");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_was_broken_off_goes_on_where_it_was() {
    let (house, _) = busy().await;
    let records = house.tenants.list(&Selection::default()).unwrap();
    let seen = AtomicUsize::new(0);
    let settings = settings();
    let stopped = tokio::select! {
        _ = Recheck::run(&house.tenants, &house.client, &house.clock, &settings, records, |_| { seen.fetch_add(1, Ordering::SeqCst); }) => false,
        () = async { while seen.load(Ordering::SeqCst) < 30 { tokio::task::yield_now().await; } } => true,
    };
    assert!(stopped);
    let now: time::OffsetDateTime = house.lab.clock().now().into();
    let rest = Selection { checked_before: Some(now - Duration::from_secs(3600)), ..Selection::default() };
    let left = house.tenants.list(&rest).unwrap();
    let count = left.len();
    assert!(count > 0 && count <= MANY - 30, "{count}");
    house.lab.journal().clear();
    let found = Recheck::run(&house.tenants, &house.client, &house.clock, &settings, left, |_| {}).await.unwrap();
    assert_eq!(found.looked, count);
    // those that were being asked when it was broken off may have been asked twice, and nobody else
    assert!(house.lab.journal().count(Kind::Token) <= u64::try_from(count + settings.at_once).unwrap());
    assert_eq!(house.tenants.list(&rest).unwrap().len(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_entra_says_wait_everybody_waits() {
    let (house, _) = busy().await;
    let throttled = FaultAction::Aadsts { code: 90_055, retry_after_seconds: Some(9) };
    house.lab.faults().add(Fault::new(throttled).on_path("/token").times(1));
    let before = house.lab.clock().now();
    let found = run(&house, &Selection::default()).await;
    assert!(found.failed.is_empty(), "{:?}", found.failed);
    assert!(house.lab.clock().now().duration_since(before).unwrap() >= Duration::from_secs(9));
    assert_eq!(house.lab.journal().count(Kind::Token), u64::try_from(MANY + 1).unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_is_down_makes_nobody_gone() {
    let (house, _) = busy().await;
    house.lab.faults().add(Fault::aadsts(90_033).on_path("/token"));
    let found = run(&house, &Selection::default()).await;
    assert_eq!(found.failed["transient"], MANY);
    assert_eq!(found.states[&TenantState::Verified], MANY);
    let never = Selection { checked_before: Some(house.lab.clock().now().into()), ..Selection::default() };
    assert_eq!(house.tenants.list(&never).unwrap().len(), MANY, "a look without a result is no check");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_more_tenants_are_asked_at_once_than_was_said() {
    let (house, _) = busy().await;
    house.lab.latency().set(Latency { token: Duration::from_millis(40), ..Latency::default() });
    let start = std::time::Instant::now();
    run(&house, &Selection::default()).await;
    // 120 answers of 40 ms, 16 at once, are 8 rounds
    assert!(start.elapsed() >= Duration::from_millis(8 * 40), "{:?}", start.elapsed());
}
