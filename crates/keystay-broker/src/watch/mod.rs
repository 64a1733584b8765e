//! The broker's ledger against the vault's own log: who signs with our key besides us?
//!
//! Pure: it is given lines of the [ledger](crate::Ledger) and records of Key Vault's `AuditEvent` log, in any order and
//! with any delay, and returns alarms. What it knows fits into a small [`Memory`], so that the next run raises no alarm
//! twice.
//!
//! The log is not trusted where it is known to mislead: a denied request has the result "Success" (azure-docs#97977), so
//! the HTTP status decides; a `correlationId` is whatever the client sent, so an id from our ledger proves nothing when
//! it names another key, comes at another time, or comes too often; and records arrive minutes late, or twice.

mod alarm;
mod ledger_line;
mod memory;
mod operation;
mod read;
mod record;

use std::{collections::BTreeSet, time::Duration};

use time::OffsetDateTime;

pub use alarm::{Alarm, AlarmKind};
pub use ledger_line::{LedgerEvent, LedgerLine};
pub use memory::Memory;
pub use read::{LogError, read_log};
pub use record::{AuditRecord, KeyName};

use self::{
    memory::{Ours, Waiting},
    operation::Meaning,
};

/// Compares ledger and log.
#[derive(Clone, Debug)]
pub struct Watch {
    settings: WatchSettings,
    memory: Memory,
    alarms: Vec<Alarm>,
}

/// How to compare.
#[derive(Clone, Debug)]
pub struct WatchSettings {
    /// Keys to watch besides those of the ledger.
    pub keys: BTreeSet<KeyName>,
    /// Object ids of principals that may look at the keys. Whoever signs for the broker is known without being named.
    pub known: BTreeSet<String>,
    /// How late a line of the ledger may come after the vault's record of the same signature: a foreign signature is
    /// told after this.
    pub ledger_grace: Duration,
    /// How late the vault's record may come: after this, a signature of ours that the log does not hold is told.
    pub log_grace: Duration,
    /// What happened before is passed over.
    pub since: Option<OffsetDateTime>,
}

impl Default for WatchSettings {
    fn default() -> Self {
        Self {
            keys: BTreeSet::new(),
            known: BTreeSet::new(),
            ledger_grace: Duration::from_secs(120),
            // "at most 10 minutes", says the documentation of Key Vault logging; twice that before anybody is woken
            log_grace: Duration::from_secs(20 * 60),
            since: None,
        }
    }
}

/// How far the clocks of broker and vault may be apart, and how long a signature may take with its retries.
const APART: Duration = Duration::from_secs(5 * 60);
/// How often one signature may be asked of the vault under one id (`Vault` tries three times).
const TRIES: u32 = 3;

impl Watch {
    /// Goes on from where another left off.
    pub fn new(settings: WatchSettings, memory: Memory) -> Self {
        Self { settings, memory, alarms: Vec::new() }
    }

    /// What the next one has to know.
    pub fn memory(&self) -> &Memory {
        &self.memory
    }

    /// Takes a line of the ledger.
    pub fn ledger(&mut self, line: &LedgerLine) {
        if self.is_past(line.time) {
            return;
        }
        self.memory.keys.insert(line.key.clone());
        match line.event {
            LedgerEvent::Begins => {
                let ours = Ours { key: line.key.clone(), time: line.time, signed: false, seen: 0 };
                self.memory.ours.entry(line.correlation_id.clone()).or_insert(ours);
            }
            LedgerEvent::Signed => {
                if let Some(ours) = self.memory.ours.get_mut(&line.correlation_id) {
                    ours.signed = true;
                }
            }
            LedgerEvent::Failed => {}
        }
    }

    /// Takes a record of the vault's log.
    pub fn record(&mut self, record: &AuditRecord) {
        // not every log is delivered once
        if self.is_past(record.time) || !self.memory.is_new(record) {
            return;
        }
        let watched: BTreeSet<&KeyName> = self.settings.keys.iter().chain(&self.memory.keys).collect();
        match operation::meaning(record, &watched) {
            Meaning::Nothing => {}
            // whether it is ours is known when the ledger had its time
            Meaning::Sign => self.memory.waiting.push(Waiting { record: record.clone(), sign: true }),
            // the broker looks for its key before it signs with it
            Meaning::Harmless => self.memory.waiting.push(Waiting { record: record.clone(), sign: false }),
            Meaning::Denied => {
                let words = format!("{} was refused {} ({})", record.who(), record.operation, record.status);
                self.once(AlarmKind::Denied, record, &words);
            }
            Meaning::Telling(kind) => self.raise(kind, record, &alarm::words(kind, record)),
        }
    }

    /// The alarms since the last call, the oldest first. `now` is the time by which what is late is too late.
    pub fn alarms(&mut self, now: OffsetDateTime) -> Vec<Alarm> {
        let (signs, looks): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.memory.waiting).into_iter().partition(|waiting| waiting.sign);
        let grace = self.settings.ledger_grace;
        let may_wait = |record: &AuditRecord| now - record.time < grace;
        for Waiting { record, sign } in signs {
            match self.is_ours(&record) {
                Ok(()) => {
                    self.memory.learn(&record);
                    self.look_at_address(&record);
                }
                Err(Foreign::NotYet) if may_wait(&record) => self.memory.waiting.push(Waiting { record, sign }),
                Err(foreign) => {
                    let words = format!("{} had the key sign: {}", record.who(), foreign.words());
                    self.raise(AlarmKind::ForeignSign, &record, &words);
                }
            }
        }
        for Waiting { record, sign } in looks {
            let Some(caller) = record.caller().filter(|caller| !self.is_known(&record, caller)) else { continue };
            if may_wait(&record) {
                self.memory.waiting.push(Waiting { record, sign });
                continue;
            }
            let words = format!("{} was never seen at this key before: {}", record.who(), record.operation);
            self.raise(AlarmKind::NewCaller, &record, &words);
            self.memory.meet(&record, caller);
        }
        self.look_for_silence(now);
        self.memory.forget_before(now);
        let mut alarms = std::mem::take(&mut self.alarms);
        alarms.sort_by_key(|alarm| alarm.time);
        alarms
    }

    /// How many records wait for lines of the ledger.
    pub fn pending(&self) -> usize {
        self.memory.waiting.len()
    }

    fn is_past(&self, time: OffsetDateTime) -> bool {
        let bounds = [self.settings.since, self.memory.horizon];
        bounds.into_iter().flatten().any(|bound| time < bound)
    }

    fn is_ours(&mut self, record: &AuditRecord) -> Result<(), Foreign> {
        let Some(ours) = self.memory.ours.get_mut(&record.correlation_id) else { return Err(Foreign::NotYet) };
        if record.object.as_ref().is_none_or(|object| *object != ours.key) {
            return Err(Foreign::OtherKey);
        }
        if (record.time - ours.time).unsigned_abs() > APART {
            return Err(Foreign::OtherTime);
        }
        ours.seen += 1;
        if ours.seen > TRIES { Err(Foreign::Repeated) } else { Ok(()) }
    }

    fn is_known(&self, record: &AuditRecord, caller: &str) -> bool {
        self.settings.known.iter().any(|known| known.eq_ignore_ascii_case(caller)) || self.memory.knows(record, caller)
    }

    /// Our own signature, from another address than ever: somebody else may be using our identity and our ids.
    fn look_at_address(&mut self, record: &AuditRecord) {
        if let Some(address) = &record.address
            && self.memory.is_new_address(record, address)
        {
            let words = format!("a signature of the ledger came from {address}, where none came from before");
            self.raise(AlarmKind::NewAddress, record, &words);
        }
    }

    /// Signatures of ours that the log does not hold: it is not delivered, or somebody has switched it off.
    fn look_for_silence(&mut self, now: OffsetDateTime) {
        let late = |ours: &&Ours| ours.signed && ours.seen == 0 && now - ours.time > self.settings.log_grace;
        let missing = self.memory.ours.values().filter(late).count();
        let Some(first) = self.memory.ours.values().filter(late).min_by_key(|ours| ours.time).cloned() else {
            self.memory.silent = false;
            return;
        };
        if !self.memory.silent {
            self.memory.silent = true;
            self.alarms.push(Alarm::silence(&first, missing));
        }
    }

    fn raise(&mut self, kind: AlarmKind, record: &AuditRecord, words: &str) {
        self.alarms.push(Alarm::new(kind, record, words));
    }

    fn once(&mut self, kind: AlarmKind, record: &AuditRecord, words: &str) {
        let what = format!("{kind} {} {} {:?}", record.who(), record.operation, record.object);
        if self.memory.told.insert(what) {
            self.raise(kind, record, words);
        }
    }
}

/// Why a signature is not ours.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Foreign {
    NotYet,
    OtherKey,
    OtherTime,
    Repeated,
}

impl Foreign {
    fn words(self) -> &'static str {
        match self {
            Self::NotYet => "the ledger does not hold its id",
            Self::OtherKey => "the ledger holds its id for another key",
            Self::OtherTime => "the ledger holds its id at another time: an old id was used again",
            Self::Repeated => {
                "the ledger holds its id once, and the vault signed more often than one signature is tried"
            }
        }
    }
}

#[cfg(test)]
mod tests;
