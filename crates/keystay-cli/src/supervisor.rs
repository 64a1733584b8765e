//! The service manager this program was started by, if it is one that wants to know how it goes (sd_notify(3)).

use keystay::{Clock, SystemClock};
use sd_notify::NotifyState;

/// Callers are served.
pub(crate) fn ready() {
    tell(&[NotifyState::Ready, NotifyState::Status("serving")]);
}

/// The configuration is being read again; [`ready`] ends that.
pub(crate) fn reloading() {
    if let Ok(now) = NotifyState::monotonic_usec_now() {
        tell(&[NotifyState::Reloading, now]);
    }
}

/// No more callers are served.
pub(crate) fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// Completes when a sign of life is due (`WatchdogSec=`, sd_watchdog_enabled(3)), and gives it; never where nobody waits
/// for one.
pub(crate) async fn beat() {
    let Some(limit) = sd_notify::watchdog_enabled() else { return std::future::pending().await };
    // half of the time it allows, as systemd recommends
    SystemClock.sleep(limit / 2).await;
    tell(&[NotifyState::Watchdog]);
}

/// Does nothing where there is no service manager.
fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "the service manager could not be told how it goes");
    }
}
