//! How much one caller may ask for.

use std::{fmt, sync::Arc, time::Duration};

use futures::future::{Either, select};
use keystay::Clock;
use parking_lot::Mutex;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::{Limits, bucket::Bucket};

/// So many requests per second, and so many at a time. Who comes too fast waits a moment, then is refused: clients
/// take a refusal for a reason to pause for long.
pub(crate) struct Turnstile {
    clock: Arc<dyn Clock>,
    requests: Mutex<Bucket>,
    places: Semaphore,
}

/// How long a request may wait for its turn.
const QUEUE: Duration = Duration::from_millis(300);

/// A caller asks for more than it may; when to come again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Busy(pub(crate) Duration);

impl Turnstile {
    pub(crate) fn new(limits: &Limits, clock: Arc<dyn Clock>) -> Self {
        let rate = f64::from(limits.requests_per_second);
        let requests = Mutex::new(Bucket::new(rate, rate, clock.now()));
        Self { clock, requests, places: Semaphore::new(limits.concurrent_requests as usize) }
    }

    /// Waits for a turn; it ends when the permit is dropped. Takes no lock across an await, and no time while the caller
    /// keeps within its limits.
    pub(crate) async fn enter(&self) -> Result<SemaphorePermit<'_>, Busy> {
        let turn = self.requests.lock().take(1.0, self.clock.now(), QUEUE);
        match turn {
            Ok(Duration::ZERO) => {}
            Ok(wait) => self.clock.sleep(wait).await,
            Err(wait) => return Err(Busy(wait)),
        }
        if let Ok(place) = self.places.try_acquire() {
            return Ok(place);
        }
        match select(Box::pin(self.places.acquire()), self.clock.sleep(QUEUE)).await {
            Either::Left((Ok(place), _)) => Ok(place),
            // the places are never closed; if they were, nobody could enter
            Either::Left((Err(_), _)) | Either::Right(_) => Err(Busy(QUEUE)),
        }
    }
}

impl fmt::Debug for Turnstile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Turnstile").field("places", &self.places.available_permits()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use keystay::ManualClock;

    use super::*;

    fn turnstile(requests_per_second: u32, concurrent_requests: u32) -> (Arc<Turnstile>, ManualClock) {
        let clock = ManualClock::new(UNIX_EPOCH);
        let limits = Limits { requests_per_second, concurrent_requests, ..Limits::default() };
        (Arc::new(Turnstile::new(&limits, Arc::new(clock.clone()))), clock)
    }

    #[tokio::test]
    async fn who_comes_too_fast_waits_a_moment_and_is_refused_beyond_it() {
        let (turnstile, clock) = turnstile(10, 100);
        for _ in 0..10 {
            drop(turnstile.enter().await.unwrap());
        }
        let waiting: Vec<_> = (0..3)
            .map(|_| {
                let turnstile = turnstile.clone();
                tokio::spawn(async move { turnstile.enter().await.map(drop) })
            })
            .collect();
        tokio::task::yield_now().await;
        // three tenths of a second are taken; the fourth would have to wait longer than anybody may
        assert_eq!(turnstile.enter().await.map(drop), Err(Busy(Duration::from_millis(400))));
        assert!(waiting.iter().all(|waiting| !waiting.is_finished()));
        clock.advance(Duration::from_millis(300));
        for waiting in waiting {
            assert_eq!(waiting.await.unwrap(), Ok(()));
        }
    }

    #[tokio::test]
    async fn who_asks_for_too_much_at_a_time_waits_for_a_place() {
        let (turnstile, clock) = turnstile(1_000, 2);
        let first = turnstile.enter().await.unwrap();
        let second = turnstile.enter().await.unwrap();
        let third = {
            let turnstile = turnstile.clone();
            tokio::spawn(async move { turnstile.enter().await.map(drop) })
        };
        tokio::task::yield_now().await;
        drop(first);
        assert_eq!(third.await.unwrap(), Ok(()));
        let _third = turnstile.enter().await.unwrap();
        let fourth = {
            let turnstile = turnstile.clone();
            tokio::spawn(async move { turnstile.enter().await.map(drop) })
        };
        tokio::task::yield_now().await;
        clock.advance(QUEUE);
        assert_eq!(fourth.await.unwrap(), Err(Busy(QUEUE)));
        drop(second);
    }
}
