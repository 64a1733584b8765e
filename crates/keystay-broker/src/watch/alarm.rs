//! What somebody has to know.

use std::fmt;

use serde::Serialize;
use time::OffsetDateTime;

use super::{AuditRecord, memory::Ours};

/// One alarm. `Display` is a line for people, the serialized form one for machines.
#[derive(Clone, Debug, Serialize)]
pub struct Alarm {
    /// What it is about.
    pub alarm: AlarmKind,
    /// When it happened, by the vault's clock.
    #[serde(with = "time::serde::rfc3339")]
    pub time: OffsetDateTime,
    /// What happened, and who did it.
    pub words: String,
    /// What to do.
    pub hint: &'static str,
    /// The operation in the vault's log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// The object's address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// The client application.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub appid: Option<String>,
    /// The principal's object id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oid: Option<String>,
    /// From where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The id by which the vault's log knows the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<String>,
}

/// Kinds of alarms.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum AlarmKind {
    /// Who may use the vault was changed: its properties, its access policies, a role assignment.
    AccessChanged,
    /// The certificate was created, imported, updated or deleted, or its policy changed.
    CertificateChanged,
    /// Somebody tried and was refused.
    Denied,
    /// A signature that the ledger does not know.
    ForeignSign,
    /// The key was used for something this broker never does.
    ForeignUse,
    /// A copy of the key left as a backup or a release.
    KeyCopied,
    /// The key was created, imported, updated, rotated, restored or deleted.
    KeyChanged,
    /// The log does not hold signatures of ours.
    LogSilent,
    /// Our own signature came from another address than ever.
    NewAddress,
    /// Somebody who never signed for us looked at the key.
    NewCaller,
    /// The secret of the certificate was read, which holds the private key where that can be exported.
    SecretRead,
}

impl AlarmKind {
    /// Its stable name.
    pub fn code(self) -> &'static str {
        match self {
            Self::AccessChanged => "access-changed",
            Self::CertificateChanged => "certificate-changed",
            Self::Denied => "denied",
            Self::ForeignSign => "foreign-sign",
            Self::ForeignUse => "foreign-use",
            Self::KeyChanged => "key-changed",
            Self::KeyCopied => "key-copied",
            Self::LogSilent => "log-silent",
            Self::NewAddress => "new-address",
            Self::NewCaller => "new-caller",
            Self::SecretRead => "secret-read",
        }
    }

    fn hint(self) -> &'static str {
        match self {
            Self::ForeignSign | Self::ForeignUse => {
                "whoever it is holds the right to sign, and assertions made with it may live long: take the right away, then \
                 replace the certificate on the app registration"
            }
            Self::KeyCopied | Self::SecretRead => {
                "if the key can be exported, it must be taken for stolen: replace the certificate on the app registration"
            }
            Self::KeyChanged | Self::CertificateChanged => {
                "if nobody of yours did it: undo it, and look at who may change keys and certificates in this vault"
            }
            Self::AccessChanged => "if nobody of yours did it: undo it, and look at what the new right was used for",
            Self::Denied | Self::NewCaller => "if it is nobody of yours: find out who runs as this identity",
            Self::NewAddress => "if no broker runs there: somebody uses the broker's identity and its ids",
            Self::LogSilent => "look at the vault's diagnostic setting: without its log nobody sees who signs",
        }
    }
}

impl fmt::Display for AlarmKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

impl Alarm {
    pub(super) fn new(alarm: AlarmKind, record: &AuditRecord, words: &str) -> Self {
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        Self {
            alarm,
            time: record.time,
            words: words.to_owned(),
            hint: alarm.hint(),
            operation: some(&record.operation),
            object: some(&record.id),
            appid: record.appid.clone(),
            oid: record.oid.clone(),
            address: record.address.clone(),
            correlation_id: some(&record.correlation_id),
        }
    }

    pub(super) fn silence(first: &Ours, missing: usize) -> Self {
        let alarm = AlarmKind::LogSilent;
        Self {
            alarm,
            time: first.time,
            words: format!(
                "{missing} signatures of the ledger are not in the vault's log, the first with {}",
                first.key
            ),
            hint: alarm.hint(),
            operation: None,
            object: None,
            appid: None,
            oid: None,
            address: None,
            correlation_id: None,
        }
    }
}

/// What a telling operation says.
pub(super) fn words(kind: AlarmKind, record: &AuditRecord) -> String {
    let (who, operation) = (record.who(), &record.operation);
    let what = if record.id.is_empty() { &record.resource } else { &record.id };
    match kind {
        AlarmKind::SecretRead => format!("{who} read the secret {what} ({operation})"),
        AlarmKind::KeyCopied => format!("{who} took a copy of {what} ({operation})"),
        AlarmKind::ForeignUse => format!("{who} used the key {what} ({operation}), which the broker never does"),
        AlarmKind::AccessChanged => format!("{who} changed who may do what at {what} ({operation})"),
        _ => format!("{who} changed {what} ({operation})"),
    }
}

impl fmt::Display for Alarm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = self.time.format(&time::format_description::well_known::Rfc3339).unwrap_or_default();
        write!(formatter, "{time} {}: {}", self.alarm, self.words)
    }
}
