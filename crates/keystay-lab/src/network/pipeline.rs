//! What happens to every request, whichever service answers it: faults, latency, the date, the journal.

use std::{
    convert::Infallible,
    time::{Duration, SystemTime},
};

use axum::{
    Router,
    body::{Body, Bytes, HttpBody as _, to_bytes},
    extract::DefaultBodyLimit,
    http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri, header},
    middleware::{self, Next},
    response::IntoResponse,
};
use time::{OffsetDateTime, format_description::BorrowedFormatItem, macros::format_description};
use tokio::time::Instant;
use tower::ServiceExt;

use super::Site;
use crate::{
    clock::LabClock,
    directory::PendingKey,
    entra::prescribed_refusal,
    faults::{FaultAction, Faults},
    journal::{Attribution, Entry, Journal, Kind},
    latency::LatencyDial,
    request_host::RequestHost,
};

/// Requests of Azure's clients are small; a certificate import is the largest.
const MOST_BODY_BYTES: usize = 1024 * 1024;
/// Answers are small as well; a fault that cuts one in half reads it first.
const MOST_ANSWER_BYTES: usize = 16 * 1024 * 1024;
/// A caller chooses method and path freely. The record of 100,000 requests must not be as large as he likes.
const LONGEST_RECORDED_PATH: usize = 1024;
const LONGEST_RECORDED_METHOD: usize = 32;
/// RFC 9110, section 5.6.7.
const HTTP_DATE: &[BorrowedFormatItem<'_>] =
    format_description!("[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT");

/// The services behind the host names.
#[derive(Clone)]
pub(crate) struct Services {
    pub(crate) entra: Router,
    pub(crate) entra_mtls: Router,
    pub(crate) graph: Router,
    pub(crate) management: Router,
    pub(crate) vault: Router,
    pub(crate) oidc_issuers: Router,
    pub(crate) imds: Router,
    pub(crate) loopback: Router,
}

/// The way of every request through the lab.
pub(crate) struct Pipeline {
    pub(crate) services: Services,
    /// Signs the tokens that services give and take.
    pub(crate) key: PendingKey,
    pub(crate) clock: LabClock,
    pub(crate) journal: Journal,
    pub(crate) faults: Faults,
    pub(crate) latency: LatencyDial,
    /// The time a caller has to send its body, with the service's own.
    pub(crate) service_time: Duration,
}

/// The connection is to be closed without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the connection was closed by a fault of the lab")]
pub(crate) struct Closed;

impl Pipeline {
    /// Answers a request that was made to `host`.
    pub(crate) async fn answer(
        &self,
        site: Site,
        host: &str,
        mut request: Request<Body>,
    ) -> Result<Response<Body>, Closed> {
        let arrival = Instant::now();
        let method = request.method().clone();
        let path = request.uri().path().to_owned();
        let kind = Kind::of(site, &method, &path);
        // The control API is nobody's service, and the way back from a setting that is too slow.
        let own_control = site == Site::Loopback && kind != Kind::ManagedIdentity;
        let client_request_id = client_request_id(request.headers());
        let fault = self.faults.strike(host, method.as_str(), &path);

        let answer = match &fault {
            Some(FaultAction::Reset) => None,
            Some(FaultAction::Status { code, headers, body }) => Some(prescribed(*code, headers, body)),
            Some(FaultAction::Aadsts { code, retry_after_seconds }) => {
                let now = self.clock.now().into();
                Some(prescribed_refusal(*code, *retry_after_seconds, request.headers(), now))
            }
            _ => {
                request.extensions_mut().insert(RequestHost(host.to_owned()));
                if !own_control {
                    self.key.made().await;
                }
                Some(self.serve(site, request).await)
            }
        };
        if !own_control {
            tokio::time::sleep(self.latency.of(kind).saturating_sub(arrival.elapsed())).await;
        }
        if let Some(FaultAction::Delay { millis }) = fault {
            tokio::time::sleep(Duration::from_millis(millis)).await;
        }

        let attribution = answer.as_ref().and_then(|answer| answer.extensions().get::<Attribution>()).copied();
        let attribution = attribution.unwrap_or_default();
        if !own_control {
            self.journal.record(Entry {
                path: path.chars().take(LONGEST_RECORDED_PATH).collect(),
                kind,
                status: answer.as_ref().map(|answer| answer.status().as_u16()),
                tenant: attribution.tenant,
                client_app: attribution.client_app,
                client_request_id,
                ..self.entry(host, &method)
            });
        }

        let answer = self.dated(answer.ok_or(Closed)?);
        if matches!(fault, Some(FaultAction::Truncate)) { Ok(cut_in_half(answer).await) } else { Ok(answer) }
    }

    /// Refuses a request that no service of the lab is to see, and puts it on record: a program that tries to reach
    /// other hosts is worth knowing.
    pub(crate) fn refuse(&self, host: &str, method: &Method, status: StatusCode, words: String) -> Response<Body> {
        self.journal.record(Entry { status: Some(status.as_u16()), ..self.entry(host, method) });
        let plain = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
        self.dated((status, plain, words).into_response())
    }

    /// Every answer shows the lab's time.
    pub(crate) fn dated(&self, mut answer: Response<Body>) -> Response<Body> {
        if let Some(date) = http_date(self.clock.now()) {
            answer.headers_mut().insert(header::DATE, date);
        }
        answer
    }

    fn entry(&self, host: &str, method: &Method) -> Entry {
        Entry {
            number: 0,
            at: self.clock.now().into(),
            // A caller chooses this name freely; longer than a DNS name it is not one.
            host: host.chars().take(255).collect(),
            method: method.as_str().chars().take(LONGEST_RECORDED_METHOD).collect(),
            path: String::new(),
            kind: Kind::Other,
            status: None,
            tenant: None,
            client_app: None,
            client_request_id: None,
        }
    }

    async fn serve(&self, site: Site, request: Request<Body>) -> Response<Body> {
        let router = match site {
            Site::Entra => &self.services.entra,
            Site::EntraMtls => &self.services.entra_mtls,
            Site::Graph => &self.services.graph,
            Site::Management => &self.services.management,
            Site::Vault => &self.services.vault,
            Site::OidcIssuer => &self.services.oidc_issuers,
            Site::Imds => &self.services.imds,
            Site::Loopback => &self.services.loopback,
        };
        match tokio::time::timeout(self.service_time, router.clone().oneshot(request)).await {
            Ok(answer) => answer.unwrap_or_else(|never: Infallible| match never {}),
            Err(_elapsed) => StatusCode::REQUEST_TIMEOUT.into_response(),
        }
    }
}

/// A router with the limits every service of the lab has.
pub(crate) fn limited(router: Router) -> Router {
    limited_to(router, MOST_BODY_BYTES)
}

/// A router of which some route takes bodies of `most` bytes; the others have the usual limit.
pub(crate) fn limited_to(router: Router, most: usize) -> Router {
    // a body that says itself that it is too long is not waited for
    let check = move |request: Request<Body>, next: Next| async move {
        let length = request.body().size_hint().lower();
        if usize::try_from(length).is_ok_and(|length| length <= most) {
            next.run(request).await
        } else {
            StatusCode::PAYLOAD_TOO_LARGE.into_response()
        }
    };
    router.layer(DefaultBodyLimit::max(MOST_BODY_BYTES)).layer(middleware::from_fn(check))
}

/// The caller's id, when it is a plain one; a journal holds no free text of callers.
fn client_request_id(headers: &HeaderMap) -> Option<String> {
    let value = headers.get("client-request-id").or_else(|| headers.get("x-ms-client-request-id"))?.to_str().ok()?;
    let plain = value.len() <= 64 && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    plain.then(|| value.to_owned())
}

fn prescribed(code: u16, headers: &std::collections::BTreeMap<String, String>, body: &str) -> Response<Body> {
    let mut answer = Response::new(Body::from(body.to_owned()));
    let status = StatusCode::from_u16(code).ok().filter(|status| !status.is_informational());
    *answer.status_mut() = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value))
            // the server frames the body itself and takes another opinion for a mistake
            && name != header::CONTENT_LENGTH
            && name != header::TRANSFER_ENCODING
        {
            answer.headers_mut().insert(name, value);
        }
    }
    answer
}

async fn cut_in_half(answer: Response<Body>) -> Response<Body> {
    let (mut parts, body) = answer.into_parts();
    let whole = to_bytes(body, MOST_ANSWER_BYTES).await.unwrap_or_default();
    parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(whole.len()));
    let half = whole.slice(..whole.len() / 2);
    let pieces: [Result<Bytes, Closed>; 2] = [Ok(half), Err(Closed)];
    Response::from_parts(parts, Body::from_stream(futures::stream::iter(pieces)))
}

fn http_date(now: SystemTime) -> Option<HeaderValue> {
    let text = OffsetDateTime::from(now).format(HTTP_DATE).ok()?;
    HeaderValue::try_from(text).ok()
}

/// The host a request names, in lower case, from its target or its `Host` header.
pub(crate) fn named_host(uri: &Uri, headers: &HeaderMap) -> Option<(String, Option<u16>)> {
    let from_header = || headers.get(header::HOST)?.to_str().ok()?.parse().ok();
    let authority = uri.authority().cloned().or_else(from_header)?;
    let host = authority.host().trim_end_matches('.').to_ascii_lowercase();
    Some((host, authority.port_u16()))
}
