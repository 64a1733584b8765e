//! The same documents as the `az` command writes them.

use serde_json::{Map, Value};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::world::World;
use keystay_posture::facts::{Document, Thumbprint};

/// Rewrites a posture from the spelling of the services.
pub(crate) fn az(world: &World) -> World {
    let mut world = world.clone();
    for (document, value) in &mut world.documents {
        let of_vault = matches!(
            document,
            Document::Certificate | Document::CertificateVersions | Document::KeyVersions | Document::VaultKeys
        );
        match document {
            Document::RoleAssignments
            | Document::HostRoleAssignments
            | Document::RoleDefinitions
            | Document::DiagnosticSettings
            | Document::LogWorkspaces
            | Document::AlertRules
            | Document::DefenderPricing
            | Document::PublishingPolicies => *value = lifted(unpaged(value.take())),
            Document::VaultKeys | Document::VaultSecrets | Document::Owners | Document::FederatedCredentials => {
                *value = unpaged(value.take());
            }
            // the command shows no certificate, and the thumbprint in hex
            Document::Application => {
                for credential in value["keyCredentials"].as_array_mut().unwrap() {
                    credential["key"] = Value::Null;
                    let base64 = credential["customKeyIdentifier"].as_str().unwrap();
                    credential["customKeyIdentifier"] = Thumbprint::parse(base64).unwrap().to_string().into();
                }
            }
            // of one principal, `show` prints the one
            Document::HomePrincipal => *value = value["value"][0].take(),
            _ => {}
        }
        if of_vault {
            renamed(value, false);
        }
    }
    world
}

fn unpaged(value: Value) -> Value {
    match value {
        Value::Object(mut page) if page.get("value").is_some_and(Value::is_array) => page["value"].take(),
        Value::Array(pages) => pages
            .into_iter()
            .flat_map(|page| match unpaged(page) {
                Value::Array(entries) => entries,
                one => vec![one],
            })
            .collect(),
        other => other,
    }
}

/// Lifts fields out of `properties`.
fn lifted(value: Value) -> Value {
    match value {
        Value::Array(all) => all.into_iter().map(lifted).collect(),
        Value::Object(mut object) => {
            if let Some(Value::Object(properties)) = object.remove("properties") {
                object.extend(properties);
            }
            Value::Object(object)
        }
        other => other,
    }
}

fn renamed(value: &mut Value, in_policy: bool) {
    match value {
        Value::Array(all) => all.iter_mut().for_each(|one| renamed(one, in_policy)),
        Value::Object(object) => {
            let mut az = Map::new();
            for (name, mut value) in std::mem::take(object) {
                let in_policy = in_policy || name == "policy";
                renamed(&mut value, in_policy);
                let new = match name.as_str() {
                    "key_props" => "keyProperties",
                    "x509_props" => "x509CertificateProperties",
                    "secret_props" => "secretProperties",
                    "lifetime_actions" => "lifetimeActions",
                    "action_type" => "actionType",
                    "lifetime_percentage" => "lifetimePercentage",
                    "key_size" => "keySize",
                    "reuse_key" => "reuseKey",
                    "key_usage" => "keyUsage",
                    "validity_months" => "validityInMonths",
                    "kty" if in_policy => "keyType",
                    "issuer" if in_policy => "issuerParameters",
                    "key_ops" => "keyOps",
                    "exp" => "expires",
                    "nbf" => "notBefore",
                    "x5t" => "x509ThumbprintHex",
                    other => other,
                };
                let value = match (new, &value) {
                    ("expires" | "notBefore" | "created" | "updated", Value::Number(at)) => {
                        let at = OffsetDateTime::from_unix_timestamp(at.as_i64().unwrap()).unwrap();
                        at.format(&Rfc3339).unwrap().replace('Z', "+00:00").into()
                    }
                    ("x509ThumbprintHex", Value::String(text)) => Thumbprint::parse(text).unwrap().to_string().into(),
                    _ => value,
                };
                az.insert(new.to_owned(), value);
            }
            *object = az;
        }
        _ => {}
    }
}
