//! Keys as named objects.

use super::wire::{KeyBundle, KeyItem};
use crate::keyvault::{
    call::Call,
    deleted::Shelf,
    error::VaultError,
    named_object::NamedObject,
    object_name::ObjectKind,
    objects::{KeyVersion, Objects},
    versions::Versions,
};

impl NamedObject for Versions<KeyVersion> {
    const KIND: ObjectKind = ObjectKind::Key;
    type Bundle = KeyBundle;
    type Line = KeyItem;

    fn copy(objects: &Objects, name: &str) -> Result<Self, VaultError> {
        if objects.key(name, "")?.item.managed {
            return Err(VaultError::managed(Self::KIND, name));
        }
        Ok(objects.keys.get(name).cloned().unwrap_or_default())
    }

    fn take(objects: &mut Objects, name: &str) -> Result<Self, VaultError> {
        let copy = Self::copy(objects, name)?;
        objects.keys.remove(name);
        Ok(copy)
    }

    fn put_back(self, objects: &mut Objects, name: &str) {
        objects.keys.insert(name.to_owned(), self);
    }

    fn shelf(objects: &Objects) -> &Shelf<Self> {
        &objects.deleted_keys
    }

    fn shelf_mut(objects: &mut Objects) -> &mut Shelf<Self> {
        &mut objects.deleted_keys
    }

    fn bundle(&self, call: &Call, name: &str) -> Result<KeyBundle, VaultError> {
        let newest = self.find("").ok_or_else(|| VaultError::not_found(Self::KIND, name))?;
        Ok(KeyBundle::new(call, name, newest))
    }

    fn line(&self, call: &Call, name: &str) -> Option<KeyItem> {
        Some(KeyItem::new(call, name, "", &self.find("")?.item))
    }
}
