//! The time of the simulated day: tokio's paused clock, which jumps to the next moment at which somebody wakes.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use futures::future::BoxFuture;
use keystay::Clock;
use tokio::time::Instant;

/// What the computer of the broker shows: the true time, and how far somebody set the clock away from it.
#[derive(Clone, Debug)]
pub struct ComputerClock {
    start: Instant,
    set: Arc<AtomicI64>,
    stands_still: Arc<AtomicBool>,
}

/// A moment within the test certificate's validity.
const EPOCH: u64 = 1_800_000_000;

impl ComputerClock {
    /// Starts the day. Within a runtime whose time is paused.
    pub fn start() -> Self {
        Self { start: Instant::now(), set: Arc::default(), stands_still: Arc::default() }
    }

    /// Seconds since 1970, truly.
    pub fn true_time(&self) -> u64 {
        EPOCH + self.start.elapsed().as_secs()
    }

    /// The time since the day began.
    pub fn of_day(&self) -> Duration {
        self.start.elapsed()
    }

    /// Sets the clock, right or wrong.
    pub fn set_to(&self, seconds_from_true: i64) {
        self.set.store(seconds_from_true, Ordering::SeqCst);
    }

    /// From now on no time passes for the broker.
    pub fn stand_still(&self) {
        self.stands_still.store(true, Ordering::SeqCst);
    }
}

impl Clock for ComputerClock {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(self.true_time().saturating_add_signed(self.set.load(Ordering::SeqCst)))
    }

    fn elapsed(&self) -> Duration {
        if self.stands_still.load(Ordering::SeqCst) { Duration::ZERO } else { self.start.elapsed() }
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}
