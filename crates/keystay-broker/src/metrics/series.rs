//! Where the numbers are kept, and how a number is found again without a lock.

use std::fmt;

use arc_swap::ArcSwap;
use metrics::{Counter, Gauge, Histogram, Key, Label, Level, Metadata, Recorder};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder};

use super::catalogue::{METRICS, Metric, MetricKind};

/// The numbers of one broker, not of the process: two brokers in one process do not add up.
pub(crate) struct Registry {
    recorder: PrometheusRecorder,
    handle: PrometheusHandle,
}

/// Nobody filters by these; the interface wants them.
const METADATA: Metadata<'static> = Metadata::new("keystay", Level::INFO, None);

impl Registry {
    pub(super) fn new() -> Self {
        let builder = METRICS.iter().filter(|metric| !metric.buckets.is_empty()).fold(
            PrometheusBuilder::new(),
            |builder, Metric { name, buckets, .. }| {
                // it refuses an empty list only
                builder.set_buckets_for_metric(Matcher::Full((*name).into()), buckets).unwrap_or_default()
            },
        );
        let recorder = builder.build_recorder();
        for Metric { name, kind, help, .. } in METRICS {
            let (name, help) = ((*name).into(), (*help).into());
            match kind {
                MetricKind::Counter => recorder.describe_counter(name, None, help),
                MetricKind::Gauge => recorder.describe_gauge(name, None, help),
                MetricKind::Histogram => recorder.describe_histogram(name, None, help),
            }
        }
        let handle = recorder.handle();
        Self { recorder, handle }
    }

    pub(super) fn counter(&self, name: &'static str, labels: &[(&'static str, &str)]) -> Counter {
        self.recorder.register_counter(&key(name, labels), &METADATA)
    }

    pub(super) fn gauge(&self, name: &'static str, labels: &[(&'static str, &str)]) -> Gauge {
        self.recorder.register_gauge(&key(name, labels), &METADATA)
    }

    pub(super) fn histogram(&self, name: &'static str, labels: &[(&'static str, &str)]) -> Histogram {
        self.recorder.register_histogram(&key(name, labels), &METADATA)
    }

    pub(super) fn tidy(&self) {
        self.handle.run_upkeep();
    }

    pub(super) fn render(&self) -> String {
        self.handle.render()
    }
}

fn key(name: &'static str, labels: &[(&'static str, &str)]) -> Key {
    let labels: Vec<Label> = labels.iter().map(|(key, value)| Label::new(*key, (*value).to_owned())).collect();
    Key::from_parts(name, labels)
}

impl fmt::Debug for Registry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Registry").finish_non_exhaustive()
    }
}

/// Counters by a few words of this crate, such as door and outcome. A word is registered when it first occurs; later it
/// is found without a lock and without an allocation.
pub(super) struct Series<K>(ArcSwap<Vec<(K, Counter)>>);

impl<K: Copy + Eq> Series<K> {
    pub(super) fn get(&self, key: K, register: impl Fn() -> Counter) -> Counter {
        let find = |known: &[(K, Counter)]| known.iter().find(|(own, _)| *own == key).map(|(_, one)| one.clone());
        if let Some(found) = find(&self.0.load()) {
            return found;
        }
        // the same key gives the same counter, so two who register at once count in one place
        let new = register();
        self.0.rcu(|known| {
            let mut more = known.to_vec();
            if find(&more).is_none() {
                more.push((key, new.clone()));
            }
            more
        });
        new
    }
}

impl<K> Default for Series<K> {
    fn default() -> Self {
        Self(ArcSwap::default())
    }
}

impl<K> fmt::Debug for Series<K> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Series").finish_non_exhaustive()
    }
}
