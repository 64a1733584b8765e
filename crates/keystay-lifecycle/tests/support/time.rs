//! The lab's time, and three ways to wait by it.

use std::time::{Duration, SystemTime};

use futures::future::BoxFuture;
use keystay::Clock;
use keystay_lab::LabClock;

/// The lab's time, and real pauses: for limits of single requests, which take real time.
#[derive(Clone, Debug)]
pub struct RealSleep(pub LabClock);

/// Whoever sleeps moves the lab's time forward, so many times as fast as the real one: for the one who waits for long.
#[derive(Clone, Debug)]
pub struct Driving(pub LabClock, pub u32);

/// Whoever sleeps waits until the lab's time has come: for those who look at something now and then.
#[derive(Clone, Debug)]
pub struct Following(pub LabClock);

impl Clock for RealSleep {
    fn now(&self) -> SystemTime {
        self.0.now()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}

impl Clock for Driving {
    fn now(&self) -> SystemTime {
        self.0.now()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let (clock, speed) = (self.0.clone(), self.1);
        Box::pin(async move {
            let mut left = duration;
            while !left.is_zero() {
                let slice = left.min(Duration::from_secs(1));
                tokio::time::sleep(slice / speed).await;
                clock.advance(slice);
                left -= slice;
            }
        })
    }
}

impl Clock for Following {
    fn now(&self) -> SystemTime {
        self.0.now()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let clock = self.0.clone();
        Box::pin(async move {
            let end = clock.now() + duration;
            while clock.now() < end {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        })
    }
}
