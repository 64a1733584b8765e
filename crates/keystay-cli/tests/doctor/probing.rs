//! `--probe`: one real token of each tenant, in the lab.

use std::{fs, path::Path, process::Output};

use serde_json::Value;

use crate::running::{keystay, said};

const SETTINGS: [&str; 10] = [
    "--client-id",
    "4a8b0000-0000-4000-8000-00000000a002",
    "--vault",
    "https://harborvault.vault.azure.net",
    "--certificate",
    "harbor-signer",
    "--vault-credential",
    "managed-identity",
    "--vault-id",
    "/subscriptions/5a17c0de-0000-4000-8000-00000000a001/resourceGroups/harbor/providers/Microsoft.KeyVault/vaults/harborvault",
];

fn doctor(more: &[&str]) -> Output {
    let in_lab = ["lab", "exec", "--", env!("CARGO_BIN_EXE_keystay"), "doctor", "--as", "managed-identity", "--json"];
    keystay(&[&in_lab, &SETTINGS[..], more].concat()).output().unwrap()
}

fn state(output: &Output, check: &str) -> String {
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let findings = report["findings"].as_array().unwrap();
    findings.iter().find(|one| one["id"] == check).unwrap()["state"].as_str().unwrap().to_owned()
}

fn tokens(folder: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(folder.join("tenant-tokens.json")).unwrap()).unwrap()
}

#[test]
fn a_probe_fills_in_what_only_tokens_tell_and_keeps_none() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("tenants.db");
    let customers = folder.path().join("customers.csv");
    fs::write(&customers, "customer,tenant\nMarlow,marlow.onmicrosoft.com\nNew,new.onmicrosoft.com\n").unwrap();
    let (database, customers) = (database.to_str().unwrap(), customers.to_str().unwrap());
    assert!(keystay(&["tenants", "import", customers, "--tenants", database]).status().unwrap().success());
    let kept = folder.path().join("kept");
    let probe = ["--probe", "--tenant", "juniper.onmicrosoft.com", "--tenants", database];
    let output = doctor(&[&probe[..], &["--save", kept.to_str().unwrap()]].concat());
    let (out, err) = said(&output);
    assert_eq!(state(&output, "KS034"), "PASS", "{err}");

    // nobody knows `new`: told, and no reason to stop
    assert!(err.contains("tenant new.onmicrosoft.com gave no token"), "{err}");
    let found = tokens(&kept);
    let found = found.as_array().unwrap();
    assert_eq!(found.len(), 2, "{found:?}");
    for token in found {
        assert_eq!(token["roles"], serde_json::json!(["User.ReadBasic.All"]));
        let life = token["lifetime_seconds"].as_u64().unwrap();
        assert!((3_590..=5_400).contains(&life), "{life}");
    }
    let all = fs::read_dir(&kept).unwrap().map(|file| fs::read_to_string(file.unwrap().path()).unwrap());
    for text in all.chain([out, err]) {
        assert!(!text.contains("eyJ"), "a token is in:\n{text}");
    }
}

#[test]
fn without_a_probe_and_where_nobody_could_be_asked_it_stays_unknown() {
    let quiet = doctor(&[]);
    assert_eq!(state(&quiet, "KS034"), "UNKNOWN", "{}", said(&quiet).1);
    let nobody = doctor(&["--probe"]);
    assert_eq!(nobody.status.code(), Some(2), "{}", said(&nobody).1);
    let refused = doctor(&["--probe", "--tenant", "new.onmicrosoft.com"]);
    assert_eq!(state(&refused, "KS034"), "UNKNOWN", "{}", said(&refused).1);
}
