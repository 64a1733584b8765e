//! So much at once, so much per second.

use std::time::{Duration, SystemTime};

/// A token bucket. Who may wait takes what will be there later, so that those who wait are served in turn.
#[derive(Clone, Debug)]
pub(crate) struct Bucket {
    room: f64,
    per_second: f64,
    // below zero: what those who wait have taken already
    level: f64,
    at: SystemTime,
}

impl Bucket {
    /// A full one.
    pub(crate) fn new(room: f64, per_second: f64, now: SystemTime) -> Self {
        Self { room, per_second, level: room, at: now }
    }

    /// Takes `amount`: how long to wait before it is used, at most `patience`; else nothing is taken, and the error says
    /// how long it would have been.
    ///
    /// A clock that is set back only stops the bucket from filling for the moment.
    pub(crate) fn take(&mut self, amount: f64, now: SystemTime, patience: Duration) -> Result<Duration, Duration> {
        let passed = now.duration_since(self.at).unwrap_or_default();
        self.at = now;
        self.level = (self.level + passed.as_secs_f64() * self.per_second).min(self.room);
        let left = self.level - amount;
        let wait = if left >= 0.0 { Duration::ZERO } else { Duration::from_secs_f64(-left / self.per_second) };
        if wait > patience {
            return Err(wait);
        }
        self.level = left;
        Ok(wait)
    }

    /// Whether nobody has taken anything for so long that it is full.
    pub(super) fn is_full(&self, now: SystemTime) -> bool {
        let passed = now.duration_since(self.at).unwrap_or_default();
        self.level + passed.as_secs_f64() * self.per_second >= self.room
    }

    /// Nothing is there now; what fills it from here on can be taken.
    pub(super) fn empty(&mut self, now: SystemTime) {
        self.at = now;
        self.level = self.level.min(0.0);
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn what_is_taken_at_once_and_later_stays_within_the_rate() {
        let mut bucket = Bucket::new(10.0, 5.0, UNIX_EPOCH);
        let waits: Vec<_> = (0..30).map(|_| bucket.take(1.0, UNIX_EPOCH, 2 * SECOND)).collect();
        assert!(waits[..10].iter().all(|wait| *wait == Ok(Duration::ZERO)));
        // the 20th is due when ten more have come in: after two seconds
        assert_eq!(waits[19], Ok(2 * SECOND));
        assert!(waits[20..].iter().all(|wait| *wait == Err(Duration::from_secs_f64(2.2))));
        assert_eq!(bucket.take(5.0, UNIX_EPOCH + 3 * SECOND, Duration::ZERO), Ok(Duration::ZERO));
        assert!(!bucket.is_full(UNIX_EPOCH + 4 * SECOND));
        assert!(bucket.is_full(UNIX_EPOCH + 5 * SECOND));
    }

    #[test]
    fn a_clock_that_is_set_back_or_forth_neither_locks_it_nor_overfills_it() {
        let late = UNIX_EPOCH + 3600 * SECOND;
        let mut bucket = Bucket::new(10.0, 5.0, late);
        assert_eq!(bucket.take(10.0, late, Duration::ZERO), Ok(Duration::ZERO));
        // an hour back: it fills from there on
        assert!(bucket.take(1.0, UNIX_EPOCH, Duration::ZERO).is_err());
        assert_eq!(bucket.take(5.0, UNIX_EPOCH + SECOND, Duration::ZERO), Ok(Duration::ZERO));
        // a year forth: it is full, not more
        assert_eq!(bucket.take(10.0, late + 8760 * 3600 * SECOND, Duration::ZERO), Ok(Duration::ZERO));
        assert!(bucket.take(1.0, late + 8760 * 3600 * SECOND, Duration::ZERO).is_err());
    }
}
