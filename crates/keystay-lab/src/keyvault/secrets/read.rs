//! Reading secrets.

use axum::response::Response;
use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::wire::SecretBundle;
use crate::keyvault::{
    certificates::{PEM, PKCS12},
    files::{pem_file, pfx},
    objects::{ObjectKind, SecretVersion},
    wire::{Call, VaultError, ok},
};

/// `GET /secrets/{name}/{version}`; an empty version means the newest. The window of time does not matter, being disabled does.
pub(in crate::keyvault) fn read(call: &Call, name: &str, version: &str) -> Result<Response, VaultError> {
    call.require(ObjectKind::Secret, name, "secrets/getSecret/action")?;
    let objects = call.vault.objects.read();
    let found = objects.secret(name, version)?;
    if !found.item.attributes.enabled {
        return Err(VaultError::forbidden("SecretDisabled", "Operation get is not allowed on a disabled secret."));
    }
    let (value, content_type) = match call.query.get("outContentType") {
        Some(wanted) if call.api_version.converts_secrets() => converted(&found.item, wanted)?,
        // older versions do not know the parameter
        _ => (found.item.value.clone(), found.item.content_type.clone()),
    };
    Ok(ok(SecretBundle::new(call, name, found).with_value(value, content_type)))
}

/// A PFX as PEM, which holds what the PFX holds: no key stays no key.
fn converted(secret: &SecretVersion, wanted: &str) -> Result<(String, Option<String>), VaultError> {
    let unchanged = || (secret.value.clone(), secret.content_type.clone());
    match (secret.content_type.as_deref(), wanted) {
        (Some(is), wanted) if is == wanted => Ok(unchanged()),
        (Some(PKCS12), PEM) => {
            let bytes = STANDARD
                .decode(&secret.value)
                .map_err(|_| VaultError::bad_parameter("The secret's value is not a base64 PKCS#12 file."))?;
            let content = pfx::open(&bytes)?;
            Ok((pem_file::write(content.private.as_deref(), &content.certificates), Some(PEM.to_owned())))
        }
        (is, wanted) => Err(VaultError::bad_parameter(format!(
            "A secret of content type '{}' cannot be converted to '{wanted}'.",
            is.unwrap_or_default()
        ))),
    }
}
