//! Customers brought in through the lab's own consent page, and everybody who tries to be brought in otherwise.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod attacks;
mod browser;
mod house;
mod outcomes;
mod recheck;
