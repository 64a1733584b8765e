//! Numbers about the broker, for Prometheus.
//!
//! Labels come from the configuration and from words of this crate, never from a request: nobody who asks can make
//! another series. Handles are registered once and found by name, so that counting a cached token allocates nothing.

mod catalogue;
mod requests;
mod series;
mod signs;

use std::sync::Arc;

use prometheus::{TextEncoder, proto::MetricFamily};

pub use catalogue::{METRICS, Metric, MetricKind};

use self::{
    catalogue::{
        BUILD, CACHED_TOKENS, CERTIFICATE_DAYS_LEFT, IDENTITY_CONNECTED, JOURNAL_LINES_LOST, JOURNAL_STUCK, RELOADS,
        REQUESTS_TURNED_AWAY, TELEMETRY_FAILED, TELEMETRY_SPANS_LOST, VAULT_SIGN_LIMIT, VAULT_SIGNS,
    },
    series::{Registry, Series},
};
pub(crate) use self::{
    requests::Requests,
    signs::{Signs, VaultLoad},
};
use crate::{caller::Unknown, desk::Desk};

/// All numbers of one broker.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Arc<Registry>,
    turned_away: Series<(&'static str, &'static str)>,
    signs: Arc<Signs>,
}

impl Metrics {
    pub(crate) fn new() -> Arc<Self> {
        let registry = Arc::new(Registry::new());
        let signs = Arc::new(Signs::new(registry.clone()));
        Arc::new(Self { registry, turned_away: Series::default(), signs })
    }

    /// Where signatures are counted.
    pub(crate) fn signs(&self) -> &Arc<Signs> {
        &self.signs
    }

    pub(crate) fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }

    pub(crate) fn turned_away(&self, door: &'static str, why: Unknown) {
        let key = (door, why.code());
        let register = || self.registry.counter(REQUESTS_TURNED_AWAY, &[("door", key.0), ("reason", key.1)]);
        self.turned_away.count(key, register);
    }

    pub(crate) fn reloaded(&self, result: &'static str) {
        self.registry.count(RELOADS, &[("result", result)], 1);
    }

    /// Everything, in Prometheus' text format.
    pub(crate) fn render(&self, desk: &Desk) -> String {
        // it fails for a family without series only, and none is gathered
        TextEncoder::new().encode_to_string(&self.gather(desk)).unwrap_or_default()
    }

    /// Everything, with what is only known by looking.
    pub(crate) fn gather(&self, desk: &Desk) -> Vec<MetricFamily> {
        let now = desk.clock().now();
        let setup = desk.setup();
        // made anew each time, so that an identity that is no more leaves no last value behind
        let seen = Registry::new();
        seen.set(BUILD, &[("version", env!("CARGO_PKG_VERSION"))], 1.0);
        for identity in setup.identities.values() {
            let labels = [("identity", identity.name().as_str())];
            let connected = identity.connected();
            seen.set(IDENTITY_CONNECTED, &labels, if connected.is_some() { 1.0 } else { 0.0 });
            let Some(connected) = connected else { continue };
            seen.set(CACHED_TOKENS, &labels, count(connected.client.cached()));
            if let Some(key) = connected.key() {
                let left = key.certificate().remaining(now).as_secs_f64() / 86_400.0;
                seen.set(CERTIFICATE_DAYS_LEFT, &labels, left);
            }
        }
        for VaultLoad { vault, signs, limit } in self.signs.loads(&setup.identities, now) {
            let labels = [("vault", vault.as_str())];
            seen.set(VAULT_SIGNS, &labels, count(signs));
            seen.set(VAULT_SIGN_LIMIT, &labels, f64::from(limit));
        }
        seen.count(JOURNAL_LINES_LOST, &[], desk.journal().lost());
        seen.set(JOURNAL_STUCK, &[], if desk.journal().is_stuck() { 1.0 } else { 0.0 });
        let lost = desk.telemetry().map(|telemetry| telemetry.lost().clone()).unwrap_or_default();
        for (signal, requests) in lost.requests() {
            seen.count(TELEMETRY_FAILED, &[("signal", signal)], requests);
        }
        for (reason, spans) in lost.spans() {
            seen.count(TELEMETRY_SPANS_LOST, &[("reason", reason)], spans);
        }
        let mut all = self.registry.gather();
        all.extend(seen.gather());
        all
    }
}

#[expect(clippy::cast_precision_loss, reason = "there are fewer tokens than 2^52")]
fn count(number: usize) -> f64 {
    number as f64
}
