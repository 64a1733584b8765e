//! What has a name of its own in a vault: all versions of a key or a secret, or a certificate with the key and the secret it owns.

use serde::Serialize;

use super::{contents::Objects, deleted::Shelf, kind::ObjectKind};
use crate::keyvault::wire::{Call, VaultError};

/// An object as a whole, as it is deleted, recovered, backed up and restored.
pub(in crate::keyvault) trait NamedObject: Sized {
    const KIND: ObjectKind;
    /// The newest version, as it travels.
    type Bundle: Serialize;
    /// A line of a list.
    type Line: Serialize;

    /// A copy of the live object. Refuses a key or secret that is part of a certificate.
    fn copy(objects: &Objects, name: &str) -> Result<Self, VaultError>;
    /// Takes the live object out of the vault, and refuses as [`copy`](Self::copy) does.
    fn take(objects: &mut Objects, name: &str) -> Result<Self, VaultError>;
    /// As it is in the vault of a call, when it comes from another one.
    fn moved(self, _call: &Call, _name: &str) -> Self {
        self
    }
    /// Makes it live.
    fn put_back(self, objects: &mut Objects, name: &str);
    fn shelf(objects: &Objects) -> &Shelf<Self>;
    fn shelf_mut(objects: &mut Objects) -> &mut Shelf<Self>;
    fn bundle(&self, call: &Call, name: &str) -> Result<Self::Bundle, VaultError>;
    /// None for an object without a version.
    fn line(&self, call: &Call, name: &str) -> Option<Self::Line>;
}
