//! Secrets as named objects.

use super::wire::SecretBundle;
use crate::keyvault::{
    call::Call,
    deleted::Shelf,
    error::VaultError,
    named_object::NamedObject,
    object_name::ObjectKind,
    objects::{Objects, SecretVersion},
    versions::Versions,
};

impl NamedObject for Versions<SecretVersion> {
    const KIND: ObjectKind = ObjectKind::Secret;
    type Bundle = SecretBundle;
    type Line = SecretBundle;

    fn copy(objects: &Objects, name: &str) -> Result<Self, VaultError> {
        if objects.secret(name, "")?.item.managed {
            return Err(VaultError::managed(Self::KIND, name));
        }
        Ok(objects.secrets.get(name).cloned().unwrap_or_default())
    }

    fn take(objects: &mut Objects, name: &str) -> Result<Self, VaultError> {
        let copy = Self::copy(objects, name)?;
        objects.secrets.remove(name);
        Ok(copy)
    }

    fn put_back(self, objects: &mut Objects, name: &str) {
        objects.secrets.insert(name.to_owned(), self);
    }

    fn shelf(objects: &Objects) -> &Shelf<Self> {
        &objects.deleted_secrets
    }

    fn shelf_mut(objects: &mut Objects) -> &mut Shelf<Self> {
        &mut objects.deleted_secrets
    }

    fn bundle(&self, call: &Call, name: &str) -> Result<SecretBundle, VaultError> {
        let newest = self.find("").ok_or_else(|| VaultError::not_found(Self::KIND, name))?;
        Ok(SecretBundle::new(call, name, newest))
    }

    fn line(&self, call: &Call, name: &str) -> Option<SecretBundle> {
        Some(SecretBundle::item(call, name, "", &self.find("")?.item))
    }
}
