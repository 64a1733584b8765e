//! `POST /keys/{name}/{version}/{operation}`: what a key can be asked to do.

use axum::response::Response;

use super::{
    encrypt::{decrypt, encrypt, unwrap_key, wrap_key},
    sign::{sign, verify},
};
use crate::keyvault::wire::{Call, VaultError};

type Operation = fn(&Call, &str, &str) -> Result<Response, VaultError>;

/// The cryptographic operation of that path segment. Like the service it takes `wrapKey` for `wrapkey`.
pub(in crate::keyvault) fn operation(segment: &str) -> Option<Operation> {
    OPERATIONS.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(segment)).map(|(_, operation)| operation)
}

const OPERATIONS: [(&str, Operation); 6] = [
    ("sign", sign),
    ("verify", verify),
    ("encrypt", encrypt),
    ("decrypt", decrypt),
    ("wrapkey", wrap_key),
    ("unwrapkey", unwrap_key),
];
