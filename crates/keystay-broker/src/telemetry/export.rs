//! What was collected goes out, beside everything else and in nobody's way.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use axum::body::Bytes;
use keystay::Clock;
use opentelemetry_proto::{
    tonic::collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse},
    transform::trace::tonic::group_spans_by_resource_and_scope,
};
use opentelemetry_sdk::trace::SpanData;
use prost::Message;
use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
};

use super::{Telemetry, collector::Untaken, lost::Signal, numbers};
use crate::desk::Desk;

/// The two senders of a running broker. Dropping it ends them at once.
#[derive(Debug)]
pub(crate) struct Exporting {
    finish: watch::Sender<bool>,
    senders: JoinSet<()>,
}

/// Spans of one request to the collector, some 200 KiB.
const BATCH: usize = 512;
/// How long a span waits for others.
const COLLECT: Duration = Duration::from_secs(1);
/// Of one batch: with the pauses between them, a collector that restarts is waited for some seconds.
const TRIES: u32 = 4;
/// The pause after the first try; it doubles.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// A longer `Retry-After` is cut: meanwhile the queue fills, and newer spans are worth more.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// What is left when the broker stops has so long to get out.
const FINISH: Duration = Duration::from_secs(2);

impl Exporting {
    /// Begins to send. A second broker with the same [`Telemetry`] sends numbers only: the spans are the first one's.
    pub(crate) fn start(telemetry: &Arc<Telemetry>, desk: &Arc<Desk>) -> Self {
        let (finish, finishing) = watch::channel(false);
        let mut senders = JoinSet::new();
        if let Some(ended) = telemetry.ended.lock().take() {
            let traces = Traces {
                telemetry: telemetry.clone(),
                clock: desk.clock().clone(),
                ended,
                batch: Vec::new(),
                word: Word::default(),
            };
            senders.spawn(traces.run(finishing.clone()));
        }
        senders.spawn(send_numbers(telemetry.clone(), desk.clone(), finishing));
        Self { finish, senders }
    }

    /// Sends what there is, once, and ends; two seconds at most.
    pub(crate) async fn finish(mut self) {
        let _ = self.finish.send(true);
        let all = async { while self.senders.join_next().await.is_some() {} };
        if tokio::time::timeout(FINISH, all).await.is_err() {
            tracing::warn!("the telemetry collector is slow; the last spans were not sent");
        }
    }
}

struct Traces {
    telemetry: Arc<Telemetry>,
    clock: Arc<dyn Clock>,
    ended: mpsc::Receiver<SpanData>,
    batch: Vec<SpanData>,
    word: Word,
}

impl Traces {
    async fn run(mut self, mut finishing: watch::Receiver<bool>) {
        loop {
            tokio::select! {
                _ = finishing.wait_for(|finish| *finish) => break,
                () = self.collect() => {}
            }
            if let Some((body, spans)) = self.request() {
                let sent = self.send(body, &mut finishing).await;
                self.note(sent, spans);
            }
        }
        loop {
            while self.batch.len() < BATCH
                && let Ok(span) = self.ended.try_recv()
            {
                self.batch.push(span);
            }
            let Some((body, spans)) = self.request() else { return };
            let sent = self.telemetry.collector.send(Signal::Traces, body).await;
            let failed = sent.is_err();
            self.note(sent, spans);
            if failed {
                return;
            }
        }
    }

    /// Waits for the first span, and a moment for others. Cancelled, it loses none.
    async fn collect(&mut self) {
        let mut waited = None;
        while self.batch.len() < BATCH {
            let room = BATCH - self.batch.len();
            let receive = self.ended.recv_many(&mut self.batch, room);
            let Some(enough) = &mut waited else {
                receive.await;
                waited = Some(self.clock.sleep(COLLECT));
                continue;
            };
            tokio::select! {
                () = enough => return,
                _ = receive => {}
            }
        }
    }

    /// Sends, and again while that can help and the broker goes on.
    async fn send(&self, body: Bytes, finishing: &mut watch::Receiver<bool>) -> Result<Vec<u8>, Untaken> {
        let mut pause = FIRST_PAUSE;
        let mut tries = 1;
        loop {
            let error = match self.telemetry.collector.send(Signal::Traces, body.clone()).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            if tries == TRIES || !error.passes() {
                return Err(error);
            }
            let wait = error.retry_after().unwrap_or(pause).min(LONGEST_PAUSE);
            tokio::select! {
                () = self.clock.sleep(wait) => pause *= 2,
                _ = finishing.wait_for(|finish| *finish) => return Err(error),
            }
            tries += 1;
        }
    }

    /// What was collected, as a request, and how many spans that is.
    fn request(&mut self) -> Option<(Bytes, u64)> {
        let spans = std::mem::take(&mut self.batch);
        let count = u64::try_from(spans.len()).unwrap_or(u64::MAX);
        let resource = (&self.telemetry.resource).into();
        let request = ExportTraceServiceRequest { resource_spans: group_spans_by_resource_and_scope(spans, &resource) };
        (count > 0).then(|| (request.encode_to_vec().into(), count))
    }

    fn note(&mut self, sent: Result<Vec<u8>, Untaken>, spans: u64) {
        let lost = &self.telemetry.lost;
        if let Ok(answer) = &sent {
            // an answer that is none has taken everything, as far as anybody can tell
            let said = ExportTraceServiceResponse::decode(answer.as_slice()).unwrap_or_default();
            let rejected = said.partial_success.map_or(0, |part| u64::try_from(part.rejected_spans).unwrap_or(0));
            lost.were_not_taken(rejected.min(spans));
        } else {
            lost.failed(Signal::Traces);
            lost.were_not_taken(spans);
        }
        self.word.about(sent.err());
    }
}

/// Numbers go on from the broker's start, so that one that is lost is made good by the next.
async fn send_numbers(telemetry: Arc<Telemetry>, desk: Arc<Desk>, mut finishing: watch::Receiver<bool>) {
    let since = desk.clock().now();
    let mut word = Word::default();
    loop {
        let last = tokio::select! {
            _ = finishing.wait_for(|finish| *finish) => true,
            () = desk.clock().sleep(telemetry.settings.metrics_every) => false,
        };
        let body = numbers_of(&telemetry, &desk, since);
        let sent = telemetry.collector.send(Signal::Metrics, body.into()).await;
        if sent.is_err() {
            telemetry.lost.failed(Signal::Metrics);
        }
        if last {
            return;
        }
        word.about(sent.err());
    }
}

fn numbers_of(telemetry: &Telemetry, desk: &Desk, since: SystemTime) -> Vec<u8> {
    let families = desk.metrics().gather(desk);
    numbers::request(&telemetry.resource, &families, since, desk.clock().now()).encode_to_vec()
}

/// Says in the log when the collector begins to fail and when that ends, not each time.
#[derive(Debug, Default)]
struct Word {
    failing: bool,
}

impl Word {
    fn about(&mut self, error: Option<Untaken>) {
        match (self.failing, error) {
            (false, Some(error)) => tracing::warn!(%error, "the telemetry collector takes nothing"),
            (true, None) => tracing::info!("the telemetry collector takes what it is sent again"),
            (true, Some(_)) | (false, None) => return,
        }
        self.failing = !self.failing;
    }
}
