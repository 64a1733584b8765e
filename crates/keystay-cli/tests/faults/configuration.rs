//! Nonsense in the configuration file.

use std::time::Duration;

use rustix::process::Signal;

use crate::{
    load::{Load, Question},
    service::Service,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broken_configuration_read_under_load_fails_no_request() {
    const TIMES: usize = 10;
    let service = Service::start("reload", 8).await;
    let tenants: Vec<String> = service.tenants.iter().map(ToString::to_string).collect();
    let question = Question::at(&service.socket(), service.app());
    let file = service.file("keystay.toml");
    let good = std::fs::read_to_string(&file).unwrap();
    let half = good.split_at(good.len() / 2).0.to_owned();
    let load = Load::start(&question, &tenants, 16, Duration::ZERO);
    for nonsense in
        [half, good.replace("callers = \"me\"", "callers = \"you\""), String::new()].iter().cycle().take(TIMES)
    {
        load.goes_on(20).await;
        std::fs::write(&file, nonsense).unwrap();
        service.signal(Signal::HUP);
        service.says("the broker goes on with the configuration it had");
        load.goes_on(20).await;
        std::fs::write(&file, &good).unwrap();
        service.signal(Signal::HUP);
        service.says("the configuration was read again");
    }
    let tally = load.end().await;
    assert!(tally.is_whole(), "{tally:?}");
    tally.tell(&format!("a broken configuration read, and a good one after it, {TIMES} times"), "");
}
