//! The disk of the audit log: full, and without an answer.

use std::{
    fs::OpenOptions,
    process::Command,
    time::{Duration, Instant},
};

use rustix::process::{Resource, Rlimit, Signal, prlimit};

use crate::{
    load::{Load, Question},
    service::Service,
    until,
};

/// As much as the file may hold, in the shell's blocks of 512 bytes.
const BLOCKS: u64 = 128;

/// A limit to the size of files is met as a full disk is: in the middle of a line.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_takes_no_token_away_and_no_line_that_is_not_counted() {
    let limited = |broker: Command| {
        let mut command = Command::new("sh");
        command.args(["-c", &format!("ulimit -S -f {BLOCKS}; exec \"$0\" \"$@\"")]);
        command.arg(broker.get_program()).args(broker.get_args());
        for (name, value) in broker.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command
    };
    let mut service = Service::start_with("full", 8, |_| {}, limited).await;
    let tenants: Vec<String> = service.tenants.iter().map(ToString::to_string).collect();
    let question = Question::at(&service.socket(), service.app());
    let size = |service: &Service| std::fs::metadata(service.file("audit.jsonl")).unwrap().len();
    let load = Load::start(&question, &tenants, 16, Duration::ZERO);
    until("a full disk", async || size(&service) == BLOCKS * 512).await;
    load.goes_on(200).await;
    assert_eq!(size(&service), BLOCKS * 512);
    assert!(service.ended().is_none());
    let tally = load.end().await;
    assert!(tally.is_whole(), "{tally:?}");

    let unlimited = Rlimit { current: None, maximum: None };
    prlimit(Some(service.id()), Resource::Fsize, unlimited).unwrap();
    let granted = |service: &Service| {
        let text = std::fs::read_to_string(service.file("audit.jsonl")).unwrap();
        text.lines().filter(|line| line.contains(r#""event":"granted""#)).count() as u64
    };
    until("all lines", async || granted(&service) >= tally.served).await;
    service.signal(Signal::TERM);
    until("the end", async || service.ended().is_some()).await;
    let audit = service.audit();
    let granted = audit.iter().filter(|line| line["event"] == "granted").count() as u64;
    assert_eq!(granted, tally.served, "each answer has its line, the one that was cut as well");
    tally.tell("disk of the audit log full", "each answer has its line when there is room again");
}

/// A pipe nobody reads from takes 64 KiB, and then keeps whoever writes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_does_not_answer_takes_no_token_away() {
    let pipe = |folder: &std::path::Path| {
        let status = Command::new("mkfifo").arg(folder.join("audit.jsonl")).status().unwrap();
        assert!(status.success());
    };
    let mut reader = None;
    let prepare = |folder: &std::path::Path| {
        pipe(folder);
        // for both, so that nobody waits for the other end
        reader = Some(OpenOptions::new().read(true).write(true).open(folder.join("audit.jsonl")).unwrap());
    };
    let mut service = Service::start_with("slow", 16, prepare, |broker| broker).await;
    let tenants: Vec<String> = service.tenants.iter().map(ToString::to_string).collect();
    let (warm, cold) = tenants.split_at(8);
    let question = Question::at(&service.socket(), service.app());
    let load = Load::start(&question, warm, 16, Duration::ZERO);
    load.goes_on(300).await;
    // signatures wait for their lines, all others' tokens do not wait for them
    let signing = Load::start(&question, cold, cold.len(), Duration::ZERO);
    signing.goes_on(1).await;
    load.goes_on(300).await;
    let (cached, signed) = (load.end().await, signing.end().await);
    assert!(cached.is_whole() && signed.is_whole(), "{cached:?} {signed:?}");

    let told = Instant::now();
    service.signal(Signal::TERM);
    until("the end", async || service.ended().is_some()).await;
    let stopping = told.elapsed();
    assert!(service.ended().unwrap().success() && stopping < Duration::from_secs(12), "{stopping:?}");
    drop(reader);
    cached.tell("disk of the audit log does not answer: tokens at hand", "");
    let seen = format!("`SIGTERM` ended it in {:.1} s", stopping.as_secs_f32());
    signed.tell("disk of the audit log does not answer: new tokens", &seen);
}
