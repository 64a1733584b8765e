//! One request to a service of Azure that speaks JSON: token, limit, retries, and what its errors mean.

mod error;

use std::{sync::Arc, time::Duration};

use azure_core::http::{Context, Method, Request, Url};
use keystay::{Clock, SystemClock, TokenCredential, Transport, within};
use serde_json::Value;
use uuid::Uuid;

pub(crate) use error::GRAPH;
pub use error::{CallError, CallErrorKind};

/// One try. The services answer within a second or two; this is for one that hangs.
const TRY_LIMIT: Duration = Duration::from_secs(30);
/// Tries of a call that can be repeated.
const TRIES: u32 = 4;
/// The pause before the second try; it doubles.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// A service that asks for more patience than this is reported as throttled instead of waited for.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// More than any answer used here.
const LARGEST_ANSWER: usize = 16 * 1024 * 1024;

/// How the services are reached: connections, who we are towards them, and the time.
#[derive(Clone)]
pub struct Remote {
    /// The connections of everything.
    pub transport: Transport,
    /// Who asks: the operator, or the app itself.
    pub credential: Arc<dyn TokenCredential>,
    /// The time, for limits and pauses.
    pub clock: Arc<dyn Clock>,
}

impl Remote {
    /// Over `transport`, in the name of `credential`, by the computer's clock.
    pub fn new(transport: Transport, credential: Arc<dyn TokenCredential>) -> Self {
        Self { transport, credential, clock: Arc::new(SystemClock) }
    }
}

/// Nothing of what others print about themselves: a transport may hold requests.
impl std::fmt::Debug for Remote {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Remote").field("clock", &self.clock).finish_non_exhaustive()
    }
}

/// A service and how it is reached.
#[derive(Clone, Debug)]
pub(crate) struct Service {
    pub(crate) name: &'static str,
    /// Without a slash at the end.
    pub(crate) base: String,
    pub(crate) scope: String,
    pub(crate) remote: Remote,
}

/// Text as a part of an address, whatever is in it.
pub(crate) fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

impl Service {
    pub(crate) fn new(name: &'static str, resource: &str, path: &str, remote: Remote) -> Self {
        Self { name, base: format!("{resource}{path}"), scope: format!("{resource}/.default"), remote }
    }

    /// Reads; `doing` is what messages call it: "reading application …".
    pub(crate) async fn get(&self, path: &str, doing: &str) -> Result<Value, CallError> {
        self.send(Method::Get, path, None, doing).await
    }

    /// Reads a list to its end (`nextLink` of Resource Manager, `@odata.nextLink` of Graph).
    pub(crate) async fn list(&self, path: &str, doing: &str) -> Result<Vec<Value>, CallError> {
        let mut found = Vec::new();
        let mut next = Some(path.to_owned());
        while let Some(path) = next {
            let mut page = self.get(&path, doing).await?;
            if let Some(Value::Array(values)) = page.get_mut("value").map(Value::take) {
                found.extend(values);
            }
            next = self.next_page(&page, doing)?;
        }
        Ok(found)
    }

    /// Reads what is there: an object, or all pages of a list as one array.
    pub(crate) async fn whole(&self, path: &str, doing: &str) -> Result<Value, CallError> {
        let mut first = self.get(path, doing).await?;
        let Some(Value::Array(mut found)) = first.get_mut("value").map(Value::take) else { return Ok(first) };
        if let Some(next) = self.next_page(&first, doing)? {
            found.extend(self.list(&next, doing).await?);
        }
        Ok(Value::Array(found))
    }

    /// Where the page after this one is. The token goes to this service and nowhere else, wherever an answer points.
    fn next_page(&self, page: &Value, doing: &str) -> Result<Option<String>, CallError> {
        let link = page.get("@odata.nextLink").or_else(|| page.get("nextLink")).and_then(Value::as_str);
        let elsewhere = || self.error(doing, CallErrorKind::Answer).with_message("the next page is at another host");
        link.map(|link| self.below(link).ok_or_else(elsewhere)).transpose()
    }

    fn below(&self, link: &str) -> Option<String> {
        let host = Url::parse(&self.base).ok()?;
        let url = Url::parse(link).ok()?;
        let same = url.scheme() == host.scheme() && url.host_str() == host.host_str() && url.port() == host.port();
        same.then(|| format!("{}{}", url.path(), url.query().map(|query| format!("?{query}")).unwrap_or_default()))
    }

    /// Sends a request and reads the answer, `null` when there is none.
    ///
    /// GET, PUT, PATCH and DELETE are tried again when that can help; a POST only where the service said it did nothing
    /// (429). `path` begins with a slash: below the base, or a page the service named.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        doing: &str,
    ) -> Result<Value, CallError> {
        let mut pause = FIRST_PAUSE;
        let mut tries = 0;
        loop {
            tries += 1;
            let error = match within(self.remote.clock.as_ref(), TRY_LIMIT, self.once(method, path, body, doing)).await
            {
                Some(Ok(answer)) => return Ok(answer),
                Some(Err(error)) => error,
                None => self.error(doing, CallErrorKind::TimedOut),
            };
            let (wait, repeatable) = match error.kind() {
                CallErrorKind::Throttled { retry_after } => (retry_after.unwrap_or(pause), true),
                CallErrorKind::Unavailable
                | CallErrorKind::Unreachable
                | CallErrorKind::TimedOut
                | CallErrorKind::Credential => (pause, method != Method::Post),
                _ => return Err(error),
            };
            if !repeatable || tries == TRIES || wait > LONGEST_PAUSE {
                return Err(error);
            }
            tracing::debug!(service = self.name, doing, tries, "did not answer as hoped, trying again");
            self.remote.clock.sleep(wait).await;
            pause *= 2;
        }
    }

    async fn once(&self, method: Method, path: &str, body: Option<&Value>, doing: &str) -> Result<Value, CallError> {
        let unreachable = |error: &azure_core::Error| {
            self.error(doing, CallErrorKind::Unreachable).with_message(error::causes(error))
        };
        let token = self.token(doing).await?;
        let base = if path.starts_with("/v1.0/") { self.base.trim_end_matches("/v1.0") } else { &self.base };
        let url = Url::parse(&format!("{base}{path}"))
            .map_err(|error| self.error(doing, CallErrorKind::Invalid).with_message(error.to_string()))?;
        let mut request = Request::new(url, method);
        request.insert_header("authorization", format!("Bearer {}", token.secret()));
        request.insert_header("accept", "application/json");
        request.insert_header("client-request-id", Uuid::new_v4().to_string());
        if let Some(body) = body {
            request.insert_header("content-type", "application/json");
            request.set_body(body.to_string());
        }
        let answer =
            self.remote.transport.send(&Context::new(), &mut request).await.map_err(|error| unreachable(&error))?;
        let (status, headers, body) = answer.deconstruct();
        let body = body.collect().await.map_err(|error| unreachable(&error))?;
        let status = u16::from(status);
        if !(200..300).contains(&status) {
            return Err(CallError::read(self.name, doing, status, &headers, &body));
        }
        if body.is_empty() {
            return Ok(Value::Null);
        }
        if body.len() > LARGEST_ANSWER {
            return Err(self.error(doing, CallErrorKind::Answer).with_message("it is larger than any answer"));
        }
        // the parser's own message could quote the answer
        serde_json::from_slice(&body)
            .map_err(|_| self.error(doing, CallErrorKind::Answer).with_message("it is not JSON"))
    }

    /// A token for this service, or why there is none. Asked for once: whether to go on trying is the caller's affair.
    pub(crate) async fn token(&self, doing: &str) -> Result<azure_core::credentials::Secret, CallError> {
        let token = self.remote.credential.get_token(&[&self.scope], None).await;
        let token =
            token.map_err(|error| self.error(doing, CallErrorKind::Credential).with_message(error::causes(&error)))?;
        Ok(token.token)
    }

    pub(crate) fn error(&self, doing: &str, kind: CallErrorKind) -> CallError {
        CallError::new(self.name, doing, kind)
    }

    /// An answer as the type it should be.
    pub(crate) fn typed<T: serde::de::DeserializeOwned>(&self, value: Value, doing: &str) -> Result<T, CallError> {
        serde_json::from_value(value)
            .map_err(|_| self.error(doing, CallErrorKind::Answer).with_message("it lacks what it should hold"))
    }
}
