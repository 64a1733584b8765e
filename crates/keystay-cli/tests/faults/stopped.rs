//! Told to stop, as a service manager does.

use std::time::{Duration, Instant};

use keystay_lab::Fault;
use rustix::process::Signal;

use crate::{
    load::{Answer, Load, Question},
    service::Service,
    until,
};

/// How long Entra takes for those under way.
const SLOW: Duration = Duration::from_secs(3);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_told_to_stop_under_load_answers_what_is_under_way() {
    let mut service = Service::start("stop", 28).await;
    let tenants: Vec<String> = service.tenants.iter().map(ToString::to_string).collect();
    let (warm, cold) = tenants.split_at(8);
    let question = Question::at(&service.socket(), service.app());
    let load = Load::start(&question, warm, 8, Duration::ZERO);
    load.goes_on(20).await;
    let slow = service.lab.faults().add(Fault::delay(SLOW).on_host("login.microsoftonline.com").on_path("/oauth2/"));
    let under_way: Vec<_> = cold
        .iter()
        .map(|tenant| {
            let (question, tenant) = (Question::at(&service.socket(), service.app()), tenant.clone());
            tokio::spawn(async move { question.ask(&tenant).await })
        })
        .collect();
    let hits = || service.lab.faults().get(slow).unwrap().hits;
    until("requests at Entra", async || hits() == cold.len() as u64).await;
    let told = Instant::now();
    service.signal(Signal::TERM);
    let mut served = 0;
    for answer in under_way {
        match answer.await.unwrap() {
            Answer::Served => served += 1,
            Answer::Failed(why) | Answer::Wrong(why) => panic!("a request under way got {why}"),
        }
    }
    until("the end", async || service.ended().is_some()).await;
    let stopping = told.elapsed();
    assert!(service.ended().unwrap().success());
    assert!(stopping > SLOW / 2 && stopping < Duration::from_secs(10), "{stopping:?}");
    assert!(!service.socket().exists(), "the socket is left over");
    let tally = load.end().await;
    let kinds: Vec<&str> = tally.failed.keys().map(String::as_str).collect();
    assert!(kinds.iter().all(|kind| ["no connection", "closed without an answer"].contains(kind)), "{tally:?}");
    let seen = format!("{served} more waited for Entra and got their tokens; ended in {:.1} s", stopping.as_secs_f32());
    tally.tell("told to stop (`SIGTERM`)", &seen);
}
