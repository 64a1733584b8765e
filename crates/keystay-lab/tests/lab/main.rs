//! The lab, seen from outside: through its proxy and its control API, as programs meet it.

mod support;

mod consent;
mod control;
mod graph;
mod identity;
mod network;
mod tokens;
