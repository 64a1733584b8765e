//! The tenants database when processes die, meet, and find no room. Each of them is this test program again.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use keystay::SystemClock;
use keystay_lifecycle::tenants::{Selection, Tenants, TenantsError};

const FILE: &str = "KEYSTAY_TEST_TENANTS";
const NAME: &str = "KEYSTAY_TEST_WRITER";
const COUNT: &str = "KEYSTAY_TEST_COUNT";

fn open(path: &Path) -> Tenants {
    Tenants::open(path, Arc::new(SystemClock)).unwrap()
}

/// What the other processes do: they put customers on record, and say so after each.
#[test]
fn writer() {
    let Some(file) = std::env::var_os(FILE) else { return };
    let name = std::env::var(NAME).unwrap();
    let count: usize = std::env::var(COUNT).unwrap().parse().unwrap();
    let tenants = open(Path::new(&file));
    for number in 0..count {
        let customer = format!("{name} {number}");
        match tenants.invite(&customer, None, Duration::from_secs(3600)) {
            Ok(_) => println!("wrote {customer}"),
            Err(error @ TenantsError::Full { .. }) => {
                println!("full {error}");
                return;
            }
            Err(error) => panic!("{error}"),
        }
    }
}

/// The program again, begun by `start`, which is given the arguments for it.
fn process(start: Command, path: &Path, name: &str, count: usize) -> Child {
    let mut command = start;
    command.args(["--exact", "writer", "--nocapture", "--test-threads=1"]);
    command.env(FILE, path).env(NAME, name).env(COUNT, count.to_string());
    command.stdout(Stdio::piped()).spawn().unwrap()
}

fn this_program() -> Command {
    Command::new(std::env::current_exe().unwrap())
}

/// The customers a process said it wrote, while `more` wants them.
fn told(child: &mut Child, mut more: impl FnMut(usize) -> bool) -> Vec<String> {
    let mut customers = Vec::new();
    let lines = BufReader::new(child.stdout.as_mut().unwrap()).lines();
    for line in lines.map_while(Result::ok) {
        if let Some((_, customer)) = line.split_once("wrote ") {
            customers.push(customer.to_owned());
            if !more(customers.len()) {
                break;
            }
        }
    }
    customers
}

fn on_record(path: &Path) -> Vec<String> {
    let records = open(path).list(&Selection::default()).unwrap();
    records.into_iter().map(|record| record.customer).collect()
}

#[test]
fn what_a_process_reported_written_is_there_after_it_was_killed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tenants.db");
    for round in 0..5 {
        let name = format!("round {round}");
        let mut child = process(this_program(), &path, &name, usize::MAX);
        let told = told(&mut child, |count| count < 20 + round * 7);
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(told.len() >= 20, "{told:?}");
        let records = on_record(&path);
        assert!(told.iter().all(|customer| records.contains(customer)), "{told:?}");
        let here: Vec<_> = records.iter().filter(|customer| customer.starts_with(&name)).collect();
        assert!(here.len() >= told.len(), "what was written and not yet told may be there as well");
    }
}

#[test]
fn two_processes_that_make_and_fill_the_file_at_once_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tenants.db");
    let mut children = ["one", "two"].map(|name| process(this_program(), &path, name, 100));
    for child in &mut children {
        assert_eq!(told(child, |_| true).len(), 100);
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(on_record(&path).len(), 200);
}

#[test]
fn a_process_that_may_write_no_further_says_so_and_the_file_stays_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tenants.db");
    // with the signal ignored, a write past the limit fails instead of ending the process (setrlimit(2))
    let mut limited = Command::new("sh");
    limited.args(["-c", "trap '' XFSZ; ulimit -f 2000; exec \"$@\"", "sh"]).arg(std::env::current_exe().unwrap());
    let child = process(limited, &path, "limited", usize::MAX);
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}");
    let told: Vec<_> =
        said.lines().filter_map(|line| line.split_once("wrote ")).map(|(_, customer)| customer).collect();
    assert!(said.contains("full ") && said.contains("the disk is full"), "{said}");
    assert!(told.len() > 10, "{said}");
    let records = on_record(&path);
    assert_eq!(records.len(), told.len());
    open(&path).invite("after", None, Duration::from_secs(60)).unwrap();
}
