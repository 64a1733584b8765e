//! Secrets and imports in PEM text (RFC 7468).

use pem::{EncodeConfig, LineEnding, Pem};

use crate::keyvault::wire::VaultError;

/// A private key, where there is one, and certificates, each line ended by LF as the service does.
pub(in crate::keyvault) fn write(private: Option<&[u8]>, chain: &[Vec<u8>]) -> String {
    let key = private.map(|pkcs8| Pem::new("PRIVATE KEY", pkcs8));
    let blocks: Vec<Pem> =
        key.into_iter().chain(chain.iter().map(|der| Pem::new("CERTIFICATE", der.as_slice()))).collect();
    blocks.iter().map(|block| pem::encode_config(block, EncodeConfig::new().set_line_ending(LineEnding::LF))).collect()
}

/// A PKCS#8 private key and the certificates beside it.
pub(in crate::keyvault) fn read(text: &str) -> Result<(Vec<u8>, Vec<Vec<u8>>), VaultError> {
    let blocks = pem::parse_many(text).map_err(|error| {
        VaultError::bad_parameter(format!("The specified PEM X.509 certificate content is invalid: {error}."))
    })?;
    let key = blocks
        .iter()
        .find(|block| block.tag() == "PRIVATE KEY")
        .ok_or_else(|| VaultError::bad_parameter("The PEM content has no unencrypted PKCS#8 private key."))?;
    let certificates =
        blocks.iter().filter(|block| block.tag() == "CERTIFICATE").map(|block| block.contents().to_vec()).collect();
    Ok((key.contents().to_vec(), certificates))
}
