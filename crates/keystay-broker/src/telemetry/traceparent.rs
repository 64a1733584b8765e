//! The trace a caller says its request belongs to.

use axum::http::HeaderMap;
use opentelemetry::{
    Context,
    trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState},
};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// `traceparent` (W3C Trace Context, section 3.2): two numbers and a flag, and nothing else of what a caller can write.
/// `tracestate` and `baggage` are texts, and are not read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Traceparent {
    trace: TraceId,
    parent: SpanId,
    sampled: bool,
}

const NAME: &str = "traceparent";

impl Traceparent {
    /// None where there is none, several, or one that is not exactly of version 00.
    pub(crate) fn read(headers: &HeaderMap) -> Option<Self> {
        let mut given = headers.get_all(NAME).iter();
        let (Some(value), None) = (given.next(), given.next()) else { return None };
        Self::parse(value.to_str().ok()?)
    }

    fn parse(text: &str) -> Option<Self> {
        let is_hex = |text: &str| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let mut fields = text.split('-');
        let mut field = |length| fields.next().filter(|field| field.len() == length && is_hex(field));
        let (version, trace, parent, flags) = (field(2)?, field(32)?, field(16)?, field(2)?);
        if fields.next().is_some() || version != "00" {
            return None;
        }
        let trace = TraceId::from_hex(trace).ok().filter(|trace| *trace != TraceId::INVALID)?;
        let parent = SpanId::from_hex(parent).ok().filter(|parent| *parent != SpanId::INVALID)?;
        let flags = TraceFlags::new(u8::from_str_radix(flags, 16).ok()?);
        Some(Self { trace, parent, sampled: flags.is_sampled() })
    }

    /// Makes the span of the request under way a part of that trace.
    pub(crate) fn adopt(self) {
        let flags = if self.sampled { TraceFlags::SAMPLED } else { TraceFlags::default() };
        let parent = SpanContext::new(self.trace, self.parent, flags, true, TraceState::NONE);
        // where nobody listens, there is no span
        let _ = Span::current().set_parent(Context::new().with_remote_span_context(parent));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_trace_is_taken_as_the_standard_writes_it() {
        let read = Traceparent::parse(GOOD).unwrap();
        assert_eq!(read.trace.to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!((read.parent.to_string().as_str(), read.sampled), ("00f067aa0ba902b7", true));
        assert!(!Traceparent::parse(&GOOD.replace("-01", "-00")).unwrap().sampled);
        // of the flags, version 00 knows one
        assert!(Traceparent::parse(&GOOD.replace("-01", "-ff")).unwrap().sampled);
    }

    #[test]
    fn anything_else_is_no_trace() {
        for bad in [
            "",
            "00",
            &GOOD.replace("00-4", "01-4"),
            &GOOD.replace("00-4", "ff-4"),
            &GOOD.to_uppercase(),
            &format!("{GOOD}-01"),
            &format!("{GOOD} "),
            &GOOD[1..],
            &GOOD.replace("4bf92f3577b34da6a3ce929d0e0e4736", &"0".repeat(32)),
            &GOOD.replace("00f067aa0ba902b7", &"0".repeat(16)),
            &GOOD.replace("4bf9", "+bf9"),
            &GOOD.replace('-', ""),
            &"0".repeat(10_000),
        ] {
            assert_eq!(Traceparent::parse(bad), None, "{bad}");
        }
        let mut headers = HeaderMap::new();
        headers.append(NAME, GOOD.parse().unwrap());
        assert!(Traceparent::read(&headers).is_some());
        headers.append(NAME, GOOD.parse().unwrap());
        assert_eq!(Traceparent::read(&headers), None, "two are none");
    }
}
