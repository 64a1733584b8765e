//! Which traces are sent.

use std::{fmt, sync::Arc, time::Duration};

use keystay::Clock;
use opentelemetry::{
    Context, KeyValue,
    trace::{Link, SpanKind, TraceContextExt, TraceId, TraceState},
};
use opentelemetry_sdk::trace::{Sampler as Standard, SamplingDecision, SamplingResult, ShouldSample};
use parking_lot::Mutex;

use super::settings::SamplingRatio;
use crate::limits::Bucket;

/// A share of the traces begun here, by chance; of those a caller began, the ones it has sent itself (the `sampled` flag
/// of `traceparent`), up to [`BY_CALLERS`] per second: beyond that a caller's word is worth no more than chance, so that
/// none of them can fill the queue for all.
#[derive(Clone)]
pub(super) struct Sampler {
    chance: Standard,
    by_callers: Arc<Mutex<Bucket>>,
    clock: Arc<dyn Clock>,
}

/// Traces per second that are sent because callers say so.
const BY_CALLERS: f64 = 100.0;

impl Sampler {
    pub(super) fn new(ratio: SamplingRatio, clock: Arc<dyn Clock>) -> Self {
        let by_callers = Arc::new(Mutex::new(Bucket::new(BY_CALLERS, BY_CALLERS, clock.now())));
        Self { chance: Standard::TraceIdRatioBased(ratio.as_f64()), by_callers, clock }
    }
}

impl ShouldSample for Sampler {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        trace: TraceId,
        name: &str,
        kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        let follow = |sampled| SamplingResult {
            decision: if sampled { SamplingDecision::RecordAndSample } else { SamplingDecision::Drop },
            attributes: Vec::new(),
            trace_state: TraceState::NONE,
        };
        let by_chance = || self.chance.should_sample(None, trace, name, kind, attributes, links);
        let Some(parent) = parent.filter(|context| context.has_active_span()) else { return by_chance() };
        let parent = parent.span().span_context().clone();
        match (parent.is_remote(), parent.is_sampled()) {
            (true, true) if self.by_callers.lock().take(1.0, self.clock.now(), Duration::ZERO).is_err() => by_chance(),
            (_, sampled) => follow(sampled),
        }
    }
}

impl fmt::Debug for Sampler {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Sampler").field("chance", &self.chance).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use keystay::ManualClock;
    use opentelemetry::trace::{SpanContext, SpanId, TraceFlags};

    use super::*;

    fn sampled(sampler: &Sampler, parent: Option<(bool, bool)>, trace: u128) -> bool {
        let trace = TraceId::from(trace);
        let context = parent.map(|(remote, sampled)| {
            let flags = if sampled { TraceFlags::SAMPLED } else { TraceFlags::default() };
            let parent = SpanContext::new(trace, SpanId::from(7), flags, remote, TraceState::NONE);
            Context::new().with_remote_span_context(parent)
        });
        let result = sampler.should_sample(context.as_ref(), trace, "request", &SpanKind::Server, &[], &[]);
        result.decision == SamplingDecision::RecordAndSample
    }

    #[test]
    fn a_caller_decides_about_its_own_traces_until_it_decides_about_too_many() {
        let clock = ManualClock::new(UNIX_EPOCH);
        let sampler = Sampler::new("0".parse().unwrap(), Arc::new(clock.clone()));
        assert!(!sampled(&sampler, None, 1), "chance says no");
        assert!(!sampled(&sampler, Some((true, false)), 1));
        let of = |count: u128| (0..count).filter(|trace| sampled(&sampler, Some((true, true)), trace + 1)).count();
        assert_eq!(of(1000), 100);
        clock.advance(Duration::from_millis(100));
        assert_eq!(of(1000), 10);
        assert!(sampled(&sampler, Some((false, true)), 1), "what has begun here goes on");
        assert!(!sampled(&sampler, Some((false, false)), 1));
    }
}
