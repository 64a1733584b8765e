//! `/certificates/contacts`: who would be told about certificates near their end. The lab tells nobody.

use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::keyvault::{
    objects::ObjectKind,
    wire::{Call, VaultError, ok},
};

/// Somebody to tell.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::keyvault) struct Contact {
    email: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
}

#[derive(Deserialize)]
struct Request {
    contacts: Vec<Contact>,
}

/// `GET`.
pub(in crate::keyvault) fn contacts(call: &Call) -> Result<Response, VaultError> {
    require(call)?;
    let objects = call.vault.objects.read();
    Ok(answer(call, objects.contacts.as_deref().ok_or_else(none)?))
}

/// `PUT`: replaces all of them.
pub(in crate::keyvault) fn set_contacts(call: &Call) -> Result<Response, VaultError> {
    require(call)?;
    let request: Request = call.json()?;
    if request.contacts.is_empty() {
        return Err(VaultError::bad_parameter("The list of contacts is empty; delete the contacts instead."));
    }
    let answer = answer(call, &request.contacts);
    call.vault.objects.write().contacts = Some(request.contacts);
    Ok(answer)
}

/// `DELETE`: answers with those that were there.
pub(in crate::keyvault) fn delete_contacts(call: &Call) -> Result<Response, VaultError> {
    require(call)?;
    let contacts = call.vault.objects.write().contacts.take().ok_or_else(none)?;
    Ok(answer(call, &contacts))
}

/// One right for reading and writing: Azure has no other for contacts.
fn require(call: &Call) -> Result<(), VaultError> {
    call.require_list(ObjectKind::Certificate, "certificatecontacts/write")
}

fn answer(call: &Call, contacts: &[Contact]) -> Response {
    ok(json!({ "id": format!("https://{}/certificates/contacts", call.vault.host), "contacts": contacts }))
}

fn none() -> VaultError {
    VaultError::missing("ContactsNotFound", "Contacts not found")
}
