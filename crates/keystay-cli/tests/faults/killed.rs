//! `kill -9`.

use std::{collections::BTreeSet, time::Duration};

use keystay_lab::Fault;

use crate::{
    DEADLINE,
    load::{Load, Question},
    service::Service,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_killed_under_load_is_started_again_and_loses_no_request_and_no_signature() {
    const KILLS: usize = 5;
    let mut service = Service::start("killed", 40).await;
    // the vault has signed, and the broker dies before it hears of it
    service.lab.faults().add(Fault::delay(Duration::from_millis(30)).on_host("vault.azure.net").on_path("/sign"));
    let tenants: Vec<String> = service.tenants.iter().map(ToString::to_string).collect();
    let question = Question::at(&service.socket(), service.app());
    let load = Load::start(&question, &tenants, 16, DEADLINE);
    let mut lines = 0;
    for kill in 0..KILLS {
        // now and then before the tokens of all tenants are there
        load.goes_on(if kill % 2 == 0 { 5 } else { 60 }).await;
        service.kill();
        assert!(service.socket().exists(), "nobody tidied up");
        let audit = service.audit();
        assert!(audit.len() > lines, "what was written before is still there");
        lines = audit.len();
        service.start_again();
    }
    load.goes_on(60).await;
    let tally = load.end().await;
    service.kill();
    assert!(tally.is_whole(), "{tally:?}");
    assert!(tally.tried_again > 0, "the kills were noticed by nobody");

    let audit = service.audit();
    let begun: BTreeSet<&str> = audit
        .iter()
        .filter(|line| line["event"] == "sign-begins")
        .filter_map(|line| line["correlation_id"].as_str())
        .collect();
    let records: Vec<serde_json::Value> =
        service.lab.audit().records().iter().map(|record| serde_json::to_value(record).unwrap()).collect();
    let signed: Vec<&str> = records
        .iter()
        .filter(|record| record["operationName"] == "KeySign")
        .filter_map(|record| record["correlationId"].as_str())
        .collect();
    assert!(signed.len() >= tenants.len(), "{} signatures", signed.len());
    for id in &signed {
        assert!(begun.contains(id), "the vault made a signature that is not in the ledger: {id}");
    }
    tally.tell(
        &format!("killed (`kill -9`) and started again, {KILLS} times"),
        &format!(
            "{} requests tried again; {} signatures of the vault, all in the ledger",
            tally.tried_again,
            signed.len()
        ),
    );
}
