//! The cryptography of keys: which kinds there are, and how one is made, signs, encrypts and is kept. All of it is aws-lc-rs's.
//!
//! Not here: the operations clients call (`keys`), certificates (`certificates`), and the files keys travel in (`files`).

mod algorithm;
mod encryption;
pub(super) mod key_material;
mod key_spec;

pub(super) use algorithm::{Algorithm, ecdsa_signing};
pub(super) use encryption::EncryptionAlgorithm;
pub(crate) use key_material::KeyMaterial;
pub(super) use key_material::PublicJwk;
pub(crate) use key_spec::KeySpec;
pub(super) use key_spec::{Curve, KeyType};
