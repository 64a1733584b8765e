//! What a call takes from which pool.

use serde::Deserialize;

use crate::keyvault::{
    access::Operation,
    crypto::{KeySpec, KeyType},
    objects::ObjectKind,
    wire::Call,
};

/// Calls that share a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pool {
    KeyOperations,
    KeyCreations,
    SecretOperations,
    SecretCreations,
}

impl Pool {
    pub(super) const COUNT: usize = 4;
}

/// The pool and the weight of a call.
///
/// Not documented: that certificates count as secrets, that a rotation counts as a new key, and that imports, restores and lists
/// count as one operation with a 2048-bit key.
pub(super) fn cost(call: &Call, operation: Operation, path: &str) -> (Pool, u32) {
    match (operation.kind, operation.name) {
        (ObjectKind::Key, "KeyCreate") => (Pool::KeyCreations, in_hsm(asks_for_hsm(&call.body))),
        (ObjectKind::Key, name) => {
            let (spec, kty) = key_of(call, path);
            if name == "KeyRotate" {
                return (Pool::KeyCreations, in_hsm(kty.is_some_and(KeyType::is_hsm)));
            }
            (Pool::KeyOperations, spec.map_or(1, size) * in_hsm(kty.is_some_and(KeyType::is_hsm)))
        }
        (ObjectKind::Secret, "SecretSet") => (Pool::SecretCreations, 1),
        (ObjectKind::Secret | ObjectKind::Certificate, _) => (Pool::SecretOperations, 1),
    }
}

fn size(spec: KeySpec) -> u32 {
    match spec {
        KeySpec::Rsa { bits: 4096.. } => 8,
        KeySpec::Rsa { bits: 3072.. } => 4,
        _ => 1,
    }
}

fn in_hsm(hsm: bool) -> u32 {
    if hsm { 2 } else { 1 }
}

/// The key a path names, where there is one: `/keys/{name}`, with a version or without.
fn key_of(call: &Call, path: &str) -> (Option<KeySpec>, Option<KeyType>) {
    let mut segments = path.trim_start_matches('/').split('/').skip(1);
    let (name, version) = (segments.next().unwrap_or_default(), segments.next().unwrap_or_default());
    let objects = call.vault.objects.read();
    // the second segment is a version, or already the verb
    let found = objects.key(name, version).or_else(|_| objects.key(name, ""));
    found.map_or((None, None), |found| (Some(found.item.key.spec()), Some(found.item.kty)))
}

/// Whether a request for a new key asks for one in an HSM; one that cannot be read asks for nothing.
fn asks_for_hsm(body: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Wanted {
        kty: String,
    }
    serde_json::from_slice::<Wanted>(body).is_ok_and(|wanted| wanted.kty.ends_with("-HSM"))
}
