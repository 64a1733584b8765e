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
fn a_file_that_others_can_write_is_not_read() {
    use std::os::unix::fs::PermissionsExt;
    let path = std::env::temp_dir().join(format!("keystay-{}-config.toml", std::process::id()));
    std::fs::write(&path, "").unwrap();
    for (mode, refused) in [(0o644, false), (0o600, false), (0o646, true), (0o602, true)] {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        let error = Config::load(&path).unwrap_err().to_string();
        assert_eq!(error.contains("others can write it"), refused, "{mode:o}: {error}");
    }
    std::fs::remove_file(&path).unwrap();
}

#[test]
fn limits_are_numbers_within_reason() {
    let mut document = good();
    document["limits"] = json!({ "request_seconds": 3 });
    assert_eq!(Config::read(&document).unwrap().limits.request.as_secs(), 3);
    document["limits"] = json!({ "request_seconds": 0, "patience": 1, "vault_percent": 101 });
    let mistakes = mistakes(&document).join("\n");
    for expected in [
        "`limits.request_seconds` is 0; expected 1 to 300",
        "`limits.vault_percent` is 101; expected 1 to 100",
        "`limits.patience` is not a setting",
    ] {
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
    document["listen"].as_object_mut().unwrap().remove("socket");
    assert!(mistakes(&document)[0].contains("`listen.loopback` needs callers with `bearer_sha256` or `jwt`"));
}

#[test]
fn leases_alone_are_a_reason_to_listen_on_tcp() {
    let mut document = good();
    document["callers"]["reports"] = json!({ "uid": 1001 });
    document["listen"]["socket"] = json!("keystay.sock");
    assert!(Config::read(&document).is_ok());
}

#[test]
fn numbers_are_shown_to_this_computer_alone() {
    let mut document = good();
    document["metrics"] = json!({ "listen": "127.0.0.1:9464" });
    let config = Config::read(&document).unwrap();
    assert_eq!(config.listen.metrics, Some("127.0.0.1:9464".parse().unwrap()));
    assert!(config.listen.needs_restart(&Listen { metrics: None, ..config.listen.clone() }));
    document["metrics"] = json!({ "listen": "0.0.0.0:9464", "port": 1 });
    let mistakes = mistakes(&document);
    assert!(mistakes[0].contains("`metrics.listen` is `0.0.0.0:9464`") && mistakes[1].contains("`metrics.port`"));
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

/// The mistakes of a configuration with this TLS listener, and callers and issuers changed by `change`.
fn tls_mistakes(tls: &Value, change: impl FnOnce(&mut Value)) -> String {
    let mut document = good();
    document["listen"] = json!({ "tls": tls });
    change(&mut document);
    Config::read(&document).map_or_else(|error| format!("{error:?}"), |_| String::new())
}

#[test]
fn other_computers_come_by_certificate_or_token() {
    let key_file = std::env::temp_dir().join(format!("keystay-config-{}.pem", uuid::Uuid::new_v4()));
    let certified = rcgen::generate_simple_self_signed(["broker.apps.test".to_owned()]).unwrap();
    let both = format!("{}{}", certified.cert.pem(), certified.signing_key.serialize_pem());
    std::fs::write(&key_file, both).unwrap();
    let with = |more: Value| {
        let mut tls = json!({ "address": "192.0.2.1:443", "certificate": key_file, "key": key_file });
        tls.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        tls
    };
    let refused = tls_mistakes(&with(json!({})), |_| {});
    assert!(refused.contains("from other computers callers come by certificate or token"), "{refused}");
    assert_eq!(tls_mistakes(&with(json!({ "client_ca": key_file })), |_| {}), "");
    let issuer = json!({ "issuer": "a", "audience": "keystay", "keys_url": "https://issuer.example/keys" });
    assert_eq!(tls_mistakes(&with(json!({})), |document| document["issuers"]["cluster"] = issuer), "");
    assert_eq!(tls_mistakes(&with(json!({ "address": "127.0.0.1:0" })), |_| {}), "");
    std::fs::remove_file(key_file).unwrap();
}

#[test]
fn every_mistake_of_the_tls_listener_is_found() {
    let ca_file = std::env::temp_dir().join("never-written.pem");
    let uid_alone = |document: &mut Value| document["callers"]["reports"] = json!({ "uid": 1001 });
    for (tls, expected) in [
        (json!({}), "`listen.tls.address` is missing"),
        (json!({ "address": "127.0.0.1:0" }), "expected `listen.tls.certificate` and `key`, or `ca_file` alone"),
        (json!({ "address": "127.0.0.1:0", "ca_file": ca_file, "key": "Cargo.toml" }), "or `ca_file` alone"),
        (json!({ "address": "192.0.2.1:443", "ca_file": ca_file }), "other computers trust no certificate"),
        (
            json!({ "address": "127.0.0.1:0", "certificate": "Cargo.toml", "key": "Cargo.toml" }),
            "`Cargo.toml` cannot be used as certificates in PEM",
        ),
        (
            json!({ "address": "127.0.0.1:0", "ca_file": ca_file, "hosts": ["a:443"] }),
            "`a:443` is not the name of a host",
        ),
        (json!({ "address": "127.0.0.1:0", "ca_file": ca_file, "hosts": ["A/b"] }), "`A/b` is not the name of a host"),
        (
            json!({ "address": "127.0.0.1:0", "ca_file": ca_file, "client_ca": "/nowhere" }),
            "there is no file `/nowhere`",
        ),
        (
            json!({ "address": "127.0.0.1:0", "ca_file": ca_file, "colour": "red" }),
            "`listen.tls.colour` is not a setting",
        ),
    ] {
        let mistakes = tls_mistakes(&tls, |_| {});
        assert!(mistakes.contains(expected), "{expected} is missing in\n{mistakes}");
    }
    let here = json!({ "address": "127.0.0.1:0", "ca_file": ca_file });
    let mistakes = tls_mistakes(&here, uid_alone);
    assert!(mistakes.contains("`[listen.tls]` needs callers with"), "{mistakes}");
    let mistakes = tls_mistakes(&here, |document| {
        document["callers"]["one"] = json!({ "certificate_sha256": "AB:CD" });
        document["callers"]["two"] = json!({ "certificate_uri": "spiffe://a.test/b" });
        document["callers"]["three"] = json!({ "certificate_uri": ["spiffe://a.test/b"] });
    });
    for expected in [
        "`callers.one.certificate_sha256`",
        "callers with certificates need `listen.tls.client_ca`",
        "have certificates for the same URI",
    ] {
        assert!(mistakes.contains(expected), "{expected} is missing in\n{mistakes}");
    }
    assert!(!ca_file.exists());
}

#[test]
fn a_dashboard_is_on_this_computer_and_needs_the_socket_its_links_come_from() {
    let mut document = good();
    document["listen"]["dashboard"] = json!("0.0.0.0:8080");
    let found = mistakes(&document).join("\n");
    assert!(found.contains("`listen.dashboard` is `0.0.0.0:8080`"), "{found}");
    assert!(found.contains("`listen.dashboard` needs `listen.admin`"), "{found}");
    document["listen"]["dashboard"] = json!("[::1]:0");
    document["listen"]["admin"] = json!("/run/keystay/admin.sock");
    assert_eq!(Config::read(&document).unwrap().listen.dashboard, Some("[::1]:0".parse().unwrap()));
}
