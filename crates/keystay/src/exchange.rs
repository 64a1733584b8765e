//! One request to a token endpoint: assertion in, token or refusal out.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use azure_core::http::{Context, Method, Request, Transport, Url, headers::Headers};
use serde::{Deserialize, Deserializer};
use time::{OffsetDateTime, format_description::well_known::Rfc2822};
use url::form_urlencoded;

use crate::{
    assertion::{Assertion, Proof},
    authority::{Cloud, Tenant},
    clock::{Clock, unix_seconds, within},
    error::{Error, ErrorKind},
    refusal::{Refusal, body::AnswerHead},
    scopes::Scopes,
    secret::{Secret, scrub},
};

/// One request. Entra answers in well under a second; this is for one that hangs.
const REQUEST_LIMIT: Duration = Duration::from_secs(20);
/// More than any token endpoint answers; a token with thousands of roles has some 100 KiB.
const LARGEST_ANSWER: usize = 1024 * 1024;

/// The token endpoint of every tenant of a cloud, over one shared transport.
pub(crate) struct Exchange {
    pub(crate) cloud: Cloud,
    pub(crate) transport: Transport,
    pub(crate) clock: Arc<dyn Clock>,
}

/// A token as Entra sent it.
#[derive(Debug)]
pub(crate) struct Issued {
    pub(crate) token: Secret,
    /// Lifetime in seconds from the moment the request was sent.
    pub(crate) expires_in: u64,
    pub(crate) refresh_in: Option<u64>,
    pub(crate) requested_at: Moment,
}

/// One moment by both clocks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    /// What the clock showed.
    pub(crate) shown: SystemTime,
    /// [`Clock::elapsed`] at that time.
    pub(crate) elapsed: Duration,
}

/// RFC 6749 section 5.1; Entra writes its numbers as numbers or strings.
#[derive(Deserialize)]
struct Answer {
    access_token: String,
    token_type: String,
    #[serde(deserialize_with = "seconds")]
    expires_in: u64,
    #[serde(default, deserialize_with = "optional_seconds")]
    refresh_in: Option<u64>,
}

impl Exchange {
    /// Sends `assertion` to the tenant's token endpoint (RFC 7523 section 2.2, RFC 6749 section 4.4).
    pub(crate) async fn request(
        &self,
        proof: &Proof,
        tenant: &Tenant,
        scopes: &Scopes,
        assertion: &Assertion,
    ) -> Result<Issued, Error> {
        let endpoint = self.cloud.token_endpoint(tenant);
        let unreachable = |detail: String| -> Error {
            let host = self.cloud.login_host().to_owned();
            ErrorKind::Unreachable { tenant: tenant.clone(), host, detail }.into()
        };
        let url = Url::parse(&endpoint).map_err(|error| unreachable(error.to_string()))?;
        let body = form_urlencoded::Serializer::new(String::with_capacity(1600))
            .append_pair("client_id", &proof.app().to_string())
            .append_pair("scope", scopes.as_str())
            .append_pair("grant_type", "client_credentials")
            .append_pair("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
            .append_pair("client_assertion", assertion.jwt().expose())
            .finish();
        let mut request = Request::new(url, Method::Post);
        request.insert_header("content-type", "application/x-www-form-urlencoded");
        request.insert_header("accept", "application/json");
        // the same id as the signature's: one search finds the request here, in Key Vault's log and in Entra's
        request.insert_header("client-request-id", assertion.id().to_string());
        request.insert_header("return-client-request-id", "true");
        request.set_body(body);

        let requested_at = Moment { shown: self.clock.now(), elapsed: self.clock.elapsed() };
        let context = Context::new();
        let exchange = async {
            let answer = self.transport.send(&context, &mut request).await?;
            let (status, headers, body) = answer.deconstruct();
            Ok::<_, azure_core::Error>((u16::from(status), headers, body.collect().await?))
        };
        let (status, headers, body) = match within(self.clock.as_ref(), REQUEST_LIMIT, exchange).await {
            Some(Ok(answer)) => answer,
            Some(Err(error)) => return Err(unreachable(causes(&error))),
            None => return Err(unreachable(format!("no answer within {} s", REQUEST_LIMIT.as_secs()))),
        };
        tracing::Span::current().record("http.response.status_code", status);
        if status == 200 {
            return read_token(tenant, &body, requested_at);
        }
        let head = AnswerHead { status, retry_after: retry_after(&headers), clock_offset: self.offset(&headers) };
        let refusal = Refusal::read(&head, &body, tenant, proof.app(), &self.cloud);
        tracing::debug!(%tenant, status, code = refusal.kind().code(), "Entra refused");
        Err(refusal.into())
    }

    /// How far the server's clock is ahead of ours, by the answer's `Date` (RFC 9110 section 6.6.1), in seconds.
    fn offset(&self, headers: &Headers) -> Option<i64> {
        let date = headers.get_optional_str(&"date".into())?;
        let server = OffsetDateTime::parse(date, &Rfc2822).ok()?.unix_timestamp();
        Some(server - i64::try_from(unix_seconds(self.clock.now())).ok()?)
    }
}

fn read_token(tenant: &Tenant, body: &[u8], requested_at: Moment) -> Result<Issued, Error> {
    let nonsense =
        |detail: &str| -> Error { ErrorKind::Answer { tenant: tenant.clone(), detail: detail.to_owned() }.into() };
    if body.len() > LARGEST_ANSWER {
        return Err(nonsense("it is larger than any token"));
    }
    // the parser's own message could quote the token
    let answer: Answer = serde_json::from_slice(body).map_err(|_| nonsense("it is not a token answer"))?;
    let token = Secret::new(answer.access_token);
    if !answer.token_type.eq_ignore_ascii_case("Bearer") {
        return Err(nonsense("it is not a Bearer token"));
    }
    if token.expose().is_empty() || !token.expose().bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(nonsense("its token is empty or holds characters no token has"));
    }
    if answer.expires_in == 0 {
        return Err(nonsense("its token has already expired"));
    }
    Ok(Issued { token, expires_in: answer.expires_in, refresh_in: answer.refresh_in, requested_at })
}

/// Seconds, or a date (RFC 9110 section 10.2.3); Entra sends seconds.
fn retry_after(headers: &Headers) -> Option<Duration> {
    headers.get_optional_str(&"retry-after".into())?.trim().parse().ok().map(Duration::from_secs)
}

fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let said = cause.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        next = cause.source();
    }
    scrub(&text)
}

#[derive(Deserialize)]
#[serde(untagged)]
enum NumberOrText {
    Number(f64),
    Text(String),
}

fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    optional_seconds(deserializer)?.ok_or_else(|| serde::de::Error::custom("no number of seconds"))
}

fn optional_seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    // ten years: anything longer is a mistake, and larger numbers would lose digits
    const LONGEST: f64 = 315_360_000.0;
    let number = match Option::<NumberOrText>::deserialize(deserializer)? {
        None => return Ok(None),
        Some(NumberOrText::Number(number)) => number,
        Some(NumberOrText::Text(text)) => text.trim().parse().map_err(serde::de::Error::custom)?,
    };
    if !(0.0..=LONGEST).contains(&number) {
        return Err(serde::de::Error::custom("not a sensible number of seconds"));
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked against the range above")]
    Ok(Some(number as u64))
}
