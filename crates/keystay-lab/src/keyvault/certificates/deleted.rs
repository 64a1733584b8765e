//! Certificates as what can be deleted and recovered. Key and secret go and come with the certificate.

use super::wire::{CertificateBundle, CertificateItem};
use crate::keyvault::{
    call::Call,
    deleted::{Deletable, Shelf},
    error::VaultError,
    object_name::ObjectKind,
    objects::{CertificateTrio, Objects},
};

impl Deletable for CertificateTrio {
    const KIND: ObjectKind = ObjectKind::Certificate;
    type Bundle = CertificateBundle;
    type Line = CertificateItem;

    fn take(objects: &mut Objects, name: &str) -> Result<Self, VaultError> {
        objects.certificate(name)?.version(name, "")?;
        let certificate = objects.certificates.remove(name).ok_or_else(|| VaultError::not_found(Self::KIND, name))?;
        let key = objects.keys.remove(name).unwrap_or_default();
        let secret = objects.secrets.remove(name).unwrap_or_default();
        Ok(Self { certificate, key, secret })
    }

    fn put_back(self, objects: &mut Objects, name: &str) {
        objects.certificates.insert(name.to_owned(), self.certificate);
        objects.keys.insert(name.to_owned(), self.key);
        objects.secrets.insert(name.to_owned(), self.secret);
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
        let newest = self.certificate.versions.find("")?;
        Some(CertificateItem::new(call, name, "", &self.certificate, &newest.item))
    }
}
