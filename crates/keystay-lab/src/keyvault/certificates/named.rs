//! Certificates as named objects. Key and secret go and come with the certificate.

use super::{
    policy_rules::policy_id,
    wire::{CertificateBundle, CertificateItem},
};
use crate::keyvault::{
    objects::{CertificateTrio, NamedObject, ObjectKind, Objects, Shelf},
    wire::{Call, VaultError},
};

impl NamedObject for CertificateTrio {
    const KIND: ObjectKind = ObjectKind::Certificate;
    type Bundle = CertificateBundle;
    type Line = CertificateItem;

    fn copy(objects: &Objects, name: &str) -> Result<Self, VaultError> {
        Ok(Self {
            certificate: objects.certificate(name)?.clone(),
            key: objects.keys.get(name).cloned().unwrap_or_default(),
            secret: objects.secrets.get(name).cloned().unwrap_or_default(),
        })
    }

    fn take(objects: &mut Objects, name: &str) -> Result<Self, VaultError> {
        let copy = Self::copy(objects, name)?;
        objects.certificates.remove(name);
        objects.keys.remove(name);
        objects.secrets.remove(name);
        Ok(copy)
    }

    fn moved(mut self, call: &Call, name: &str) -> Self {
        self.certificate.policy.id = Some(policy_id(&call.vault, name));
        self.certificate.pending = None;
        self
    }

    fn put_back(self, objects: &mut Objects, name: &str) {
        if self.certificate.versions.find("").is_some() {
            objects.keys.insert(name.to_owned(), self.key);
            objects.secrets.insert(name.to_owned(), self.secret);
        }
        objects.certificates.insert(name.to_owned(), self.certificate);
    }

    fn shelf(objects: &Objects) -> &Shelf<Self> {
        &objects.deleted_certificates
    }

    fn shelf_mut(objects: &mut Objects) -> &mut Shelf<Self> {
        &mut objects.deleted_certificates
    }

    fn bundle(&self, call: &Call, name: &str) -> Result<CertificateBundle, VaultError> {
        CertificateBundle::new(call, name, &self.certificate, "")
    }

    fn line(&self, call: &Call, name: &str) -> Option<CertificateItem> {
        CertificateItem::newest(call, name, &self.certificate, true)
    }
}
