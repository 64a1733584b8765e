//! Secrets and imports in PKCS#12 (RFC 7292).

use aws_lc_rs::digest;
use p12_keystore::{
    Certificate, EncryptionAlgorithm, KeyStore, KeyStoreEntry, MacAlgorithm, Pkcs12Archive, PrivateKey, PrivateKeyChain,
};

use super::pfx_cost;
use crate::keyvault::wire::VaultError;

/// A PFX with a blank password, in the service's own old algorithms: 3DES for the content, SHA-1 for the MAC, 2000 rounds each.
/// Without a private key it holds certificate bags and no key bag; the library then marks the certificate with Java's
/// "trusted" attribute, which the service does not do and readers ignore. `leaf` is the place of the key's certificate.
pub(in crate::keyvault) fn write(
    private: Option<&[u8]>,
    chain: &[Vec<u8>],
    leaf: usize,
) -> Result<Vec<u8>, VaultError> {
    let failed =
        |error: p12_keystore::error::Error| VaultError::internal(format!("the PFX could not be written: {error}"));
    let mut certificates =
        chain.iter().map(|der| Certificate::from_der(der)).collect::<Result<Vec<_>, _>>().map_err(failed)?;
    let mut store = KeyStore::new();
    match private {
        Some(pkcs8) => {
            let der = chain.get(leaf).map(Vec::as_slice).unwrap_or_default();
            let key_id = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, der);
            // the library ties the key to the first certificate, whatever order was wished for
            certificates[..=leaf].rotate_right(1);
            let key = PrivateKey::from_der(pkcs8).map_err(failed)?;
            let entry = PrivateKeyChain::new(key_id.as_ref(), key, certificates);
            store.add_entry("key", KeyStoreEntry::PrivateKeyChain(entry));
        }
        None => {
            for (position, certificate) in certificates.into_iter().enumerate() {
                store.add_entry(&format!("certificate-{position:02}"), KeyStoreEntry::Certificate(certificate));
            }
        }
    }
    store
        .writer(BLANK)
        .encryption_algorithm(EncryptionAlgorithm::PbeWithShaAnd3KeyTripleDesCbc)
        .encryption_iterations(ROUNDS)
        .mac_algorithm(MacAlgorithm::HmacSha1)
        .mac_iterations(ROUNDS)
        .write()
        .map_err(failed)
}

/// The private key and the certificates of a PFX.
pub(in crate::keyvault) fn read(pfx: &[u8], password: &str) -> Result<(Vec<u8>, Vec<Vec<u8>>), VaultError> {
    pfx_cost::check(pfx)?;
    let archive = Pkcs12Archive::from_pkcs12(pfx, password).map_err(|_| {
        VaultError::bad_parameter(
            "The specified PKCS#12 X.509 certificate content can not be read. Please check if certificate is in valid \
             PKCS#12 format, and that the password is right.",
        )
    })?;
    let key =
        archive.keys.first().ok_or_else(|| VaultError::bad_parameter("The PKCS#12 content has no private key."))?;
    Ok((key.key.as_der().to_vec(), archive.certs.iter().map(|bag| bag.cert.as_der().to_vec()).collect()))
}

/// What a PFX holds, in DER.
pub(in crate::keyvault) struct Content {
    pub(in crate::keyvault) private: Option<Vec<u8>>,
    pub(in crate::keyvault) certificates: Vec<Vec<u8>>,
}

/// Opens a PFX with a blank password, with or without a private key in it.
pub(in crate::keyvault) fn open(pfx: &[u8]) -> Result<Content, VaultError> {
    pfx_cost::check(pfx)?;
    let archive = Pkcs12Archive::from_pkcs12(pfx, BLANK)
        .map_err(|_| VaultError::bad_parameter("The secret is not a PKCS#12 file with a blank password."))?;
    Ok(Content {
        private: archive.keys.first().map(|bag| bag.key.as_der().to_vec()),
        certificates: archive.certs.iter().map(|bag| bag.cert.as_der().to_vec()).collect(),
    })
}

const BLANK: &str = "";
const ROUNDS: u32 = 2000;
