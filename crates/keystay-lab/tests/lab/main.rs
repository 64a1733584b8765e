//! The lab, seen from outside: through its proxy and its control API, as programs meet it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]
#![allow(clippy::disallowed_methods, reason = "a caller's ids are its own")]

mod support;

mod arranging;
mod consent;
mod control;
mod federated;
mod graph;
mod guard;
mod identity;
mod metadata;
mod mtls;
mod network;
mod openapi;
mod portal;
mod propagation;
mod resource_manager;
mod role_based_access;
mod seed;
mod sign_in;
mod sign_out;
mod tokens;
mod validity;
mod vault;
