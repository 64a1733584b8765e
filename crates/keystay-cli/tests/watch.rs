//! `keystay watch`, over files as the broker and a storage account write them.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod running;

use std::{fs, path::PathBuf};

use running::{keystay, said};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

const KEY: &str = "https://harborvault.vault.azure.net/keys/harbor-signer/0123456789abcdef0123456789abcdef";
const OURS: &str = "7d1c2b3a-0000-4000-8000-000000000001";

/// So many minutes ago, to the second. What is a day old is passed over where a state is kept.
fn ago(minutes: i64) -> String {
    let time = OffsetDateTime::now_utc() - Duration::minutes(minutes);
    time.replace_nanosecond(0).unwrap().format(&Rfc3339).unwrap()
}

/// A folder with a ledger, and a log in folders by the hour.
struct Files(PathBuf);

impl Files {
    fn new(name: &str) -> Self {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("watch-{name}"));
        let _ = fs::remove_dir_all(&folder);
        let files = Self(folder);
        fs::create_dir_all(files.hour()).unwrap();
        let begins = json!({ "time": ago(60), "event": "sign-begins", "identity": "graph", "key": KEY,
                             "correlation_id": OURS });
        let granted = json!({ "time": ago(60), "event": "granted", "id": "x" });
        fs::write(files.0.join("audit.jsonl"), format!("{begins}\n{granted}\n")).unwrap();
        files.log(&[record("KeySign", &ago(60), OURS)]);
        files
    }

    fn hour(&self) -> PathBuf {
        self.0.join("log/y=2026/m=11/d=24/h=02/m=00")
    }

    fn log(&self, records: &[Value]) {
        let lines: String = records.iter().flat_map(|record| [record.to_string(), "\r\n".to_owned()]).collect();
        fs::write(self.hour().join("PT1H.json"), lines).unwrap();
    }

    fn watch(&self, more: &[&str]) -> (Option<i32>, String, String) {
        let mut command = keystay(&["watch"]);
        command.arg("--ledger").arg(self.0.join("audit.jsonl")).arg("--log").arg(self.0.join("log"));
        let output = command.arg("--state").arg(self.0.join("state.json")).args(more).output().unwrap();
        let (out, words) = said(&output);
        (output.status.code(), out, words)
    }
}

fn record(operation: &str, time: &str, id: &str) -> Value {
    json!({
        "time": time, "category": "AuditEvent", "operationName": operation, "resultType": "Success", "correlationId": id,
        "resourceId": "/SUBSCRIPTIONS/S/RESOURCEGROUPS/G/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/HARBORVAULT",
        "callerIpAddress": "203.0.113.10", "identity": { "claim": { "oid": "aaaaaaaa-0000-4000-8000-00000000000b" } },
        "properties": { "id": KEY, "requestUri": KEY, "httpStatusCode": 200 },
    })
}

#[test]
fn our_own_signatures_end_with_zero_and_a_foreign_one_with_three_told_once() {
    let files = Files::new("foreign");
    let (code, out, words) = files.watch(&[]);
    assert_eq!((code, out.as_str()), (Some(0), ""), "{words}");

    let foreign = "00000000-0000-4000-8000-000000000666";
    files.log(&[record("KeySign", &ago(60), OURS), record("KeySign", &ago(50), foreign)]);
    let (code, out, words) = files.watch(&["--json"]);
    assert_eq!(code, Some(3), "{words}");
    let alarm: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&alarm["alarm"], &alarm["correlation_id"]), (&json!("foreign-sign"), &json!(foreign)));
    assert_eq!(alarm["address"], "203.0.113.10");

    let (code, out, _) = files.watch(&["--json"]);
    assert_eq!((code, out.as_str()), (Some(0), ""), "told already");
}

#[test]
fn people_read_who_did_what_and_what_to_do() {
    let files = Files::new("words");
    let time = ago(50);
    files.log(&[record("KeyUpdate", &time, "c")]);
    let (code, out, _) = files.watch(&[]);
    assert_eq!(code, Some(3));
    let lines: Vec<&str> = out.lines().collect();
    assert!(lines[0].starts_with(&format!("{time} key-changed: principal aaaaaaaa-")), "{out}");
    assert!(lines[0].contains("from 203.0.113.10 changed https://harborvault"), "{out}");
    assert!(lines[1].starts_with("  if nobody of yours did it"), "{out}");
}

#[test]
fn what_is_older_than_asked_for_is_passed_over_and_what_is_no_log_is_named() {
    let files = Files::new("since");
    files.log(&[record("KeyUpdate", &ago(50), "c")]);
    assert_eq!(files.watch(&["--since", &ago(40)]).0, Some(0));
    fs::write(files.hour().join("notes.json"), "hello").unwrap();
    let (code, _, words) = files.watch(&[]);
    assert_eq!(code, Some(2));
    assert!(words.contains("notes.json` is no log of a vault"), "{words}");
    assert_eq!(files.watch(&["--key", "harbor-signer"]).0, Some(2));
}
