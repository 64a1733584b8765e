//! Where the time comes from. Nothing else in this crate reads a clock or sleeps.

use std::{
    fmt,
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use futures::future::{BoxFuture, Either, select};

/// Tells the time and waits.
///
/// Give a [`Client`](crate::Client) another clock to test what happens when tokens grow old, or to follow a service
/// whose clock is not the computer's. Called on every cached `token()`: keep it cheap.
pub trait Clock: fmt::Debug + Send + Sync {
    /// The present moment: what assertions are dated by.
    fn now(&self) -> SystemTime;

    /// The time since some moment in the past. It never goes back and does not stop while the computer sleeps: what
    /// the remaining life of a token is measured by, so that a clock that is set keeps no dead token alive.
    ///
    /// The default is [`now`](Self::now), for clocks that nobody sets.
    fn elapsed(&self) -> Duration {
        self.now().duration_since(UNIX_EPOCH).unwrap_or_default()
    }

    /// Completes when `duration` has passed on this clock.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;
}

/// The computer's clocks and tokio's timer.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    /// The time since the computer was started, with the time it slept (`CLOCK_BOOTTIME`, clock_gettime(2)).
    #[cfg(target_os = "linux")]
    fn elapsed(&self) -> Duration {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        // neither is negative, and there are fewer nanoseconds than a second has
        Duration::new(time.tv_sec.try_into().unwrap_or(0), time.tv_nsec.try_into().unwrap_or(0))
    }

    /// The time since the first look at this clock.
    #[cfg(not(target_os = "linux"))]
    fn elapsed(&self) -> Duration {
        static FIRST: std::sync::LazyLock<std::time::Instant> = std::sync::LazyLock::new(std::time::Instant::now);
        FIRST.elapsed()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// A clock that moves only when told. Clones share the time.
///
/// [`sleep`](Clock::sleep) waits until somebody has advanced the clock far enough.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use keystay::{Clock, ManualClock};
///
/// let clock = ManualClock::new(SystemTime::UNIX_EPOCH);
/// clock.advance(Duration::from_secs(3600));
/// assert_eq!(clock.now(), SystemTime::UNIX_EPOCH + Duration::from_secs(3600));
/// ```
#[derive(Clone, Debug)]
pub struct ManualClock {
    millis: Arc<AtomicU64>,
    /// How far the displayed time was set away from the time that has passed.
    set: Arc<AtomicI64>,
    moved: Arc<tokio::sync::Notify>,
}

impl ManualClock {
    /// A clock that shows `start` (milliseconds are kept, moments before 1970 become 1970).
    pub fn new(start: SystemTime) -> Self {
        Self { millis: Arc::new(AtomicU64::new(unix_millis(start))), set: Arc::default(), moved: Arc::default() }
    }

    /// Moves the clock forward and wakes the sleepers whose time has come.
    pub fn advance(&self, by: Duration) {
        let by = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        self.millis.fetch_add(by, Ordering::SeqCst);
        self.moved.notify_waiters();
    }

    /// Sets the displayed time forward or back by so many seconds, as an administrator or a time server does: no time
    /// passes, and nobody who sleeps notices.
    pub fn set_by(&self, seconds: i64) {
        self.set.fetch_add(seconds.saturating_mul(1000), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> SystemTime {
        let millis = self.millis.load(Ordering::SeqCst).saturating_add_signed(self.set.load(Ordering::SeqCst));
        UNIX_EPOCH + Duration::from_millis(millis)
    }

    fn elapsed(&self) -> Duration {
        Duration::from_millis(self.millis.load(Ordering::SeqCst))
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let clock = self.clone();
        let deadline = self.elapsed() + duration;
        Box::pin(async move {
            loop {
                let moved = clock.moved.notified();
                tokio::pin!(moved);
                // registered before the look at the time, so a move in between is not missed
                moved.as_mut().enable();
                if clock.elapsed() >= deadline {
                    return;
                }
                moved.await;
            }
        })
    }
}

/// Whole seconds since 1970: the unit of every time in a token and an assertion.
pub(crate) fn unix_seconds(moment: SystemTime) -> u64 {
    moment.duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs())
}

/// The moment that many seconds after 1970.
pub(crate) fn from_unix_seconds(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

fn unix_millis(moment: SystemTime) -> u64 {
    moment.duration_since(UNIX_EPOCH).map_or(0, |elapsed| u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX))
}

/// `work`, or nothing when it takes longer than `limit`; the work is dropped then.
pub async fn within<T>(clock: &dyn Clock, limit: Duration, work: impl Future<Output = T>) -> Option<T> {
    let work = std::pin::pin!(work);
    match select(work, clock.sleep(limit)).await {
        Either::Left((output, _)) => Some(output),
        Either::Right(((), _)) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_manual_sleeper_wakes_when_the_clock_reaches_its_time() {
        let clock = ManualClock::new(UNIX_EPOCH);
        let sleeper = tokio::spawn(clock.sleep(Duration::from_secs(10)));
        clock.advance(Duration::from_secs(9));
        tokio::task::yield_now().await;
        assert!(!sleeper.is_finished());
        clock.advance(Duration::from_secs(1));
        sleeper.await.unwrap();
    }

    #[tokio::test]
    async fn slow_work_is_cut_off_at_the_limit() {
        let clock = ManualClock::new(UNIX_EPOCH);
        let limited = {
            let clock = clock.clone();
            tokio::spawn(async move { within(&clock, Duration::from_secs(5), std::future::pending::<()>()).await })
        };
        tokio::task::yield_now().await;
        clock.advance(Duration::from_secs(5));
        assert_eq!(limited.await.unwrap(), None);
    }
}
