//! The lab's time as keystay's clock.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, SystemTime},
};

use futures::future::BoxFuture;
use keystay::Clock;

/// Shows what the lab's clock shows: the computer's time and the lab's offset. Clones share the offset.
#[derive(Clone, Debug, Default)]
pub(super) struct LabClock(Arc<AtomicI64>);

impl LabClock {
    /// Follows the lab.
    pub(super) fn follow(&self, offset_millis: i64) {
        self.0.store(offset_millis, Ordering::Relaxed);
    }
}

impl Clock for LabClock {
    fn now(&self) -> SystemTime {
        let offset = self.0.load(Ordering::Relaxed);
        let magnitude = Duration::from_millis(offset.unsigned_abs());
        if offset >= 0 { SystemTime::now() + magnitude } else { SystemTime::now() - magnitude }
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        // limits of requests and pauses between them pass in real time
        Box::pin(tokio::time::sleep(duration))
    }
}
