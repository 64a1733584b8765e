//! Keys as objects with versions.

use std::collections::BTreeMap;

use super::wire::{KeyBundle, KeyItem};
use crate::keyvault::{
    objects::{KeyVersion, ObjectKind, Objects, Shelf, Version, Versioned, Versions},
    wire::Call,
};

impl Versioned for KeyVersion {
    const KIND: ObjectKind = ObjectKind::Key;
    type Bundle = KeyBundle;
    type Line = KeyItem;

    fn live(objects: &Objects) -> &BTreeMap<String, Versions<Self>> {
        &objects.keys
    }

    fn live_mut(objects: &mut Objects) -> &mut BTreeMap<String, Versions<Self>> {
        &mut objects.keys
    }

    fn shelf(objects: &Objects) -> &Shelf<Versions<Self>> {
        &objects.deleted_keys
    }

    fn shelf_mut(objects: &mut Objects) -> &mut Shelf<Versions<Self>> {
        &mut objects.deleted_keys
    }

    fn is_managed(&self) -> bool {
        self.managed
    }

    fn bundle(call: &Call, name: &str, version: &Version<Self>) -> KeyBundle {
        KeyBundle::new(call, name, version)
    }

    fn line(&self, call: &Call, name: &str, version: &str) -> KeyItem {
        KeyItem::new(call, name, version, self)
    }
}
