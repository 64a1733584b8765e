//! What did not reach the collector.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counted by the reason; read by the numbers.
#[derive(Debug, Default)]
pub(crate) struct Lost {
    no_room: AtomicU64,
    not_taken: AtomicU64,
    failed_traces: AtomicU64,
    failed_numbers: AtomicU64,
}

/// What is sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Signal {
    Traces,
    Metrics,
}

impl Lost {
    /// A span ended while the queue was full.
    pub(super) fn had_no_room(&self) {
        self.no_room.fetch_add(1, Ordering::Relaxed);
    }

    /// The collector did not take these spans.
    pub(super) fn were_not_taken(&self, spans: u64) {
        self.not_taken.fetch_add(spans, Ordering::Relaxed);
    }

    /// A request to the collector came to nothing.
    pub(super) fn failed(&self, signal: Signal) {
        let counter = match signal {
            Signal::Traces => &self.failed_traces,
            Signal::Metrics => &self.failed_numbers,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// Spans that were lost, by reason.
    pub(crate) fn spans(&self) -> [(&'static str, u64); 2] {
        [("no-room", &self.no_room), ("not-taken", &self.not_taken)].map(read)
    }

    /// Requests that came to nothing, by signal.
    pub(crate) fn requests(&self) -> [(&'static str, u64); 2] {
        [("traces", &self.failed_traces), ("metrics", &self.failed_numbers)].map(read)
    }
}

fn read((word, counter): (&'static str, &AtomicU64)) -> (&'static str, u64) {
    (word, counter.load(Ordering::Relaxed))
}
