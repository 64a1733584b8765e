//! What keys and secrets have in common: they are nothing but their versions.

use std::collections::BTreeMap;

use axum::response::Response;
use serde::Serialize;

use super::{
    contents::{Objects, id},
    deleted::Shelf,
    kind::ObjectKind,
    named::NamedObject,
    versions::{Version, Versions},
};
use crate::keyvault::wire::{Call, VaultError};

/// One version of a key or a secret.
pub(in crate::keyvault) trait Versioned: Clone {
    const KIND: ObjectKind;
    /// As it travels.
    type Bundle: Serialize;
    /// A line of a list.
    type Line: Serialize;

    fn live(objects: &Objects) -> &BTreeMap<String, Versions<Self>>;
    fn live_mut(objects: &mut Objects) -> &mut BTreeMap<String, Versions<Self>>;
    fn shelf(objects: &Objects) -> &Shelf<Versions<Self>>;
    fn shelf_mut(objects: &mut Objects) -> &mut Shelf<Versions<Self>>;
    /// Whether a certificate of the same name owns it.
    fn is_managed(&self) -> bool;
    fn bundle(call: &Call, name: &str, version: &Version<Self>) -> Self::Bundle;
    /// `version` is empty in a list of objects, and an id in a list of versions.
    fn line(&self, call: &Call, name: &str, version: &str) -> Self::Line;
}

impl Objects {
    /// A version of a key or secret; an empty `version` means the newest.
    pub(in crate::keyvault) fn version<T: Versioned>(
        &self,
        name: &str,
        version: &str,
    ) -> Result<&Version<T>, VaultError> {
        let found = T::live(self).get(name).and_then(|versions| versions.find(version));
        found.ok_or_else(|| VaultError::not_found(T::KIND, &id(name, version)))
    }

    /// As [`version`](Self::version), to change it.
    pub(super) fn version_mut<T: Versioned>(
        &mut self,
        name: &str,
        version: &str,
    ) -> Result<&mut Version<T>, VaultError> {
        let found = T::live_mut(self).get_mut(name).and_then(|versions| versions.find_mut(version));
        found.ok_or_else(|| VaultError::not_found(T::KIND, &id(name, version)))
    }
}

/// `GET /{collection}`: the newest versions, without what they hold.
pub(in crate::keyvault) fn list<T: Versioned>(call: &Call) -> Result<Response, VaultError> {
    call.require_list(T::KIND, T::KIND.read_action())?;
    let objects = call.vault.objects.read();
    let lines = T::live(&objects).iter().filter_map(|(name, versions)| versions.line(call, name));
    call.page(T::KIND.collection(), lines.collect())
}

/// `GET /{collection}/{name}/versions`.
pub(in crate::keyvault) fn list_versions<T: Versioned>(call: &Call, name: &str) -> Result<Response, VaultError> {
    call.require(T::KIND, name, T::KIND.read_action())?;
    let objects = call.vault.objects.read();
    let versions = T::live(&objects).get(name).into_iter().flat_map(Versions::iter);
    let lines = versions.map(|version| version.item.line(call, name, &version.id));
    call.page(&format!("{}/{name}/versions", T::KIND.collection()), lines.collect())
}

impl<T: Versioned> NamedObject for Versions<T> {
    const KIND: ObjectKind = T::KIND;
    type Bundle = T::Bundle;
    type Line = T::Line;

    fn copy(objects: &Objects, name: &str) -> Result<Self, VaultError> {
        if objects.version::<T>(name, "")?.item.is_managed() {
            return Err(VaultError::managed(T::KIND, name));
        }
        Ok(T::live(objects).get(name).cloned().unwrap_or_default())
    }

    fn take(objects: &mut Objects, name: &str) -> Result<Self, VaultError> {
        let copy = Self::copy(objects, name)?;
        T::live_mut(objects).remove(name);
        Ok(copy)
    }

    fn put_back(self, objects: &mut Objects, name: &str) {
        T::live_mut(objects).insert(name.to_owned(), self);
    }

    fn shelf(objects: &Objects) -> &Shelf<Self> {
        T::shelf(objects)
    }

    fn shelf_mut(objects: &mut Objects) -> &mut Shelf<Self> {
        T::shelf_mut(objects)
    }

    fn bundle(&self, call: &Call, name: &str) -> Result<T::Bundle, VaultError> {
        let newest = self.find("").ok_or_else(|| VaultError::not_found(T::KIND, name))?;
        Ok(T::bundle(call, name, newest))
    }

    fn line(&self, call: &Call, name: &str) -> Option<T::Line> {
        Some(self.find("")?.item.line(call, name, ""))
    }
}
