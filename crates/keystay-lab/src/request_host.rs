//! Which of the lab's hosts a request was meant for.

/// The host name a request was sent to, as an axum extension. The proxy sets it from the CONNECT line, so it stands even when
/// a client's `Host` header lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RequestHost(pub String);
