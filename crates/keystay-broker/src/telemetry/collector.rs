//! The collector, by OTLP/HTTP ("OpenTelemetry Protocol Specification", section OTLP/HTTP).

use std::{fmt, time::Duration};

use axum::body::Bytes;
use reqwest::{
    header::{CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER},
    redirect,
};
use url::Url;

use super::{TelemetrySettings, lost::Signal};

/// Takes requests to the collector. Redirects are not followed: the configuration says where traces go.
pub(super) struct Collector {
    client: reqwest::Client,
    traces: Url,
    metrics: Url,
}

/// The HTTP client cannot be made: the system's trusted certificates cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the client of the telemetry collector cannot be made")]
pub struct CollectorError(#[from] reqwest::Error);

/// Why a request came to nothing. Without the collector's words.
#[derive(Debug, thiserror::Error)]
pub(super) enum Untaken {
    #[error("nobody answers there")]
    Unreachable,
    #[error("it answers with status {status}")]
    Status { status: u16, retry_after: Option<Duration> },
}

impl Untaken {
    /// Whether the same again can help (section OTLP/HTTP, "Failures" and "Throttling").
    pub(super) fn passes(&self) -> bool {
        matches!(self, Self::Unreachable | Self::Status { status: 429 | 502 | 503 | 504, .. })
    }

    /// When the collector wants to be asked again, where it says so.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Unreachable => None,
            Self::Status { retry_after, .. } => *retry_after,
        }
    }
}

/// One request.
const LIMIT: Duration = Duration::from_secs(10);
/// More than any answer needs, which is a count and a sentence.
const LARGEST_ANSWER: usize = 64 * 1024;

impl Collector {
    pub(super) fn new(settings: &TelemetrySettings) -> Result<Self, CollectorError> {
        let mut headers = settings.headers.clone();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-protobuf"));
        let mut client = reqwest::Client::builder()
            .default_headers(headers)
            .redirect(redirect::Policy::none())
            .timeout(LIMIT)
            .user_agent(concat!("keystay/", env!("CARGO_PKG_VERSION")));
        if settings.is_here() {
            client = client.no_proxy();
        }
        let below = |path: &str| {
            let mut url = settings.otlp.clone();
            url.set_path(&format!("{}{path}", url.path().trim_end_matches('/')));
            url
        };
        Ok(Self { client: client.build()?, traces: below("/v1/traces"), metrics: below("/v1/metrics") })
    }

    /// Sends once. Returns the answer's body.
    ///
    /// **Cancellation:** the collector may have taken what was sent.
    pub(super) async fn send(&self, signal: Signal, body: Bytes) -> Result<Vec<u8>, Untaken> {
        let url = match signal {
            Signal::Traces => &self.traces,
            Signal::Metrics => &self.metrics,
        };
        let unreachable = |_| Untaken::Unreachable;
        let mut answer = self.client.post(url.clone()).body(body).send().await.map_err(unreachable)?;
        let status = answer.status();
        if !status.is_success() {
            return Err(Untaken::Status { status: status.as_u16(), retry_after: retry_after(answer.headers()) });
        }
        let mut read = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(unreachable)? {
            if read.len() + chunk.len() > LARGEST_ANSWER {
                break;
            }
            read.extend_from_slice(&chunk);
        }
        Ok(read)
    }
}

/// Seconds; a date is as good as nothing, for a pause is short.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

/// Nothing of the client, which holds the headers.
impl fmt::Debug for Collector {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Collector").field("traces", &self.traces.as_str()).finish_non_exhaustive()
    }
}
