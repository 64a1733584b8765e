//! Everything a vault holds, and the life of it: names, versions, attributes, backup, what falls due, deletion and recovery.
//!
//! Only what the three kinds share. What is a key's, a certificate's or a secret's own stands in the room of that name.

mod attributes;
mod backup;
mod backup_key;
mod contents;
pub(super) mod deleted;
mod due;
mod kind;
mod named;
pub(super) mod versioned;
mod versions;

pub(super) use attributes::{Attributes, AttributesPatch, AttributesView};
pub(super) use backup::{backup, restore};
pub(super) use backup_key::BackupKey;
pub(super) use contents::{CertificateTrio, KeyVersion, Objects, SecretVersion, Tags, id};
pub(super) use deleted::Shelf;
pub(super) use due::LONGEST_CHAIN;
pub(super) use kind::{ObjectKind, check_name};
pub(super) use named::NamedObject;
pub(super) use versioned::Versioned;
pub(super) use versions::{Version, Versions};
