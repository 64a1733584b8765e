//! Why a key did not sign.

use std::{fmt, time::Duration};

use azure_core::{
    error::{ErrorKind, ErrorResponse},
    http::StatusCode,
};

use crate::{
    error::{Fault, Retry},
    secret::scrub,
};

/// A key that could not be read, or that did not sign.
///
/// `Display` says what happened to which key; [`hint`](Self::hint) what to do. Never holds a digest or a signature.
#[derive(Clone, Debug)]
pub struct KeyError {
    key: String,
    kind: KeyErrorKind,
    detail: Option<String>,
    request_id: Option<String>,
}

/// What went wrong with a key.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum KeyErrorKind {
    /// The algorithm does not fit the key.
    Algorithm,
    /// The keeper's answer made no sense.
    Answer,
    /// The vault credential could not get a token for the vault.
    Credential,
    /// The vault refused this caller (403).
    Denied,
    /// The key or this version of it is disabled, expired or not yet valid (403).
    Disabled,
    /// What was configured is not usable: a wrong id, a certificate that does not fit.
    Invalid,
    /// The vault's firewall refused this machine's address (403).
    Network,
    /// No such key or certificate (404).
    NotFound,
    /// The vault's limit is reached (429).
    Throttled {
        /// How long the vault asked to wait, when it said so.
        retry_after: Option<Duration>,
    },
    /// No answer in time.
    TimedOut,
    /// The vault failed (5xx).
    Unavailable,
    /// The vault could not be reached.
    Unreachable,
    /// What came back is no signature by this certificate's key.
    WrongSignature,
}

impl KeyError {
    /// An error of this kind about the key called `key`.
    pub fn new(key: impl Into<String>, kind: KeyErrorKind) -> Self {
        Self { key: key.into(), kind, detail: None, request_id: None }
    }

    /// Adds what the keeper said, or what exactly is wrong. Anything that looks like a token is taken out.
    #[must_use]
    pub fn with_detail(mut self, detail: impl AsRef<str>) -> Self {
        let one_line = detail.as_ref().split_whitespace().collect::<Vec<_>>().join(" ");
        self.detail = Some(scrub(&one_line)).filter(|detail| !detail.is_empty());
        self
    }

    /// Reads an error of the Azure SDK.
    pub(super) fn from_azure(key: &str, error: &azure_core::Error) -> Self {
        match error.kind() {
            ErrorKind::HttpResponse { status, raw_response, error_code } => {
                let body: Option<ErrorResponse> =
                    raw_response.as_ref().and_then(|raw| serde_json::from_slice(raw.body().as_ref()).ok());
                let error = body.and_then(|body| body.error);
                let inner = error.as_ref().and_then(|error| error.inner_error.as_ref()?.code.clone());
                let code = inner.or_else(|| error.as_ref()?.code.clone()).or_else(|| error_code.clone());
                let header = |name: &'static str| {
                    raw_response.as_ref().and_then(|raw| {
                        raw.headers().get_optional_string(&azure_core::http::headers::HeaderName::from_static(name))
                    })
                };
                let retry_after = header("retry-after").and_then(|text| text.parse().ok()).map(Duration::from_secs);
                let kind = kind_of_answer(*status, code.as_deref().unwrap_or_default(), retry_after);
                let message = error.and_then(|error| error.message).unwrap_or_default();
                let detail = format!("{} {}: {message}", u16::from(*status), code.unwrap_or_default());
                Self { request_id: header("x-ms-request-id"), ..Self::new(key, kind) }
                    .with_detail(detail.trim_end_matches([':', ' ']))
            }
            ErrorKind::Credential => Self::new(key, KeyErrorKind::Credential).with_detail(chain(error)),
            ErrorKind::Connection | ErrorKind::Io => {
                Self::new(key, KeyErrorKind::Unreachable).with_detail(chain(error))
            }
            _ => Self::new(key, KeyErrorKind::Answer).with_detail(chain(error)),
        }
    }

    /// What went wrong.
    pub fn kind(&self) -> &KeyErrorKind {
        &self.kind
    }

    /// What messages call the key.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The vault's own id of the failed request, for a support case.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// A stable name for this kind of failure.
    pub fn code(&self) -> &'static str {
        match self.kind {
            KeyErrorKind::Algorithm => "key-algorithm",
            KeyErrorKind::Answer => "key-answer",
            KeyErrorKind::Credential => "key-credential",
            KeyErrorKind::Denied => "key-denied",
            KeyErrorKind::Disabled => "key-disabled",
            KeyErrorKind::Invalid => "key-invalid",
            KeyErrorKind::Network => "key-network",
            KeyErrorKind::NotFound => "key-not-found",
            KeyErrorKind::Throttled { .. } => "key-throttled",
            KeyErrorKind::TimedOut => "key-timed-out",
            KeyErrorKind::Unavailable => "key-unavailable",
            KeyErrorKind::Unreachable => "key-unreachable",
            KeyErrorKind::WrongSignature => "key-wrong-signature",
        }
    }

    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        match self.kind {
            KeyErrorKind::Unavailable | KeyErrorKind::Answer | KeyErrorKind::WrongSignature => Fault::Service,
            KeyErrorKind::TimedOut | KeyErrorKind::Unreachable => Fault::Network,
            _ => Fault::Operator,
        }
    }

    /// Whether trying again can help.
    pub fn retry(&self) -> Retry {
        match self.kind {
            KeyErrorKind::Throttled { retry_after: Some(wait) } => Retry::After(wait),
            KeyErrorKind::Throttled { retry_after: None }
            | KeyErrorKind::TimedOut
            | KeyErrorKind::Unavailable
            | KeyErrorKind::Unreachable
            | KeyErrorKind::Credential => Retry::Backoff,
            _ => Retry::Never,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self.kind {
            KeyErrorKind::Algorithm => "Entra takes RSA keys of 2048 bits or more; create the certificate as RSA",
            KeyErrorKind::Answer => "check that the address is the vault's own and that no proxy answers in its place",
            KeyErrorKind::Credential => {
                "check the identity this program runs as: a managed identity must be assigned to the host, `az login` done, or the workload identity variables set"
            }
            KeyErrorKind::Denied => {
                "give the identity a role with `keys/sign/action` and `keys/read` on the key, and `certificates/read` to find it by certificate name; a new assignment needs up to 10 minutes"
            }
            KeyErrorKind::Disabled => {
                "look at the key version's enabled flag and dates; if nobody of yours disabled it, somebody may have cut a breach: ask before you enable it"
            }
            KeyErrorKind::Invalid => "correct the configuration as said above",
            KeyErrorKind::Network => {
                "let this machine's address through the vault's firewall, or reach the vault by its private endpoint"
            }
            KeyErrorKind::NotFound => {
                "check the vault's address and the name; names are not case-sensitive, versions are exact"
            }
            KeyErrorKind::Throttled { .. } => {
                "the vault's signing limit is reached: share one client, keep tokens cached, or spread tenants over more vaults"
            }
            KeyErrorKind::TimedOut | KeyErrorKind::Unavailable | KeyErrorKind::Unreachable => {
                "tokens already cached are still served; check the vault's address, DNS, proxy and certificate authorities, then Azure's status page"
            }
            KeyErrorKind::WrongSignature => {
                "the key that signed is not the certificate's: pin the version both belong to; nothing was sent to Entra"
            }
        }
    }
}

impl fmt::Display for KeyError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            KeyErrorKind::Algorithm => "cannot sign with this algorithm",
            KeyErrorKind::Answer => "gave an answer that makes no sense",
            KeyErrorKind::Credential => "cannot be reached: the vault credential got no token",
            KeyErrorKind::Denied => "may not be used by this identity",
            KeyErrorKind::Disabled => "is disabled, expired or not yet valid",
            KeyErrorKind::Invalid => "cannot be used",
            KeyErrorKind::Network => "is behind a firewall that refuses this machine",
            KeyErrorKind::NotFound => "does not exist",
            KeyErrorKind::Throttled { .. } => "is throttled by its vault",
            KeyErrorKind::TimedOut => "did not answer in time",
            KeyErrorKind::Unavailable => "is unavailable: the vault failed",
            KeyErrorKind::Unreachable => "cannot be reached",
            KeyErrorKind::WrongSignature => "returned a signature that its certificate does not verify",
        };
        write!(formatter, "key `{}` {what}", self.key)?;
        if let Some(detail) = &self.detail {
            write!(formatter, " ({detail})")?;
        }
        Ok(())
    }
}

impl std::error::Error for KeyError {}

fn kind_of_answer(status: StatusCode, code: &str, retry_after: Option<Duration>) -> KeyErrorKind {
    match u16::from(status) {
        401 => KeyErrorKind::Credential,
        403 if code.contains("Disabled") || code.contains("Expired") || code.contains("NotYetValid") => {
            KeyErrorKind::Disabled
        }
        403 if code == "ForbiddenByFirewall" || code == "ForbiddenByConnection" => KeyErrorKind::Network,
        403 => KeyErrorKind::Denied,
        404 => KeyErrorKind::NotFound,
        408 => KeyErrorKind::TimedOut,
        429 => KeyErrorKind::Throttled { retry_after },
        500..=599 => KeyErrorKind::Unavailable,
        _ => KeyErrorKind::Answer,
    }
}

/// An error and its causes on one line, each said once.
fn chain(error: &dyn std::error::Error) -> String {
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
