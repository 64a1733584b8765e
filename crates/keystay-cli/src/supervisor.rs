//! The service manager this program was started by, if it is one that wants to know how it goes (sd_notify(3)).

use std::time::Duration;

use keystay::{Clock, SystemClock};
use sd_notify::NotifyState;

/// systemd, or nobody.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Supervisor {
    /// How often it wants to hear that the program lives.
    beat: Option<Duration>,
}

impl Supervisor {
    /// Whoever the environment names. With `WatchdogSec=` in its unit, it wants a sign of life (sd_watchdog_enabled(3)).
    pub(crate) fn find() -> Self {
        // half of the time it allows, as systemd recommends
        Self { beat: sd_notify::watchdog_enabled().map(|limit| limit / 2) }
    }

    /// Callers are served.
    pub(crate) fn ready(self, status: &str) {
        tell(&[NotifyState::Ready, NotifyState::Status(status)]);
    }

    /// The configuration is being read again; [`ready`](Self::ready) ends that.
    pub(crate) fn reloading(self) {
        if let Ok(now) = NotifyState::monotonic_usec_now() {
            tell(&[NotifyState::Reloading, now]);
        }
    }

    /// No more callers are served.
    pub(crate) fn stopping(self) {
        tell(&[NotifyState::Stopping]);
    }

    /// Completes when a sign of life is due, and gives it; never where nobody waits for one.
    pub(crate) async fn beat(self) {
        let Some(beat) = self.beat else { return std::future::pending().await };
        SystemClock.sleep(beat).await;
        tell(&[NotifyState::Watchdog]);
    }
}

/// Does nothing where there is no service manager.
fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "the service manager could not be told how it goes");
    }
}
