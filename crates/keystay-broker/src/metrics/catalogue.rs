//! Every metric there is. `docs/broker.md` lists the same, and a test compares the two.

/// What kind of number it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum MetricKind {
    /// Only grows.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Observations by size.
    Histogram,
}

/// One metric.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    /// Its name in Prometheus.
    pub name: &'static str,
    /// Its kind.
    pub kind: MetricKind,
    /// Its labels.
    pub labels: &'static [&'static str],
    /// What it says, with the unit.
    pub help: &'static str,
    /// Upper bounds of a histogram.
    pub(super) buckets: &'static [f64],
}

pub(super) const BUILD: &str = "keystay_build_info";
pub(super) const CACHED_TOKENS: &str = "keystay_cached_tokens";
pub(super) const CERTIFICATE_DAYS_LEFT: &str = "keystay_certificate_days_left";
pub(super) const IDENTITY_CONNECTED: &str = "keystay_identity_connected";
pub(super) const JOURNAL_LINES_LOST: &str = "keystay_journal_lines_lost_total";
pub(super) const JOURNAL_STUCK: &str = "keystay_journal_stuck";
pub(super) const RELOADS: &str = "keystay_reloads_total";
pub(super) const REQUESTS: &str = "keystay_requests_total";
pub(super) const REQUESTS_TURNED_AWAY: &str = "keystay_requests_turned_away_total";
pub(super) const SIGNS: &str = "keystay_signs_total";
pub(super) const TELEMETRY_FAILED: &str = "keystay_telemetry_failed_total";
pub(super) const TELEMETRY_SPANS_LOST: &str = "keystay_telemetry_spans_lost_total";
pub(super) const TOKEN_REMAINING: &str = "keystay_token_remaining_seconds";
pub(super) const VAULT_SIGN_LIMIT: &str = "keystay_vault_sign_limit";
pub(super) const VAULT_SIGNS: &str = "keystay_vault_signs";

/// What Entra gives out lives 60 to 90 minutes; less than five left means that no better one could be had.
const LIVES: &[f64] = &[60.0, 300.0, 600.0, 1200.0, 1800.0, 2400.0, 3000.0, 3600.0, 5400.0];

/// All of them, in the order of their names.
pub const METRICS: &[Metric] = &[
    gauge(BUILD, &["version"], "1; the label says which version of keystay this is"),
    gauge(CACHED_TOKENS, &["identity"], "Tokens and remembered refusals in memory"),
    gauge(CERTIFICATE_DAYS_LEFT, &["identity"], "Days until the certificate of the identity ends; 0 when it has"),
    gauge(IDENTITY_CONNECTED, &["identity"], "1 when the key of the identity was found, else 0"),
    counter(JOURNAL_LINES_LOST, &[], "Lines of the audit log that were dropped because the disk took none"),
    gauge(JOURNAL_STUCK, &[], "1 while the disk takes no lines of the audit log and memory fills, else 0"),
    counter(RELOADS, &["result"], "Reloads of the configuration: `taken` or `refused`"),
    counter(
        REQUESTS,
        &["door", "caller", "identity", "outcome"],
        "Requests of recognised callers; the outcome is `granted` or the code of the refusal",
    ),
    counter(REQUESTS_TURNED_AWAY, &["door", "reason"], "Requests of somebody who is no caller"),
    counter(SIGNS, &["identity", "result"], "Signatures asked of the key: `signed` or the code of the failure"),
    counter(TELEMETRY_FAILED, &["signal"], "Requests to the telemetry collector that came to nothing"),
    counter(
        TELEMETRY_SPANS_LOST,
        &["reason"],
        "Spans that did not reach the collector: `no-room` while it was slow, or `not-taken` by it",
    ),
    Metric {
        name: TOKEN_REMAINING,
        kind: MetricKind::Histogram,
        labels: &["identity"],
        help: "Seconds a token still worked when it was given out",
        buckets: LIVES,
    },
    gauge(VAULT_SIGN_LIMIT, &["vault"], "Signatures in 10 seconds that the service documents for keys of this kind"),
    gauge(VAULT_SIGNS, &["vault"], "Signatures asked of the vault in the last 10 seconds"),
];

const fn counter(name: &'static str, labels: &'static [&'static str], help: &'static str) -> Metric {
    Metric { name, kind: MetricKind::Counter, labels, help, buckets: &[] }
}

const fn gauge(name: &'static str, labels: &'static [&'static str], help: &'static str) -> Metric {
    Metric { name, kind: MetricKind::Gauge, labels, help, buckets: &[] }
}
