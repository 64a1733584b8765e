//! Secrets as objects with versions.

use std::collections::BTreeMap;

use super::wire::SecretBundle;
use crate::keyvault::{
    objects::{ObjectKind, Objects, SecretVersion, Shelf, Version, Versioned, Versions},
    wire::Call,
};

impl Versioned for SecretVersion {
    const KIND: ObjectKind = ObjectKind::Secret;
    type Bundle = SecretBundle;
    type Line = SecretBundle;

    fn live(objects: &Objects) -> &BTreeMap<String, Versions<Self>> {
        &objects.secrets
    }

    fn live_mut(objects: &mut Objects) -> &mut BTreeMap<String, Versions<Self>> {
        &mut objects.secrets
    }

    fn shelf(objects: &Objects) -> &Shelf<Versions<Self>> {
        &objects.deleted_secrets
    }

    fn shelf_mut(objects: &mut Objects) -> &mut Shelf<Versions<Self>> {
        &mut objects.deleted_secrets
    }

    fn is_managed(&self) -> bool {
        self.managed
    }

    fn bundle(call: &Call, name: &str, version: &Version<Self>) -> SecretBundle {
        SecretBundle::new(call, name, version)
    }

    fn line(&self, call: &Call, name: &str, version: &str) -> SecretBundle {
        SecretBundle::item(call, name, version, self)
    }
}
