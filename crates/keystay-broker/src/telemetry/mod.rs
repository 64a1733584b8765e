//! Traces and numbers for whoever operates the broker, by OTLP to a collector of theirs. Off unless configured.
//!
//! ```text
//! a request's spans -> layer -> sampler -> queue (bounded; full: counted, dropped) -> export -> collector
//! the numbers of /metrics --------------------------------------------------------> export -> collector
//! ```
//!
//! No token waits for any of it. Spans hold names of the configuration and words of this program; no text of a caller,
//! a tenant or Entra, and no secret.

mod collector;
mod export;
mod lost;
mod numbers;
mod queue;
mod sampler;
mod settings;
mod traceparent;

use std::{fmt, sync::Arc};

use keystay::Clock;
use opentelemetry::{KeyValue, trace::TracerProvider};
use opentelemetry_sdk::{
    Resource,
    trace::{SdkTracerProvider, SpanData},
};
use parking_lot::Mutex;
use tokio::sync::mpsc;
use tracing::{Metadata, Subscriber};
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::{Layer, filter::filter_fn, registry::LookupSpan};
use uuid::Uuid;

pub use collector::CollectorError;
pub use settings::{SamplingRatio, TelemetrySettings};

use self::{collector::Collector, queue::Queue, sampler::Sampler};
pub(crate) use self::{export::Exporting, lost::Lost, traceparent::Traceparent};

/// Where spans are collected until they are sent.
///
/// Whoever starts a [`Broker`](crate::Broker) makes one, adds its [`layer`](Self::layer) to the program's subscriber, and
/// hands it over in [`Surroundings`](crate::Surroundings). The broker sends while it runs, and what is left when it stops.
pub struct Telemetry {
    provider: SdkTracerProvider,
    resource: Resource,
    collector: Collector,
    settings: TelemetrySettings,
    lost: Arc<Lost>,
    // taken by the broker that sends
    ended: Mutex<Option<mpsc::Receiver<SpanData>>>,
}

impl Telemetry {
    /// Prepares everything; nothing is sent before a broker runs. `clock` is for the limit of what callers may begin.
    pub fn new(settings: &TelemetrySettings, clock: Arc<dyn Clock>) -> Result<Arc<Self>, CollectorError> {
        let lost = Arc::new(Lost::default());
        let (queue, ended) = Queue::new(lost.clone());
        let resource = Resource::builder_empty()
            .with_attributes([
                KeyValue::new("service.name", settings.service_name.clone()),
                KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
                KeyValue::new("service.instance.id", Uuid::new_v4().to_string()),
                KeyValue::new("telemetry.sdk.name", "opentelemetry"),
                KeyValue::new("telemetry.sdk.language", "rust"),
            ])
            .build();
        let provider = SdkTracerProvider::builder()
            .with_resource(resource.clone())
            .with_sampler(Sampler::new(settings.sampling_ratio, clock))
            .with_span_processor(queue)
            .build();
        let collector = Collector::new(settings)?;
        let ended = Mutex::new(Some(ended));
        Ok(Arc::new(Self { provider, resource, collector, settings: settings.clone(), lost, ended }))
    }

    /// Takes this product's spans out of a program's [`tracing`] and into the queue; no events, and nobody else's spans.
    ///
    /// Filters of other layers must be their own ([`Layer::with_filter`]): one for the whole subscriber would keep spans
    /// from this one.
    pub fn layer<S>(&self) -> impl Layer<S> + Send + Sync + 'static
    where
        S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
    {
        OpenTelemetryLayer::new(self.provider.tracer("keystay"))
            // a trace can be continued until its first child begins: the caller is recognised before that
            .with_context_activation(false)
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_level(false)
            .with_tracked_inactivity(false)
            .with_filter(filter_fn(is_ours))
    }

    pub(crate) fn lost(&self) -> &Arc<Lost> {
        &self.lost
    }
}

/// Events hold words of others, such as what Entra says about a tenant: they stay in the log.
fn is_ours(metadata: &Metadata<'_>) -> bool {
    let from = metadata.target().split("::").next();
    metadata.is_span() && matches!(from, Some("keystay" | "keystay_broker"))
}

/// Nothing of what others print about themselves, and no header.
impl fmt::Debug for Telemetry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Telemetry").field("settings", &self.settings).finish_non_exhaustive()
    }
}
