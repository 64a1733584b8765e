//! `Microsoft.Security/pricings`: which plans of Defender for Cloud a subscription has.

use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    call::{Call, moment, ok},
    error::ArmError,
};

pub(super) fn dispatch(call: &Call<'_>, rest: &[&str]) -> Result<Response, ArmError> {
    let (subscription, scope) = (call.subscription()?, call.subscription_scope()?);
    match (call.method.as_str(), rest) {
        ("GET", [_]) => {
            call.require("Microsoft.Security/pricings/read", &scope)?;
            // this list has no pages and no nextLink
            let plans: Vec<Value> = PLANS.iter().map(|plan| view(call, subscription, plan)).collect();
            Ok(ok(json!({ "value": plans })))
        }
        ("GET", [_, name]) => {
            call.require("Microsoft.Security/pricings/read", &scope)?;
            Ok(ok(view(call, subscription, find(name)?)))
        }
        ("PUT", [_, name]) => {
            call.require("Microsoft.Security/pricings/write", &scope)?;
            put(call, subscription, find(name)?)
        }
        _ => Err(call.unknown()),
    }
}

fn find(name: &str) -> Result<&'static str, ArmError> {
    PLANS.into_iter().find(|plan| plan.eq_ignore_ascii_case(name)).ok_or_else(|| {
        ArmError::not_found("ResourceNotFound", format!("The pricing bundle '{name}' could not be found."))
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wanted {
    pricing_tier: Tier,
    sub_plan: Option<String>,
}

#[derive(Deserialize)]
struct Request {
    properties: Wanted,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
enum Tier {
    #[serde(alias = "free")]
    Free,
    #[serde(alias = "standard")]
    Standard,
}

fn put(call: &Call<'_>, subscription: Uuid, plan: &'static str) -> Result<Response, ArmError> {
    let Request { properties: wanted } = call.json()?;
    let mut properties = free();
    if wanted.pricing_tier == Tier::Standard {
        properties["pricingTier"] = "Standard".into();
        properties["enablementTime"] = moment(call.now()).into();
        if let Some(sub_plan) = wanted.sub_plan {
            properties["subPlan"] = sub_plan.into();
        }
    }
    call.manager.vaults.resources.write().pricings.insert(key(subscription, plan), properties);
    Ok(ok(view(call, subscription, plan)))
}

fn view(call: &Call<'_>, subscription: Uuid, plan: &str) -> Value {
    let set = call.manager.vaults.resources.read().pricings.get(&key(subscription, plan)).cloned();
    json!({
        "id": format!("/subscriptions/{subscription}/providers/Microsoft.Security/pricings/{plan}"),
        "name": plan,
        "type": "Microsoft.Security/pricings",
        "properties": set.unwrap_or_else(free),
    })
}

fn free() -> Value {
    json!({ "pricingTier": "Free", "freeTrialRemainingTime": "PT0S" })
}

fn key(subscription: Uuid, plan: &str) -> String {
    format!("{subscription}/{}", plan.to_ascii_lowercase())
}

/// The plans there are; a new subscription has none of them.
const PLANS: [&str; 11] = [
    "Api",
    "AppServices",
    "Arm",
    "CloudPosture",
    "Containers",
    "CosmosDbs",
    "KeyVaults",
    "OpenSourceRelationalDatabases",
    "SqlServers",
    "StorageAccounts",
    "VirtualMachines",
];
