//! The lab's clock: it runs with the computer's, and can be moved.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// Four hundred years: beyond, the calendars of certificates and tokens end.
const FURTHEST_MILLIS: i64 = 400 * 366 * 86_400 * 1000;

/// What every service of the lab believes the time is. Clones share one clock.
///
/// It runs with the computer's clock plus an offset that [`advance`](Self::advance) and [`set`](Self::set) change;
/// all services see a change at once. Whole milliseconds are kept. It is never more than 400 years away from the computer's.
#[derive(Clone, Debug, Default)]
pub struct LabClock {
    offset_millis: Arc<AtomicI64>,
}

impl LabClock {
    /// A clock that shows the computer's time.
    pub fn new() -> Self {
        Self::default()
    }

    /// The lab's present moment.
    pub fn now(&self) -> SystemTime {
        let offset = self.offset();
        let magnitude = Duration::from_millis(offset.unsigned_abs());
        if offset >= 0 { SystemTime::now() + magnitude } else { SystemTime::now() - magnitude }
    }

    /// The lab's present moment in whole seconds since 1970.
    pub fn unix(&self) -> i64 {
        self.now()
            .duration_since(UNIX_EPOCH)
            .ok()
            .and_then(|elapsed| i64::try_from(elapsed.as_secs()).ok())
            .unwrap_or_default()
    }

    /// How far the lab is ahead of the computer, in milliseconds; negative when it is behind.
    pub fn offset(&self) -> i64 {
        self.offset_millis.load(Ordering::Relaxed)
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        let millis = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        let further = |offset: i64| Some(offset.saturating_add(millis).min(FURTHEST_MILLIS));
        // the closure never refuses, so neither does this
        let _ = self.offset_millis.fetch_update(Ordering::Relaxed, Ordering::Relaxed, further);
    }

    /// Sets the clock to a moment, earlier or later than the present one.
    pub fn set(&self, moment: SystemTime) {
        let offset = match moment.duration_since(SystemTime::now()) {
            // Rounded up: a clock that was set never shows an earlier moment than it was set to.
            Ok(ahead) => i64::try_from(ahead.as_nanos().div_ceil(1_000_000)).unwrap_or(i64::MAX),
            Err(behind) => i64::try_from(behind.duration().as_millis()).map_or(i64::MIN, |millis| -millis),
        };
        self.offset_millis.store(offset.clamp(-FURTHEST_MILLIS, FURTHEST_MILLIS), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_show_the_same_moved_time() {
        let clock = LabClock::new();
        let shared = clock.clone();
        clock.advance(Duration::from_secs(3600));
        let ahead = shared.now().duration_since(SystemTime::now()).unwrap();
        assert!(ahead > Duration::from_secs(3590), "{ahead:?}");
    }

    #[test]
    fn a_clock_that_was_set_never_shows_an_earlier_moment() {
        let clock = LabClock::new();
        for ahead in 0..2000 {
            let moment = SystemTime::now() + Duration::from_micros(ahead * 777);
            clock.set(moment);
            assert!(clock.now() >= moment);
        }
    }

    #[test]
    fn no_move_leaves_the_calendar() {
        let clock = LabClock::new();
        for _ in 0..3 {
            clock.advance(Duration::from_secs(u64::MAX / 2));
        }
        let far = time::OffsetDateTime::from(clock.now()).year();
        clock.set(UNIX_EPOCH - Duration::from_secs(1 << 40));
        let long_ago = time::OffsetDateTime::from(clock.now()).year();
        assert!(far > 2400 && long_ago < 1700, "{far} {long_ago}");
        assert_eq!(clock.unix(), 0);
    }

    #[test]
    fn set_reaches_the_past_as_well() {
        let clock = LabClock::new();
        clock.set(SystemTime::now() - Duration::from_secs(60));
        assert!(clock.now() < SystemTime::now());
    }
}
