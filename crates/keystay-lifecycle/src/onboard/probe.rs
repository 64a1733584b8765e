//! A call with the real permission, for those who want to see more than a token.

use std::{fmt, str::FromStr, sync::Arc};

use keystay::{Client, Clock, Tenant, Transport};

use super::look::Again;
use crate::{
    call::{CallErrorKind, GRAPH, Remote, Service},
    tenants::{Meaning, RefusalNote},
};

/// A request to Microsoft Graph that reads and needs the app's permissions, such as `/users?$top=1`: what follows
/// `https://graph.microsoft.com/v1.0`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ProbePath(String);

/// Not a path of Microsoft Graph.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "`{0}` is no path of Microsoft Graph; expected what follows https://graph.microsoft.com/v1.0, such as `/users?$top=1`"
)]
pub struct ProbePathError(String);

impl FromStr for ProbePath {
    type Err = ProbePathError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let harmless = text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'#' | b'\\'));
        let inside =
            text.starts_with('/') && !text.starts_with("//") && !text.split(['/', '?']).any(|part| part == "..");
        if harmless && inside && text.len() > 1 {
            Ok(Self(text.to_owned()))
        } else {
            Err(ProbePathError(text.chars().take(60).collect()))
        }
    }
}

impl fmt::Display for ProbePath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A probe and how it travels. It reads one page, looks at the status, and throws the rest away.
#[derive(Clone)]
pub struct Probe {
    path: ProbePath,
    transport: Transport,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for Probe {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Probe").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Probe {
    /// Asks for `path`, over the connections of `transport`.
    pub fn new(path: ProbePath, transport: Transport, clock: Arc<dyn Clock>) -> Self {
        Self { path, transport, clock }
    }

    /// Whether Graph answers the app in this tenant. Uses the token that the client holds.
    pub(super) async fn run(&self, client: &Client, tenant: &Tenant) -> Result<(), (RefusalNote, Meaning, Again)> {
        let remote = Remote {
            transport: self.transport.clone(),
            credential: client.for_tenant(tenant.clone()),
            clock: self.clock.clone(),
        };
        let doing = format!("trying `{}` in tenant {tenant}", self.path);
        let service = Service::new(GRAPH, client.cloud().graph(), "/v1.0", remote);
        let Err(error) = service.get(&self.path.0, &doing).await else { return Ok(()) };
        let (meaning, again) = match error.kind() {
            // a permission can be in the token before Graph knows of it
            CallErrorKind::Denied | CallErrorKind::Credential => (Meaning::RolesMissing, Again::Lag),
            CallErrorKind::Throttled { retry_after: Some(wait) } => (Meaning::Nothing, Again::After(wait)),
            _ if error.is_passing() => (Meaning::Nothing, Again::Backoff),
            _ => (Meaning::Nothing, Again::Never),
        };
        Err((RefusalNote { code: error.code().to_owned(), words: error.to_string() }, meaning, again))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_probe_stays_below_graph() {
        assert!("/users?$top=1".parse::<ProbePath>().is_ok());
        for wrong in [
            "",
            "/",
            "users",
            "//evil.example",
            "/../beta",
            "/users/..",
            "/a b",
            "/users#x",
            "/a\\b",
            "https://evil.example/",
        ] {
            assert!(wrong.parse::<ProbePath>().is_err(), "{wrong}");
        }
    }
}
