//! `Microsoft.Insights/scheduledQueryRules`: alerts on what the log says. Kept and shown; no alert is ever raised.

use axum::response::Response;
use serde_json::{Value, json};

use super::{
    call::{Call, created, nothing, ok},
    error::ArmError,
    subscriptions,
};

pub(super) fn dispatch(call: &Call<'_>, rest: &[&str]) -> Result<Response, ArmError> {
    if call.address.resource_group().is_some() {
        subscriptions::find_group(call)?;
    }
    let verb = match call.method.as_str() {
        "GET" => "read",
        "PUT" => "write",
        "DELETE" => "delete",
        _ => return Err(call.unknown()),
    };
    let scope = &call.address.scope;
    call.require(&format!("Microsoft.Insights/scheduledQueryRules/{verb}"), scope)?;
    let rules = &call.manager.vaults.resources;
    let key = |name: &str| id(scope.path(), name).to_ascii_lowercase();
    match (verb, rest) {
        ("read", [_]) => {
            let prefix = format!("{}/", scope.path().to_ascii_lowercase());
            let rules = rules.read();
            let own = rules.alert_rules.iter().filter(|(id, _)| id.starts_with(&prefix));
            call.page(own.map(|(_, rule)| rule.clone()).collect())
        }
        ("read", [_, name]) => rules.read().alert_rules.get(&key(name)).map(ok).ok_or_else(|| {
            let group = call.address.resource_group().unwrap_or_default();
            ArmError::no_resource("Microsoft.Insights/scheduledQueryRules", name, group)
        }),
        ("write", [_, name]) if call.address.resource_group().is_some() => {
            let rule = rule(call, scope.path(), name)?;
            let before = rules.write().alert_rules.insert(key(name), rule.clone());
            Ok(if before.is_some() { ok(rule) } else { created(rule) })
        }
        ("delete", [_, name]) => {
            Ok(rules.write().alert_rules.remove(&key(name)).map_or_else(nothing, |_| ok(Value::Null)))
        }
        _ => Err(call.unknown()),
    }
}

fn rule(call: &Call<'_>, scope: &str, name: &str) -> Result<Value, ArmError> {
    let mut rule: Value = call.json()?;
    let sound = [("location", rule["location"].is_string()), ("properties", rule["properties"].is_object())];
    if let Some((field, _)) = sound.into_iter().find(|(_, sound)| !sound) {
        return Err(ArmError::bad_request(
            "BadRequest",
            format!("The {field} property is required for this definition."),
        ));
    }
    rule["id"] = id(scope, name).into();
    rule["name"] = json!(name);
    rule["type"] = "Microsoft.Insights/scheduledQueryRules".into();
    if rule["properties"]["enabled"].is_null() {
        rule["properties"]["enabled"] = true.into();
    }
    Ok(rule)
}

fn id(scope: &str, name: &str) -> String {
    format!("{scope}/providers/Microsoft.Insights/scheduledQueryRules/{name}")
}
