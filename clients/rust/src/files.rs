//! Certificates as files: the usual sample code, and what openssl reads in them.

use azure_core::base64;
use openssl::{
    pkcs12::Pkcs12,
    pkey::{PKey, Private},
    x509::X509,
};

use crate::lab::{Result, secret_client};

/// A key and its certificate.
#[derive(Debug)]
pub struct Pair {
    pub key: PKey<Private>,
    pub certificate: X509,
}

impl Pair {
    /// As a PFX with this password.
    pub fn pfx(&self, password: &str) -> Result<Vec<u8>> {
        let mut builder = Pkcs12::builder();
        builder.name("app").pkey(&self.key).cert(&self.certificate);
        Ok(builder.build2(password)?.to_der()?)
    }

    /// As PEM text.
    pub fn pem(&self) -> Result<String> {
        let key = String::from_utf8(self.key.private_key_to_pem_pkcs8()?)?;
        Ok(key + &String::from_utf8(self.certificate.to_pem()?)?)
    }
}

/// The usual sample code: the certificate with its key, out of the vault.
pub async fn downloaded_pfx() -> Result<Vec<u8>> {
    secret_pfx("harbor-export").await
}

/// The secret of a certificate, as the PFX it is.
pub async fn secret_pfx(name: &str) -> Result<Vec<u8>> {
    let secret = secret_client().await.get_secret(name, None).await?.into_model()?;
    Ok(base64::decode(secret.value.unwrap_or_default())?)
}

/// Key and certificate of the usual sample code.
pub async fn downloaded() -> Result<Pair> {
    let parsed = Pkcs12::from_der(&downloaded_pfx().await?)?.parse2("")?;
    Ok(Pair { key: parsed.pkey.ok_or("no key")?, certificate: parsed.cert.ok_or("no certificate")? })
}
