//! `cargo bench -p keystay-broker --bench native_door`: cached tokens per second through the native door, beside a server
//! that does nothing but send as many bytes.
//!
//! Server and load are two processes on this computer. The load keeps 64 connections busy, one request each at a time.
//! `floor` is a minimal axum server with a constant body: what HTTP alone costs. Both run in turn, three times; ratios
//! mean more than figures on a computer that does other work.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a bench prints, and fails by panicking"
)]

mod entra;
mod load;
mod servers;

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    time::Duration,
};

use load::Outcome;

const CONNECTIONS: usize = 64;
const ROUNDS: usize = 3;
const LASTS: Duration = Duration::from_secs(4);

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.get(1).map(String::as_str) {
        Some("--serve-broker") => return servers::broker(),
        Some("--serve-floor") => return servers::floor(),
        _ => {}
    }
    for tenants in [1, 100_000] {
        println!("\n{tenants} tenants, {CONNECTIONS} connections");
        println!(
            "{:<8} {:>12} {:>9} {:>9} {:>9} {:>12}",
            "server", "requests/s", "p50 ms", "p99 ms", "max ms", "resident MB"
        );
        let (mut broker, mut floor) = (Server::start("--serve-broker"), Server::start("--serve-floor"));
        broker.warm(tenants);
        let mut ratios = Vec::new();
        for _ in 0..ROUNDS {
            let of_broker = broker.measure("broker", tenants);
            let of_floor = floor.measure("floor", tenants);
            ratios.push(of_broker.per_second() / of_floor.per_second());
        }
        ratios.sort_by(f64::total_cmp);
        println!("broker / floor: {:.2} (median of {ROUNDS})", ratios[ROUNDS / 2]);
    }
}

/// A server in a process of its own, which ends with this one.
struct Server {
    process: Child,
    address: String,
}

impl Server {
    fn start(which: &str) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .arg(which)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut address = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut address).unwrap();
        Self { process, address: address.trim().to_owned() }
    }

    /// Every tenant has a token afterwards.
    fn warm(&self, tenants: u32) {
        let outcome = load::once_each(&self.address, tenants, CONNECTIONS);
        assert_eq!(outcome.failed, 0, "some tenants got no token");
    }

    fn measure(&mut self, name: &str, tenants: u32) -> Outcome {
        let outcome = load::for_a_while(&self.address, tenants, CONNECTIONS, LASTS);
        assert_eq!(outcome.failed, 0);
        let at = |share| outcome.latency(share).as_secs_f64() * 1000.0;
        println!(
            "{name:<8} {:>12.0} {:>9.2} {:>9.2} {:>9.2} {:>12.1}",
            outcome.per_second(),
            at(0.5),
            at(0.99),
            at(1.0),
            resident(self.process.id())
        );
        outcome
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // its standard input ends, and so does it
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

/// Megabytes (proc_pid_status, VmRSS).
fn resident(process: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
}
