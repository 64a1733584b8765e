//! `Microsoft.Insights/diagnosticSettings` of a vault: where its log is delivered.

use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    call::{Call, nothing, ok},
    error::ArmError,
    role_assignments::check_place,
};
use crate::keyvault::DiagnosticSetting;

pub(super) fn dispatch(call: &Call<'_>, rest: &[&str]) -> Result<Response, ArmError> {
    check_place(call)?;
    let verb = match call.method.as_str() {
        "GET" => "read",
        "PUT" => "write",
        "DELETE" => "delete",
        _ => return Err(call.unknown()),
    };
    call.require(&format!("Microsoft.Insights/diagnosticSettings/{verb}"), &call.address.scope)?;
    let settings = &call.manager.vaults.audit.settings;
    let resource = call.address.scope.path();
    match (verb, rest) {
        // this list has no pages and no nextLink
        ("read", [_]) => {
            let own = settings.of(resource);
            let shown: Vec<Value> = own.iter().map(|(name, setting)| view(resource, name, setting)).collect();
            Ok(ok(json!({ "value": shown })))
        }
        ("read", [_, name]) => {
            let setting = settings.of(resource).remove(*name);
            setting.map(|setting| ok(view(resource, name, &setting))).ok_or_else(|| {
                ArmError::not_found("ResourceNotFound", format!("The diagnostic setting '{name}' doesn't exist."))
            })
        }
        ("write", [_, name]) => put(call, name),
        ("delete", [_, name]) => Ok(if settings.remove(resource, name) { ok(Value::Null) } else { nothing() }),
        _ => Err(call.unknown()),
    }
}

#[derive(Deserialize)]
struct Request {
    properties: DiagnosticSetting,
}

fn put(call: &Call<'_>, name: &str) -> Result<Response, ArmError> {
    let Request { properties: setting } = call.json()?;
    if !setting.has_destination() {
        return Err(ArmError::bad_request("BadRequest", "At least one data sink needs to be specified."));
    }
    for (text, known) in setting
        .logs
        .iter()
        .flat_map(|log| [(log.category.as_ref(), &CATEGORIES[..]), (log.category_group.as_ref(), &CATEGORY_GROUPS[..])])
    {
        if let Some(text) = text.filter(|text| !known.iter().any(|known| known.eq_ignore_ascii_case(text))) {
            let message = format!("Category '{text}' is not supported for resource type 'microsoft.keyvault/vaults'.");
            return Err(ArmError::bad_request("BadRequest", message));
        }
    }
    let shown = view(call.address.scope.path(), name, &setting);
    call.manager.vaults.audit.settings.put(call.address.scope.path(), name, setting);
    Ok(ok(shown))
}

fn view(resource: &str, name: &str, setting: &DiagnosticSetting) -> Value {
    let resource = resource.to_ascii_lowercase();
    json!({
        "id": format!("{resource}/providers/microsoft.insights/diagnosticSettings/{name}"),
        "type": "Microsoft.Insights/diagnosticSettings",
        "name": name,
        "location": null,
        "kind": null,
        "tags": null,
        "identity": null,
        "properties": setting,
    })
}

const CATEGORIES: [&str; 2] = ["AuditEvent", "AzurePolicyEvaluationDetails"];
const CATEGORY_GROUPS: [&str; 2] = ["audit", "allLogs"];
