//! The lab against callers who mean harm or know no better: whatever arrives, it goes on answering, panics nowhere and shows no
//! secret.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]
#![allow(clippy::disallowed_methods, reason = "a caller's ids are its own")]

#[path = "../lab/support.rs"]
#[allow(dead_code, reason = "shared with the tests of good callers")]
mod support;

mod bodies;
mod bombs;
mod connect;
mod crowds;
mod heads;
mod paths;
mod slow;
mod target;
mod tls;
mod tokens;
