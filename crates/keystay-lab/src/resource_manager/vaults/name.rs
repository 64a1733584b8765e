//! Names of vaults: unique in all of Azure, deleted vaults among them.

use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use super::host;
use crate::resource_manager::{
    call::{Call, ok},
    error::ArmError,
};

#[derive(Deserialize)]
struct Request {
    name: String,
    #[serde(rename = "type")]
    kind: String,
}

/// `POST …/checkNameAvailability`.
pub(super) fn check(call: &Call<'_>) -> Result<Response, ArmError> {
    call.require("Microsoft.KeyVault/checkNameAvailability/read", &call.subscription_scope()?)?;
    let Request { name, kind } = call.json()?;
    if !kind.eq_ignore_ascii_case("Microsoft.KeyVault/vaults") {
        return Err(ArmError::bad_request("BadRequest", format!("The type '{kind}' is not supported.")));
    }
    let vaults = &call.manager.vaults;
    let taken = vaults.resource(&host(&name)).is_some() || vaults.is_deleted(&host(&name));
    Ok(ok(match refusal(&name) {
        Some(message) => json!({ "nameAvailable": false, "reason": "AccountNameInvalid", "message": message }),
        None if taken => json!({ "nameAvailable": false, "reason": "AlreadyExists", "message": in_use(&name) }),
        None => json!({ "nameAvailable": true }),
    }))
}

/// What is wrong with a name, if anything.
pub(super) fn refusal(name: &str) -> Option<String> {
    let bytes = name.as_bytes();
    let fits = (3..=24).contains(&bytes.len())
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
        && bytes.first().is_some_and(u8::is_ascii_alphabetic)
        && bytes.last().is_some_and(u8::is_ascii_alphanumeric)
        && !name.contains("--");
    (!fits).then(|| {
        format!(
            "The vault name '{name}' is invalid. A vault's name must be between 3-24 alphanumeric characters. The name must begin \
             with a letter, end with a letter or digit, and not contain consecutive hyphens."
        )
    })
}

pub(super) fn in_use(name: &str) -> String {
    format!(
        "The vault name '{name}' is already in use. Vault names are globally unique so it is possible that the name is already taken. \
         If you are sure that the vault name was not taken then it is possible that a vault with the same name was recently deleted \
         but not purged after being placed in a recoverable state."
    )
}
