//! What an operation of the vault's log means for a watched key.
//!
//! Names from "Azure Key Vault logging" and, for role assignments, the activity log.

use std::collections::BTreeSet;

use super::{AlarmKind, AuditRecord, KeyName};

/// What to do about a record.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Meaning {
    /// Somebody used the key to sign.
    Sign,
    /// Somebody did what has to be told, whoever it was.
    Telling(AlarmKind),
    /// Somebody was refused.
    Denied,
    /// Somebody read what may be read.
    Harmless,
    /// It is about something else, or nothing happened.
    Nothing,
}

/// Reads a record. `watched` are the keys that count; every key when there are none.
pub(super) fn meaning(record: &AuditRecord, watched: &BTreeSet<&KeyName>) -> Meaning {
    let operation = record.operation.as_str();
    // of certificates, keys and secrets the service makes one object under one name
    let is_watched = |object: &KeyName| watched.is_empty() || watched.contains(object);
    match &record.object {
        Some(object) if !is_watched(object) => return Meaning::Nothing,
        None if !is_about_vault(record, watched) => return Meaning::Nothing,
        _ => {}
    }
    let told = told_by(operation);
    match record.status {
        // the status, never the result's type: a denied request is a "Success" there
        200..=299 => {}
        403 if told != Told::Nothing => return Meaning::Denied,
        // also 401: the first request of every client has no token, and is a question
        _ => return Meaning::Nothing,
    }
    match told {
        Told::Sign => Meaning::Sign,
        Told::Alarm(kind) => Meaning::Telling(kind),
        Told::Read => Meaning::Harmless,
        Told::Nothing => Meaning::Nothing,
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Told {
    Sign,
    Alarm(AlarmKind),
    Read,
    Nothing,
}

fn told_by(operation: &str) -> Told {
    match operation.to_ascii_lowercase().as_str() {
        "keysign" => Told::Sign,
        "keydecrypt" | "keyencrypt" | "keywrap" | "keyunwrap" => Told::Alarm(AlarmKind::ForeignUse),
        "keybackup" | "keyrelease" | "secretbackup" | "certificatebackup" => Told::Alarm(AlarmKind::KeyCopied),
        "secretget" => Told::Alarm(AlarmKind::SecretRead),
        "keycreate"
        | "keyimport"
        | "keyupdate"
        | "keyrotate"
        | "keyrotationpolicyset"
        | "keydelete"
        | "keypurge"
        | "keyrecover"
        | "keyrestore" => Told::Alarm(AlarmKind::KeyChanged),
        "certificatecreate"
        | "certificateimport"
        | "certificateupdate"
        | "certificatepolicyupdate"
        | "certificatepolicyset"
        | "certificatependingmerge"
        | "certificatependingupdate"
        | "certificatependingdelete"
        | "certificaterenew"
        | "certificatedelete"
        | "certificatepurge"
        | "certificaterecover"
        | "certificaterestore"
        | "secretset"
        | "secretupdate"
        | "secretdelete"
        | "secretpurge"
        | "secretrecover"
        | "secretrestore" => Told::Alarm(AlarmKind::CertificateChanged),
        "vaultput" | "vaultpatch" | "vaultdelete" | "vaultpurge" | "vaultrecover" => {
            Told::Alarm(AlarmKind::AccessChanged)
        }
        "microsoft.authorization/roleassignments/write"
        | "microsoft.authorization/roleassignments/delete"
        | "microsoft.keyvault/vaults/write"
        | "microsoft.keyvault/vaults/delete"
        | "microsoft.keyvault/vaults/accesspolicies/write"
        | "microsoft.insights/diagnosticsettings/write"
        | "microsoft.insights/diagnosticsettings/delete" => Told::Alarm(AlarmKind::AccessChanged),
        "keyget"
        | "keylistversions"
        | "keyverify"
        | "keyrotationpolicyget"
        | "certificateget"
        | "certificatelistversions"
        | "certificatepolicyget"
        | "secretlistversions" => Told::Read,
        _ => Told::Nothing,
    }
}

/// Whether a record without object is about the vault of a watched key. One about a wider scope, such as a role on the
/// whole subscription, is too.
fn is_about_vault(record: &AuditRecord, watched: &BTreeSet<&KeyName>) -> bool {
    let resource = record.resource.to_ascii_lowercase();
    let Some((_, rest)) = resource.split_once("/providers/microsoft.keyvault/vaults/") else {
        return resource.contains("/providers/microsoft.authorization/") || !resource.contains("/providers/");
    };
    let vault = rest.split('/').next().unwrap_or_default();
    watched.is_empty() || watched.iter().any(|key| key.vault() == vault)
}
