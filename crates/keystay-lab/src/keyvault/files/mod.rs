//! The files in which a certificate and its key come in and go out.
//!
//! Not here: who may have the key in its file (`secrets`, `certificates`).

pub(super) mod pem_file;
pub(super) mod pfx;
mod pfx_cost;
