//! Who is turned away is on record, and cannot fill the disk with it.

use std::{collections::BTreeMap, fmt::Display, sync::Arc, time::UNIX_EPOCH};

use keystay::Clock;
use parking_lot::Mutex;
use serde::Serialize;

use super::attempts::Attempts;
use crate::{journal::Journal, listen::Origin};

/// Writes a line for a request that was turned away, [`LINES`] per second and reason; beyond that it counts.
///
/// Reasons are the broker's own words: what a stranger says decides neither how many there are nor what they hold.
#[derive(Debug)]
pub(crate) struct Strangers {
    journal: Arc<Journal>,
    clock: Arc<dyn Clock>,
    reasons: Mutex<BTreeMap<&'static str, Told>>,
    attempts: Attempts,
}

/// Lines of one reason in one second: enough to see who tries, too few to fill a disk.
const LINES: u32 = 10;

/// What was told of one reason.
#[derive(Debug, Default)]
struct Told {
    second: u64,
    lines: u32,
    untold: u64,
}

#[derive(Serialize)]
struct TurnedAway<'a> {
    event: &'static str,
    door: &'static str,
    peer: &'a str,
    reason: &'static str,
}

#[derive(Serialize)]
struct More {
    event: &'static str,
    reason: &'static str,
    count: u64,
}

impl Strangers {
    pub(crate) fn new(journal: Arc<Journal>, clock: Arc<dyn Clock>) -> Self {
        Self { journal, clock, reasons: Mutex::default(), attempts: Attempts::default() }
    }

    /// Puts one on record.
    pub(crate) fn turned_away(&self, door: &'static str, peer: &dyn Display, reason: &'static str) {
        let second = self.second();
        let mut reasons = self.reasons.lock();
        let told = reasons.entry(reason).or_default();
        if told.second != second {
            *told = Told { second, lines: 0, untold: told.untold };
        }
        if told.lines >= LINES {
            told.untold += 1;
            return;
        }
        told.lines += 1;
        drop(reasons);
        self.journal.write(&TurnedAway { event: "turned-away", door, peer: &peer.to_string(), reason });
    }

    /// Holds a refusal back where the same peer has collected many.
    pub(crate) async fn hold(&self, origin: &Origin) {
        let wait = self.attempts.one_more(origin, self.clock.now());
        if !wait.is_zero() {
            self.clock.sleep(wait).await;
        }
    }

    /// Writes how many there were whom no line told of, one line per reason. Asked every second.
    pub(crate) fn tell(&self) {
        for (reason, told) in self.reasons.lock().iter_mut().filter(|(_, told)| told.untold > 0) {
            let count = std::mem::take(&mut told.untold);
            self.journal.write(&More { event: "more-turned-away", reason, count });
        }
    }

    fn second(&self) -> u64 {
        self.clock.now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use keystay::ManualClock;
    use serde_json::Value;

    use super::*;

    #[test]
    fn a_flood_becomes_a_few_lines_and_a_count_that_loses_nobody() {
        let path = std::env::temp_dir().join(format!("keystay-{}-strangers.jsonl", std::process::id()));
        let clock = ManualClock::new(UNIX_EPOCH + Duration::from_secs(5));
        let journal = Journal::open(Some(path.clone()), Arc::new(clock.clone())).unwrap();
        let strangers = Strangers::new(journal.clone(), Arc::new(clock.clone()));
        for _ in 0..3 {
            for _ in 0..1_000 {
                strangers.turned_away("native", &"127.0.0.1:9", "wrong-secret");
            }
            strangers.turned_away("guard", &"127.0.0.1:9", "wrong-host");
            strangers.tell();
            clock.advance(Duration::from_secs(1));
        }
        journal.flush();
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let of = |event: &str, reason: &str| -> Vec<&Value> {
            lines.iter().filter(|line| line["event"] == event && line["reason"] == reason).collect()
        };
        assert_eq!(of("turned-away", "wrong-secret").len(), 30);
        assert_eq!(of("turned-away", "wrong-host").len(), 3);
        let counted: u64 =
            of("more-turned-away", "wrong-secret").iter().map(|line| line["count"].as_u64().unwrap()).sum();
        assert_eq!(counted + 30, 3_000);
        assert!(of("more-turned-away", "wrong-host").is_empty());
    }
}
