//! The configuration is read as a whole.

use serde_json::json;

use super::*;

fn mistakes(document: &Value) -> Vec<String> {
    match Config::read(document).unwrap_err() {
        ConfigError::Mistakes { mistakes } => mistakes,
        other => panic!("{other}"),
    }
}

fn good() -> Value {
    json!({
        "listen": { "socket": "/run/keystay/keystay.sock", "loopback": "127.0.0.1:0" },
        "identities": { "graph": {
            "client_id": "6a2f1c0e-0b6c-4d0e-9b34-51f3a5d7c0aa",
            "home_tenant": "1a2f1c0e-0b6c-4d0e-9b34-51f3a5d7c0aa",
            "vault_credential": "managed-identity",
            "key": { "vault": "https://contoso.vault.azure.net", "certificate": "graph-signer" },
        } },
        "callers": { "reports": { "uid": "1001", "bearer_sha256": "ab".repeat(32) } },
        "rules": [{ "callers": "reports", "identities": ["graph"], "tenants": "*",
                    "scopes": ["https://graph.microsoft.com/.default"] }],
    })
}

#[test]
fn a_good_configuration_is_taken() {
    let config = Config::read(&good()).unwrap();
    assert_eq!(config.identities.len(), 1);
    assert_eq!(config.policy.rules().len(), 1);
    assert_eq!(config.callers[0].uid, Some(1001));
}

#[test]
fn limits_are_numbers_within_reason() {
    let mut document = good();
    document["limits"] = json!({ "request_seconds": 3 });
    assert_eq!(Config::read(&document).unwrap().limits.request.as_secs(), 3);
    document["limits"] = json!({ "request_seconds": 0, "patience": 1 });
    let mistakes = mistakes(&document).join("\n");
    for expected in ["`limits.request_seconds` is 0; expected 1 to 300", "`limits.patience` is not a setting"] {
        assert!(mistakes.contains(expected), "{mistakes} lacks {expected}");
    }
}

#[test]
fn every_mistake_of_every_table_is_found_at_once() {
    let mut document = good();
    document["listen"]["loopback"] = json!("192.0.2.1:80");
    document["identities"]["Bad Name"] = json!({ "client_id": "nope", "key": { "pem_file": "/nowhere" } });
    document["callers"]["nobody"] = json!({});
    document["callers"]["twin"] = json!({ "uid": 1001 });
    document["rules"][0]["identities"] = json!(["mail"]);
    document["rules"].as_array_mut().unwrap().push(json!({ "callers": [], "tenants": ["common"], "colour": "red" }));
    document["speed"] = json!(1);
    document["compat"] = json!("az-kv");
    let mistakes = mistakes(&document).join("\n");
    for expected in [
        "`listen.loopback` is `192.0.2.1:80`",
        "`Bad Name` is not a name",
        "`identities.Bad Name.client_id`: `nope`",
        "there is no file `/nowhere`",
        "`identities.Bad Name.home_tenant` is missing",
        "caller `nobody` cannot be recognised",
        "callers `reports` and `twin` are the same user",
        "there is no `[identities.mail]`",
        "`rules[2].callers` is empty",
        "`rules[2].identities` is missing",
        "stands for many tenants",
        "`rules[2].scopes` is missing",
        "`rules[2].colour` is not a setting",
        "`compat` is `az-kv`; expected `az-kv-proxy`",
        "`speed` is not a setting",
    ] {
        assert!(mistakes.contains(expected), "{expected} is missing in\n{mistakes}");
    }
}

#[test]
fn tcp_without_a_secret_of_any_caller_is_refused() {
    let mut document = good();
    document["callers"]["reports"] = json!({ "uid": 1001 });
    assert!(mistakes(&document)[0].contains("`listen.loopback` needs callers with `bearer_sha256` or `jwt`"));
}

#[test]
fn a_secret_written_in_place_of_its_hash_is_not_repeated() {
    let mut document = good();
    document["callers"]["reports"]["bearer_sha256"] = json!("planted-secret-planted-secret-planted-secret-planted");
    let mistakes = mistakes(&document).join("\n");
    assert!(mistakes.contains("callers.reports.bearer_sha256") && !mistakes.contains("planted"), "{mistakes}");
}

#[test]
fn every_mistake_of_an_issuer_is_found() {
    let mut document = good();
    document["issuers"] = json!({
        "empty": {},
        "clear": { "issuer": "a", "audience": "keystay", "keys_url": "http://issuer.example/keys" },
        "twin": { "issuer": "a", "audience": [], "keys_url": "https://user:planted@issuer.example/keys" },
        "both": { "issuer": "b", "audience": "keystay", "keys_url": "https://issuer.example/keys", "keys_file": "Cargo.toml" },
        "near": { "issuer": "c", "audience": "keystay", "keys_url": "http://[::1]:80/keys", "one_time": "perhaps" },
        "same": { "issuer": "c", "audience": "keystay", "keys_file": "Cargo.toml" },
    });
    document["callers"]["job"] = json!({ "jwt": { "issuer": "nobody", "subject": "" } });
    document["callers"]["one"] = json!({ "jwt": { "issuer": "nobody", "subject": "s" } });
    document["callers"]["two"] = json!({ "jwt": { "issuer": "nobody", "subject": ["t", "s"] } });
    let mistakes = mistakes(&document).join("\n");
    for expected in [
        "`issuers.empty.issuer` is missing",
        "`issuers.empty.audience` is missing",
        "`issuers.empty.keys_url` or `keys_file` must say",
        "`issuers.clear.keys_url` must begin with `https://`",
        "`issuers.twin.audience` is missing",
        "`issuers.twin.keys_url` must begin with",
        "`issuers.both.keys_url` or `keys_file` must say",
        "`issuers.near.one_time` is `perhaps`",
        "`issuers.same.keys_file`: `Cargo.toml` cannot be used: it is no JSON Web Key Set",
        "issuers `near` and `same` have the same `issuer`",
        "`callers.job.jwt.subject` is missing",
        "callers `one` and `two` are the same subject",
        "`callers.one.jwt.issuer`: there is no `[issuers.nobody]`",
    ] {
        assert!(mistakes.contains(expected), "{expected} is missing in\n{mistakes}");
    }
    assert!(!mistakes.contains("planted") && !mistakes.contains("issuers.near.keys_url"), "{mistakes}");
}
