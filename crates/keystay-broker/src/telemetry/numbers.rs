//! The numbers of `/metrics` as OTLP has them: the same names, labels and values.

use std::time::{SystemTime, UNIX_EPOCH};

use opentelemetry_proto::tonic::{
    collector::metrics::v1::ExportMetricsServiceRequest,
    common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value::Value},
    metrics::v1::{
        AggregationTemporality, Gauge, Histogram, HistogramDataPoint, Metric, NumberDataPoint, ResourceMetrics,
        ScopeMetrics, Sum, metric::Data, number_data_point,
    },
};
use opentelemetry_sdk::Resource;
use prometheus::proto::{Bucket, LabelPair, Metric as Series, MetricFamily, MetricType};

/// One request with all of them. Counters count from `since`.
pub(super) fn request(
    resource: &Resource,
    families: &[MetricFamily],
    since: SystemTime,
    now: SystemTime,
) -> ExportMetricsServiceRequest {
    let times = Times { since: nanoseconds(since), now: nanoseconds(now) };
    let scope = InstrumentationScope {
        name: "keystay".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ..InstrumentationScope::default()
    };
    let metrics = families.iter().filter_map(|family| metric(family, times)).collect();
    let scope_metrics = vec![ScopeMetrics { scope: Some(scope), metrics, schema_url: String::new() }];
    let resource = Some(resource.into());
    ExportMetricsServiceRequest {
        resource_metrics: vec![ResourceMetrics { resource, scope_metrics, schema_url: String::new() }],
    }
}

#[derive(Clone, Copy)]
struct Times {
    since: u64,
    now: u64,
}

fn metric(family: &MetricFamily, times: Times) -> Option<Metric> {
    let cumulative = AggregationTemporality::Cumulative.into();
    let points = |value: fn(&Series) -> f64| {
        family.get_metric().iter().map(|series| point(series, value(series), times)).collect()
    };
    let data = match family.get_field_type() {
        MetricType::COUNTER => Data::Sum(Sum {
            data_points: points(|series| series.get_counter().get_value()),
            aggregation_temporality: cumulative,
            is_monotonic: true,
        }),
        MetricType::GAUGE => Data::Gauge(Gauge { data_points: points(|series| series.get_gauge().get_value()) }),
        MetricType::HISTOGRAM => Data::Histogram(Histogram {
            data_points: family.get_metric().iter().map(|series| buckets(series, times)).collect(),
            aggregation_temporality: cumulative,
        }),
        // the catalogue has no others
        MetricType::SUMMARY | MetricType::UNTYPED => return None,
    };
    let unit = if family.name().ends_with("_seconds") { "s" } else { "" };
    Some(Metric {
        name: family.name().to_owned(),
        description: family.help().to_owned(),
        unit: unit.to_owned(),
        data: Some(data),
        ..Metric::default()
    })
}

fn point(series: &Series, value: f64, times: Times) -> NumberDataPoint {
    NumberDataPoint {
        attributes: attributes(series.get_label()),
        start_time_unix_nano: times.since,
        time_unix_nano: times.now,
        value: Some(number_data_point::Value::AsDouble(value)),
        ..NumberDataPoint::default()
    }
}

/// Prometheus' buckets hold everything up to their bound, and the last one has none; OTLP's hold what the ones before
/// them do not.
fn buckets(series: &Series, times: Times) -> HistogramDataPoint {
    let histogram = series.get_histogram();
    let (count, bounded) = (histogram.get_sample_count(), histogram.get_bucket());
    let mut below = 0;
    let mut counts: Vec<u64> = Vec::with_capacity(bounded.len() + 1);
    for up_to in bounded.iter().map(Bucket::cumulative_count).chain([count]) {
        counts.push(up_to.saturating_sub(below));
        below = up_to;
    }
    HistogramDataPoint {
        attributes: attributes(series.get_label()),
        start_time_unix_nano: times.since,
        time_unix_nano: times.now,
        count,
        sum: Some(histogram.get_sample_sum()),
        bucket_counts: counts,
        explicit_bounds: bounded.iter().map(Bucket::upper_bound).collect(),
        ..HistogramDataPoint::default()
    }
}

fn attributes(labels: &[LabelPair]) -> Vec<KeyValue> {
    labels
        .iter()
        .map(|label| KeyValue {
            key: label.name().to_owned(),
            value: Some(AnyValue { value: Some(Value::StringValue(label.value().to_owned())) }),
            ..KeyValue::default()
        })
        .collect()
}

fn nanoseconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use prometheus::{HistogramOpts, HistogramVec, core::Collector};

    use super::*;

    #[test]
    fn every_observation_is_in_one_bucket() {
        let lives = HistogramVec::new(
            HistogramOpts::new("keystay_life_seconds", "life").buckets(vec![60.0, 300.0, 3600.0]),
            &["identity"],
        )
        .unwrap();
        for seconds in [10.0, 60.0, 100.0, 5000.0, 9000.0] {
            lives.with_label_values(&["graph"]).observe(seconds);
        }
        let metric = metric(&lives.collect()[0], Times { since: 1, now: 2 }).unwrap();
        assert_eq!((metric.name.as_str(), metric.unit.as_str()), ("keystay_life_seconds", "s"));
        let Some(Data::Histogram(histogram)) = metric.data else { panic!("no histogram") };
        let point = &histogram.data_points[0];
        assert_eq!(point.bucket_counts, [2, 1, 0, 2]);
        assert_eq!(point.explicit_bounds, [60.0, 300.0, 3600.0]);
        assert_eq!((point.count, point.sum), (5, Some(14_170.0)));
        assert_eq!((point.start_time_unix_nano, point.time_unix_nano), (1, 2));
    }
}
