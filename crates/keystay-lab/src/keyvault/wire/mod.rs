//! From an HTTP request to an operation and back: one visit, its API version, its route, its page or its error.
//!
//! Not here: sockets, TLS and faults (`crate::network`), and the bodies of single operations (`keys`, `certificates`, `secrets`).

mod api_version;
mod call;
mod error;
pub(super) mod handler;
mod paging;
mod routes;
mod visit;

pub(super) use call::{BASE64URL, Call, address, ok};
pub(crate) use error::VaultError;
pub(super) use visit::Visit;
