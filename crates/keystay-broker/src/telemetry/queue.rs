//! Spans that have ended, until they are sent.

use std::{sync::Arc, time::Duration};

use opentelemetry::Context;
use opentelemetry_sdk::{
    error::OTelSdkResult,
    trace::{Span, SpanData, SpanProcessor},
};
use tokio::sync::mpsc;

use super::Lost;

/// Takes spans without waiting: one for which there is no room is counted and dropped.
#[derive(Debug)]
pub(super) struct Queue {
    spans: mpsc::Sender<SpanData>,
    lost: Arc<Lost>,
}

/// Spans that may wait, about a kilobyte each.
pub(super) const ROOM: usize = 4096;

impl Queue {
    pub(super) fn new(lost: Arc<Lost>) -> (Self, mpsc::Receiver<SpanData>) {
        let (spans, ended) = mpsc::channel(ROOM);
        (Self { spans, lost }, ended)
    }
}

impl SpanProcessor for Queue {
    fn on_start(&self, _span: &mut Span, _context: &Context) {}

    fn on_end(&self, span: SpanData) {
        if self.spans.try_send(span).is_err() {
            self.lost.had_no_room();
        }
    }

    /// The broker flushes, when it stops.
    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        Ok(())
    }
}
