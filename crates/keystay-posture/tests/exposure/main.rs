//! The exposure model: every cell of its table, and what follows from it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod cells;
mod lab;
mod model;
mod outlook;
mod page;
mod table;
