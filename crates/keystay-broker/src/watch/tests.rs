//! Ledger against log, line by line. `tests/watch.rs` does the same with a real broker and a thief.

use serde_json::{Value, json};

use super::*;

const KEY: &str = "https://harborvault.vault.azure.net/keys/harbor-signer/0123456789abcdef0123456789abcdef";
const ID: &str = "7d1c2b3a-0000-4000-8000-000000000001";
const BROKER: &str = "aaaaaaaa-0000-4000-8000-00000000000b";
const START: i64 = 1_790_000_000;

fn at(second: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(START + second).unwrap()
}

fn rfc3339(second: i64) -> String {
    at(second).format(&time::format_description::well_known::Rfc3339).unwrap()
}

/// A record as a storage account holds it.
fn event(operation: &str, second: i64, id: &str) -> Value {
    json!({
        "time": rfc3339(second), "category": "AuditEvent", "operationName": operation, "operationVersion": "7.4",
        "resultType": "Success", "resultSignature": "OK", "resultDescription": "", "durationMs": "12",
        "resourceId": "/SUBSCRIPTIONS/S/RESOURCEGROUPS/G/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/HARBORVAULT",
        "callerIpAddress": "203.0.113.10", "correlationId": id,
        "identity": { "claim": { "oid": BROKER, "appid": "bbbbbbbb-0000-4000-8000-00000000000b" } },
        "properties": { "clientInfo": "rust", "requestUri": format!("{KEY}/sign?api-version=7.4"), "id": KEY,
                        "httpStatusCode": 200 },
    })
}

fn read(record: &Value) -> AuditRecord {
    AuditRecord::read(record.as_object().unwrap()).unwrap()
}

fn line(event: &str, second: i64, id: &str) -> LedgerLine {
    let line =
        json!({ "time": rfc3339(second), "event": event, "identity": "graph", "key": KEY, "correlation_id": id });
    LedgerLine::read(&line.to_string()).unwrap()
}

fn watch() -> Watch {
    Watch::new(WatchSettings::default(), Memory::default())
}

/// A watch that has seen one signature of ours, with nothing to tell.
fn settled() -> Watch {
    let mut watch = watch();
    watch.ledger(&line("sign-begins", 0, ID));
    watch.ledger(&line("signed", 1, ID));
    watch.record(&read(&event("KeySign", 1, ID)));
    assert!(kinds(&mut watch, 5).is_empty());
    watch
}

fn kinds(watch: &mut Watch, second: i64) -> Vec<&'static str> {
    watch.alarms(at(second)).iter().map(|alarm| alarm.alarm.code()).collect()
}

#[test]
fn a_signature_without_a_line_of_the_ledger_is_told_once_when_the_ledger_had_its_time() {
    let mut watch = settled();
    let foreign = read(&event("KeySign", 10, "00000000-0000-4000-8000-000000000666"));
    watch.record(&foreign);
    assert!(kinds(&mut watch, 60).is_empty());
    assert_eq!(watch.pending(), 1);
    assert_eq!(kinds(&mut watch, 200), ["foreign-sign"]);
    // delivered again, and after a restart from a file
    watch.record(&foreign);
    let memory = serde_json::from_value(serde_json::to_value(watch.memory()).unwrap()).unwrap();
    let mut watch = Watch::new(WatchSettings::default(), memory);
    watch.record(&foreign);
    assert!(kinds(&mut watch, 400).is_empty());
}

#[test]
fn a_line_of_the_ledger_that_comes_late_settles_it() {
    let mut watch = settled();
    let id = "7D1C2B3A-0000-4000-8000-000000000002";
    watch.record(&read(&event("KeySign", 10, id)));
    assert!(kinds(&mut watch, 60).is_empty());
    watch.ledger(&line("sign-begins", 9, &id.to_lowercase()));
    assert!(kinds(&mut watch, 400).is_empty());
    assert_eq!(watch.pending(), 0);
}

#[test]
fn an_id_of_ours_proves_nothing_for_another_key_another_time_or_too_often() {
    let mut watch = settled();
    let other = "https://harborvault.vault.azure.net/keys/other/0123456789abcdef0123456789abcdef";
    watch.settings.keys.insert(KeyName::of(other).unwrap());
    let mut record = event("KeySign", 2, ID);
    record["properties"]["id"] = json!(other);
    watch.record(&read(&record));
    assert_eq!(kinds(&mut watch, 10), ["foreign-sign"]);

    watch.record(&read(&event("KeySign", 3600, ID)));
    assert_eq!(kinds(&mut watch, 3600), ["foreign-sign"]);

    // a try that timed out may have signed all the same, twice
    for second in [2, 3] {
        watch.record(&read(&event("KeySign", second, ID)));
    }
    assert!(kinds(&mut watch, 3600).is_empty());
    watch.record(&read(&event("KeySign", 4, ID)));
    assert_eq!(kinds(&mut watch, 3600), ["foreign-sign"]);
}

#[test]
fn a_denied_request_is_a_success_in_the_log_and_is_told_as_what_it_is() {
    let mut watch = settled();
    let mut denied = event("KeySign", 10, "00000000-0000-4000-8000-000000000666");
    denied["properties"]["httpStatusCode"] = json!(403);
    watch.record(&read(&denied));
    denied["time"] = json!(rfc3339(11));
    watch.record(&read(&denied));
    assert_eq!(kinds(&mut watch, 400), ["denied"], "once, however often it is tried");

    let mut unauthenticated = event("KeySign", 12, "00000000-0000-4000-8000-000000000667");
    unauthenticated["properties"]["httpStatusCode"] = json!(401);
    watch.record(&read(&unauthenticated));
    assert!(kinds(&mut watch, 800).is_empty());
}

#[test]
fn what_changes_copies_or_opens_the_key_is_told_whoever_did_it() {
    for (operation, id, expected) in [
        ("KeyUpdate", KEY, "key-changed"),
        ("KeyRotate", KEY, "key-changed"),
        ("KeyBackup", KEY, "key-copied"),
        ("KeyDecrypt", KEY, "foreign-use"),
        ("CertificateCreate", "https://harborvault.vault.azure.net/certificates/harbor-signer", "certificate-changed"),
        ("CertificateImport", "https://HarborVault.vault.azure.net/certificates/Harbor-Signer", "certificate-changed"),
        (
            "CertificatePolicyUpdate",
            "https://harborvault.vault.azure.net/certificates/harbor-signer",
            "certificate-changed",
        ),
        ("SecretGet", "https://harborvault.vault.azure.net/secrets/harbor-signer/01", "secret-read"),
        ("VaultPatch", "https://harborvault.vault.azure.net/", "access-changed"),
    ] {
        let mut watch = settled();
        let mut record = event(operation, 10, "00000000-0000-4000-8000-000000000666");
        record["properties"]["id"] = json!(id);
        record["properties"]["requestUri"] = json!(id);
        watch.record(&read(&record));
        assert_eq!(kinds(&mut watch, 10), [expected], "{operation}");
    }
}

#[test]
fn a_role_assignment_of_the_activity_log_is_told_and_other_vaults_are_not() {
    let mut watch = settled();
    let vault = "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/harborvault";
    let mut assignment = json!({
        "time": rfc3339(10), "operationName": "MICROSOFT.AUTHORIZATION/ROLEASSIGNMENTS/WRITE", "resultType": "Success",
        "resourceId": format!("{vault}/providers/Microsoft.Authorization/roleAssignments/1"), "correlationId": "c",
        "callerIpAddress": "203.0.113.66", "identity": { "claims": { "appid": "04b07795-8ddb-461a-bbee-02f9e1bf7b46" } },
    });
    watch.record(&read(&assignment));
    assignment["resourceId"] = json!(vault.replace("harborvault", "othervault"));
    watch.record(&read(&assignment));
    let mut other = event("SecretGet", 10, "c");
    other["properties"]["id"] = json!("https://harborvault.vault.azure.net/secrets/colour");
    watch.record(&read(&other));
    assert_eq!(kinds(&mut watch, 20), ["access-changed"]);
}

#[test]
fn who_looks_at_the_key_without_ever_signing_for_us_is_told_once() {
    let mut watch = watch();
    // the broker finds its key before it signs with it
    watch.record(&read(&event("CertificateGet", 0, "c")));
    watch.ledger(&line("sign-begins", 1, ID));
    watch.record(&read(&event("KeySign", 1, ID)));
    assert!(kinds(&mut watch, 600).is_empty());
    for second in [700, 701] {
        let mut look = event("KeyGet", second, "c");
        look["identity"]["claim"]["oid"] = json!("cccccccc-0000-4000-8000-00000000000c");
        watch.record(&read(&look));
    }
    assert_eq!(kinds(&mut watch, 900), ["new-caller"]);
}

#[test]
fn our_own_signature_from_another_address_is_told_once() {
    let mut watch = settled();
    for (second, id) in [(10, "7d1c2b3a-0000-4000-8000-000000000002"), (20, "7d1c2b3a-0000-4000-8000-000000000003")] {
        watch.ledger(&line("sign-begins", second, id));
        let mut record = event("KeySign", second, id);
        record["callerIpAddress"] = json!("198.51.100.66");
        watch.record(&read(&record));
    }
    assert_eq!(kinds(&mut watch, 30), ["new-address"]);
}

#[test]
fn a_log_that_stops_holding_our_signatures_is_told_once_until_it_holds_them_again() {
    let mut watch = settled();
    let second = |id: u32| format!("7d1c2b3a-0000-4000-8000-0000000000{id:02}");
    for id in 10..13 {
        watch.ledger(&line("sign-begins", i64::from(id), &second(id)));
        watch.ledger(&line("signed", i64::from(id), &second(id)));
    }
    assert!(kinds(&mut watch, 600).is_empty(), "it may be late");
    let alarms = watch.alarms(at(1300));
    assert_eq!(alarms.len(), 1);
    assert!(alarms[0].words.starts_with("3 signatures"), "{}", alarms[0].words);
    assert!(kinds(&mut watch, 1400).is_empty());
    for id in 10..13 {
        watch.record(&read(&event("KeySign", i64::from(id), &second(id))));
    }
    assert!(kinds(&mut watch, 1500).is_empty());
    assert!(!watch.memory.silent);
}

#[test]
fn the_same_record_is_read_from_every_shape_it_is_delivered_in() {
    let expected = read(&event("KeySign", 10, ID));
    let claims = json!({ "claim": { "oid": BROKER, "appid": "bbbbbbbb-0000-4000-8000-00000000000b" } });
    let resource = "/SUBSCRIPTIONS/S/RESOURCEGROUPS/G/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/HARBORVAULT";
    let diagnostics = json!({
        "TimeGenerated": rfc3339(10), "ResourceId": resource, "OperationName": "KeySign", "ResultType": "Success",
        "CallerIPAddress": "203.0.113.10", "CorrelationId": ID.to_uppercase(), "identity_claim_oid_g": BROKER,
        "identity_claim_appid_g": "bbbbbbbb-0000-4000-8000-00000000000b", "httpStatusCode_d": 200.0,
        "requestUri_s": format!("{KEY}/sign?api-version=7.4"), "id_s": KEY, "Type": "AzureDiagnostics",
    });
    let resource_specific = json!({
        "TimeGenerated": rfc3339(10), "_ResourceId": resource, "OperationName": "KeySign", "CorrelationId": ID,
        "CallerIpAddress": "203.0.113.10", "Identity": claims.to_string(), "HttpStatusCode": 200, "Id": KEY,
        "RequestUri": format!("{KEY}/sign"), "Type": "AZKVAuditLogs",
    });
    let one = event("KeySign", 10, ID);
    let lines = format!("{one}\r\n{one}\r\n{{\"time\":\"2026");
    let quoted = claims.to_string().replace('"', "\"\"");
    let portal = time::macros::format_description!(
        version = 2,
        "[month padding:none]/[day padding:none]/[year], [hour repr:12 padding:none]:[minute]:[second].000 [period]"
    );
    let csv = format!(
        "\u{feff}\"TimeGenerated [UTC]\",OperationName,HttpStatusCode,CorrelationId,\"_ResourceId\",Id,Identity,CallerIpAddress\n\
         \"{}\",KeySign,200,{ID},{resource},{KEY},\"{quoted}\",203.0.113.10\n",
        at(10).format(portal).unwrap()
    );
    let columns: Vec<_> = diagnostics.as_object().unwrap().keys().map(|name| json!({ "name": name })).collect();
    let values: Vec<_> = diagnostics.as_object().unwrap().values().collect();
    let answer = json!({ "tables": [{ "name": "PrimaryResult", "columns": columns, "rows": [values] }] });
    for (shape, text, count) in [
        ("lines", lines, 2),
        ("event hub", json!({ "records": [one] }).to_string(), 1),
        ("list", json!([diagnostics, resource_specific]).to_string(), 2),
        ("answer", answer.to_string(), 1),
        ("csv", csv, 1),
    ] {
        let (records, others) = read_log(&text).unwrap();
        assert_eq!((records.len(), others), (count, 0), "{shape}");
        for record in records {
            assert_eq!(record, expected, "{shape}");
        }
    }
}

#[test]
fn what_is_no_log_is_refused_and_what_is_no_record_is_counted() {
    assert!(read_log("hello").unwrap_err().to_string().contains("neither JSON nor CSV"));
    assert!(read_log("{\"time\": 1}\nnonsense\n{}\n").unwrap_err().to_string().starts_with("line 2"));
    assert_eq!(read_log("").unwrap(), (Vec::new(), 0));
    let (records, others) = read_log("[{\"hello\": 1}]").unwrap();
    assert_eq!((records.len(), others), (0, 1));
}

#[test]
fn lines_of_the_journal_that_are_no_signatures_are_passed_over() {
    assert_eq!(LedgerLine::read(r#"{"time":"2026-11-24T02:00:00Z","event":"granted","id":"x"}"#), None);
    assert_eq!(LedgerLine::read(r#"{"time":"2026-11-24T02:"#), None);
    let local = json!({ "time": rfc3339(0), "event": "signed", "key": "/etc/signer.pem", "correlation_id": ID });
    assert_eq!(LedgerLine::read(&local.to_string()), None);
}
