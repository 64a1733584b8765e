//! The real process, `keystay serve`, under load while something breaks: killed, told nonsense, without a disk, without Azure,
//! told to stop.
//!
//! Callers ask without pause, and every answer is judged: a token that is dead or of another tenant or app is wrong,
//! whatever else goes on. `cargo test -p keystay-cli --test faults -- --nocapture` prints the numbers of
//! docs/reliability.md.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::print_stdout, reason = "the numbers are for the document")]
#![cfg(target_os = "linux")]

mod azure;
mod configuration;
mod disk;
mod killed;
mod load;
#[path = "../running/mod.rs"]
mod running;
mod service;
mod stopped;

use std::time::{Duration, Instant};

/// How long anything may take before a test gives up.
const DEADLINE: Duration = Duration::from_secs(60);

/// Waits until something is so.
async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let end = Instant::now() + DEADLINE;
    while !is_so().await {
        assert!(Instant::now() < end, "{what} does not come");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
