//! The host name a request was made to.

/// The host of the CONNECT tunnel a request came through, in lower case and without a port; an axum extension.
///
/// A service reads this rather than the `Host` header: the proxy has checked that both agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RequestHost(pub(crate) String);
