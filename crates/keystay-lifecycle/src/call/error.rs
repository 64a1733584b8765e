//! Why Graph or Resource Manager did not do what was asked.

use std::{fmt, time::Duration};

use azure_core::http::headers::{HeaderName, Headers};
use keystay::{Fault, scrub};
use serde::Deserialize;

/// A call that failed. `Display` says what was being done and what the service said; [`hint`](Self::hint) what to do.
///
/// Keeps the service's code and request id for a support case. Never holds a token, a proof or the body of a request.
#[derive(Clone, Debug)]
pub struct CallError(Box<Said>);

#[derive(Clone, Debug)]
struct Said {
    service: &'static str,
    doing: String,
    kind: CallErrorKind,
    status: Option<u16>,
    code: Option<String>,
    message: Option<String>,
    request_id: Option<String>,
}

/// What went wrong with a call.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum CallErrorKind {
    /// The answer made no sense.
    Answer,
    /// Somebody changed the same thing in between.
    Changed,
    /// It is there already (409).
    Conflict,
    /// The credential got no token for the service, or the service did not accept it (401).
    Credential,
    /// The caller may not do this (403).
    Denied,
    /// The service does not accept the request as it is (400).
    Invalid,
    /// Not there (404).
    NotFound,
    /// A policy of the tenant forbids the credential.
    Policy,
    /// The proof of a key was not accepted (Graph, `addKey` and `removeKey`).
    Proof,
    /// Too many requests (429).
    Throttled {
        /// How long the service asked to wait, when it said so.
        retry_after: Option<Duration>,
    },
    /// No answer in time.
    TimedOut,
    /// The service failed (5xx).
    Unavailable,
    /// The service could not be reached.
    Unreachable,
}

/// `{"error":{"code","message","innerError":{"request-id"}}}`: Graph's error body and Resource Manager's.
#[derive(Default, Deserialize)]
struct Body {
    #[serde(default)]
    error: Inner,
}

#[derive(Default, Deserialize)]
struct Inner {
    code: Option<String>,
    message: Option<String>,
    #[serde(rename = "innerError", alias = "innererror", default)]
    ids: Ids,
}

#[derive(Default, Deserialize)]
struct Ids {
    #[serde(rename = "request-id")]
    request_id: Option<String>,
}

impl CallError {
    pub(crate) fn new(service: &'static str, doing: &str, kind: CallErrorKind) -> Self {
        let doing = doing.to_owned();
        Self(Box::new(Said { service, doing, kind, status: None, code: None, message: None, request_id: None }))
    }

    /// Adds what was said, without anything that looks like a token.
    pub(crate) fn with_message(mut self, message: impl AsRef<str>) -> Self {
        let one_line = message.as_ref().split_whitespace().collect::<Vec<_>>().join(" ");
        self.0.message = Some(scrub(&one_line)).filter(|message| !message.is_empty());
        self
    }

    /// Reads an error answer (Microsoft Graph, "Error responses and resource types").
    pub(crate) fn read(service: &'static str, doing: &str, status: u16, headers: &Headers, body: &[u8]) -> Self {
        let header = |name: &'static str| headers.get_optional_string(&HeaderName::from_static(name));
        let Body { error } = serde_json::from_slice(body).unwrap_or_default();
        let code = error.code.map(|code| scrub(&code));
        let retry_after = header("retry-after").and_then(|text| text.trim().parse().ok()).map(Duration::from_secs);
        let kind = kind_of(status, code.as_deref().unwrap_or_default(), retry_after);
        let request_id = error.ids.request_id.or_else(|| header("request-id")).or_else(|| header("x-ms-request-id"));
        let mut read = Self::new(service, doing, kind);
        (read.0.status, read.0.code) = (Some(status), code);
        read.0.request_id = request_id.map(|id| scrub(&id));
        read.with_message(error.message.unwrap_or_default())
    }

    /// The same failure, understood better by whoever knows what was asked.
    pub(crate) fn read_as(mut self, kind: CallErrorKind) -> Self {
        self.0.kind = kind;
        self
    }

    /// What went wrong.
    pub fn kind(&self) -> CallErrorKind {
        self.0.kind
    }

    /// What was being done, such as `reading application …`.
    pub fn doing(&self) -> &str {
        &self.0.doing
    }

    /// The service's own code, such as `Authorization_RequestDenied`.
    pub fn service_code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// The service's id of the request, for a support case.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// The HTTP status, when there was an answer.
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// A stable name for this kind of failure.
    pub fn code(&self) -> &'static str {
        match self.0.kind {
            CallErrorKind::Answer => "call-answer",
            CallErrorKind::Changed => "call-changed",
            CallErrorKind::Conflict => "call-conflict",
            CallErrorKind::Credential => "call-credential",
            CallErrorKind::Denied => "call-denied",
            CallErrorKind::Invalid => "call-invalid",
            CallErrorKind::NotFound => "call-not-found",
            CallErrorKind::Policy => "call-policy",
            CallErrorKind::Proof => "call-proof",
            CallErrorKind::Throttled { .. } => "call-throttled",
            CallErrorKind::TimedOut => "call-timed-out",
            CallErrorKind::Unavailable => "call-unavailable",
            CallErrorKind::Unreachable => "call-unreachable",
        }
    }

    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        match self.0.kind {
            CallErrorKind::Policy => Fault::AppOwner,
            CallErrorKind::Answer | CallErrorKind::TimedOut | CallErrorKind::Unreachable => Fault::Network,
            CallErrorKind::Throttled { .. } | CallErrorKind::Unavailable => Fault::Service,
            CallErrorKind::Invalid => Fault::Keystay,
            _ => Fault::Operator,
        }
    }

    /// Whether the same call can succeed later without anybody changing anything.
    pub fn is_passing(&self) -> bool {
        matches!(
            self.0.kind,
            CallErrorKind::Changed
                | CallErrorKind::Throttled { .. }
                | CallErrorKind::TimedOut
                | CallErrorKind::Unavailable
                | CallErrorKind::Unreachable
        )
    }

    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self.0.kind {
            CallErrorKind::Answer => {
                "something between here and the service answers in its place: check proxies and certificate authorities"
            }
            CallErrorKind::Changed => "somebody else changes the same object: find out who, then run this again",
            CallErrorKind::Conflict => "it is there already: run this again, it goes on from what it finds",
            CallErrorKind::Credential => {
                "check who this runs as: `az login` done, the managed identity assigned, or the workload identity variables set"
            }
            CallErrorKind::Denied if self.0.service == GRAPH => {
                "make the caller an owner of the app registration with Application.ReadWrite.OwnedBy, or an Application Administrator"
            }
            CallErrorKind::Denied => {
                "give the caller the role User Access Administrator, and Key Vault Contributor for network rules, on the vault"
            }
            CallErrorKind::Invalid => {
                "this is a bug, unless the service's message names a value of yours: please report it"
            }
            CallErrorKind::NotFound => "check the id and that the caller signs in to the app's home tenant",
            CallErrorKind::Policy => {
                "an app management policy of the tenant forbids this credential: shorten the certificate's life, or exempt the app"
            }
            CallErrorKind::Proof => {
                "Graph answers like this to any wrong proof: the key that signed must be registered and valid now, and this computer's clock right"
            }
            CallErrorKind::Throttled { .. } => "wait a little and run this again, it goes on from what it finds",
            CallErrorKind::TimedOut | CallErrorKind::Unavailable | CallErrorKind::Unreachable => {
                "check DNS, proxy and firewall, then Azure's status page; run this again, it goes on from what it finds"
            }
        }
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Said { service, doing, .. } = &*self.0;
        match self.0.kind {
            CallErrorKind::Answer => write!(formatter, "{doing}: {service}'s answer makes no sense"),
            CallErrorKind::Changed => write!(formatter, "{doing}: somebody changed it in between"),
            CallErrorKind::Conflict => write!(formatter, "{doing}: {service} says it is there already"),
            CallErrorKind::Credential => write!(formatter, "{doing}: no token that {service} accepts"),
            CallErrorKind::Denied => write!(formatter, "{doing}: {service} does not allow this caller to"),
            CallErrorKind::Invalid => write!(formatter, "{doing}: {service} does not take the request"),
            CallErrorKind::NotFound => write!(formatter, "{doing}: {service} does not know it"),
            CallErrorKind::Policy => write!(formatter, "{doing}: a policy of the tenant forbids it"),
            CallErrorKind::Proof => write!(formatter, "{doing}: {service} does not accept the proof"),
            CallErrorKind::Throttled { .. } => write!(formatter, "{doing}: {service} is asked too often"),
            CallErrorKind::TimedOut => write!(formatter, "{doing}: {service} did not answer in time"),
            CallErrorKind::Unavailable => write!(formatter, "{doing}: {service} failed"),
            CallErrorKind::Unreachable => write!(formatter, "{doing}: {service} cannot be reached"),
        }?;
        match (&self.0.code, self.0.status) {
            (Some(code), Some(status)) => write!(formatter, " ({code}, HTTP {status})"),
            (None, Some(status)) => write!(formatter, " (HTTP {status})"),
            (Some(code), None) => write!(formatter, " ({code})"),
            (None, None) => Ok(()),
        }?;
        if let Some(message) = &self.0.message {
            write!(formatter, ": {message}")?;
        }
        if let Some(id) = &self.0.request_id {
            write!(formatter, " [request id {id}]")?;
        }
        Ok(())
    }
}

impl std::error::Error for CallError {}

pub(crate) const GRAPH: &str = "Microsoft Graph";

fn kind_of(status: u16, code: &str, retry_after: Option<Duration>) -> CallErrorKind {
    match status {
        400 if code.ends_with("AsPerAppPolicy") => CallErrorKind::Policy,
        400 => CallErrorKind::Invalid,
        401 => CallErrorKind::Credential,
        403 => CallErrorKind::Denied,
        404 => CallErrorKind::NotFound,
        408 => CallErrorKind::TimedOut,
        409 => CallErrorKind::Conflict,
        412 => CallErrorKind::Changed,
        429 => CallErrorKind::Throttled { retry_after },
        500..=599 => CallErrorKind::Unavailable,
        _ => CallErrorKind::Answer,
    }
}

/// An error and its causes on one line, each said once.
pub(super) fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        if !text.contains(&next) {
            text.push_str(": ");
            text.push_str(&next);
        }
        cause = error.source();
    }
    text
}
