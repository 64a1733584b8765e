//! Where the numbers are kept, and how a number is found again without a lock.

use std::{collections::HashMap, fmt};

use arc_swap::ArcSwap;
use prometheus::{
    GaugeVec, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, Opts, core::Collector,
    proto::MetricFamily,
};

use super::catalogue::{METRICS, Metric, MetricKind};

/// The numbers of one broker, not of the process: two brokers in one process do not add up.
///
/// What is not in the catalogue, or has other labels there, has no number; a test holds the code to it.
#[derive(Default)]
pub(crate) struct Registry {
    all: prometheus::Registry,
    counters: HashMap<&'static str, IntCounterVec>,
    gauges: HashMap<&'static str, GaugeVec>,
    histograms: HashMap<&'static str, HistogramVec>,
}

/// Names and values.
type Labels<'a> = [(&'static str, &'a str)];

impl Registry {
    pub(super) fn new() -> Self {
        let mut new = Self::default();
        for metric in METRICS {
            if let Err(error) = new.add(metric) {
                tracing::error!(%error, name = metric.name, "a number is not kept");
            }
        }
        new
    }

    fn add(&mut self, metric: &Metric) -> prometheus::Result<()> {
        let Metric { name, kind, labels, help, buckets } = *metric;
        let add = |collector: Box<dyn Collector>| self.all.register(collector);
        match kind {
            MetricKind::Counter => {
                let counters = IntCounterVec::new(Opts::new(name, help), labels)?;
                add(Box::new(counters.clone()))?;
                self.counters.insert(name, counters);
            }
            MetricKind::Gauge => {
                let gauges = GaugeVec::new(Opts::new(name, help), labels)?;
                add(Box::new(gauges.clone()))?;
                self.gauges.insert(name, gauges);
            }
            MetricKind::Histogram => {
                let options = HistogramOpts::new(name, help).buckets(buckets.to_vec());
                let histograms = HistogramVec::new(options, labels)?;
                add(Box::new(histograms.clone()))?;
                self.histograms.insert(name, histograms);
            }
        }
        Ok(())
    }

    pub(super) fn counter(&self, name: &'static str, labels: &Labels<'_>) -> Option<IntCounter> {
        self.counters.get(name)?.get_metric_with(&by_name(labels)).ok()
    }

    pub(super) fn histogram(&self, name: &'static str, labels: &Labels<'_>) -> Option<Histogram> {
        self.histograms.get(name)?.get_metric_with(&by_name(labels)).ok()
    }

    /// Adds to a counter that is too rarely counted to keep its handle.
    pub(super) fn count(&self, name: &'static str, labels: &Labels<'_>, by: u64) {
        if let Some(counter) = self.counter(name, labels) {
            counter.inc_by(by);
        }
    }

    /// Says how high a gauge is.
    pub(super) fn set(&self, name: &'static str, labels: &Labels<'_>, value: f64) {
        if let Some(Ok(gauge)) = self.gauges.get(name).map(|gauges| gauges.get_metric_with(&by_name(labels))) {
            gauge.set(value);
        }
    }

    /// Everything that was counted, as it is now.
    pub(super) fn gather(&self) -> Vec<MetricFamily> {
        self.all.gather()
    }
}

fn by_name<'a>(labels: &Labels<'a>) -> HashMap<&'static str, &'a str> {
    labels.iter().copied().collect()
}

impl fmt::Debug for Registry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Registry").finish_non_exhaustive()
    }
}

/// Counters by a few words of this crate, such as door and outcome. A word is registered when it first occurs; later it
/// is found without a lock and without an allocation.
pub(super) struct Series<K>(ArcSwap<Vec<(K, IntCounter)>>);

impl<K: Copy + Eq> Series<K> {
    /// One more.
    pub(super) fn count(&self, key: K, register: impl Fn() -> Option<IntCounter>) {
        let of = |known: &[(K, IntCounter)]| known.iter().position(|(own, _)| *own == key);
        let known = self.0.load();
        if let Some(place) = of(&known) {
            known[place].1.inc();
            return;
        }
        // the same key gives the same counter, so two who register at once count in one place
        let Some(new) = register() else { return };
        new.inc();
        self.0.rcu(|known| {
            let mut more = known.to_vec();
            if of(&more).is_none() {
                more.push((key, new.clone()));
            }
            more
        });
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_of_the_catalogue_is_kept() {
        let registry = Registry::new();
        for Metric { name, kind, labels, .. } in METRICS {
            let labels: Vec<_> = labels.iter().map(|label| (*label, "some")).collect();
            match kind {
                MetricKind::Counter => registry.count(name, &labels, 1),
                MetricKind::Gauge => registry.set(name, &labels, 1.0),
                MetricKind::Histogram => registry.histogram(name, &labels).unwrap().observe(1.0),
            }
        }
        let families = registry.gather();
        let names: Vec<_> = families.iter().map(MetricFamily::name).collect();
        assert_eq!(names, METRICS.iter().map(|metric| metric.name).collect::<Vec<_>>());
    }
}
