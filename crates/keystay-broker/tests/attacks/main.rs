//! The broker against those who want a token that is not theirs: a file per attacker. All are refused, and all are on
//! record.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test that cannot go on has failed"
)]

#[path = "../support/mod.rs"]
mod support;

mod browser;
mod coverage;
mod crowds;
mod forwarded;
mod other_users;
mod oversized;
mod paths;
mod raw;
mod secrets;
mod slow;
mod smuggling;
mod stale_processes;
