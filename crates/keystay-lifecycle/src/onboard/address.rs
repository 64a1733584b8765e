//! Addresses: this server's own, and the consent page at Entra.

use std::{fmt, str::FromStr};

use keystay::{ClientId, Cloud, Scopes};
use url::{Host, Url};

/// The address by which browsers reach the onboarding server: `https://onboard.example.com`, or `http://localhost:8400`
/// on this computer. An origin: no path, no query.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PublicUrl {
    origin: String,
    authority: String,
    secure: bool,
}

/// Not an address browsers can be sent to.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("`{given}` cannot be the public address: {reason}")]
pub struct PublicUrlError {
    given: String,
    reason: &'static str,
}

impl PublicUrl {
    /// Whether browsers come by https.
    pub fn is_secure(&self) -> bool {
        self.secure
    }

    /// The redirect URI to register on the app, letter by letter.
    pub fn redirect_uri(&self) -> String {
        format!("{}/consented", self.origin)
    }

    /// The address of the page a customer's administrator begins at.
    pub fn join(&self, secret: &str) -> String {
        format!("{}/join/{secret}", self.origin)
    }

    /// What browsers call the origin.
    pub(super) fn origin(&self) -> &str {
        &self.origin
    }

    /// Whether a `Host` header names this server (RFC 9110 section 7.2).
    pub(super) fn is_host(&self, host: &str) -> bool {
        let default_port = if self.secure { ":443" } else { ":80" };
        host.strip_suffix(default_port).unwrap_or(host).eq_ignore_ascii_case(&self.authority)
    }
}

impl FromStr for PublicUrl {
    type Err = PublicUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = |reason| PublicUrlError { given: text.chars().take(100).collect(), reason };
        let url = Url::parse(text).map_err(|_| wrong("it is no URL"))?;
        let secure = match (url.scheme(), url.host()) {
            ("https", Some(_)) => true,
            ("http", Some(host)) if is_this_computer(&host) => false,
            ("http", _) => return Err(wrong("Entra sends browsers to https only, or to `http://localhost`")),
            _ => return Err(wrong("it must begin with https://")),
        };
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() {
            return Err(wrong("it must be scheme, host and port, with nothing behind"));
        }
        let origin = url.origin().ascii_serialization();
        let authority = origin.split_once("://").map_or_else(String::new, |(_, authority)| authority.to_owned());
        Ok(Self { origin, authority, secure })
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.origin)
    }
}

fn is_this_computer(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

/// The consent page of `tenant` (Microsoft identity platform, "Admin consent", v2.0): an id or a domain, or
/// `organizations` for that of whoever signs in.
pub(super) fn consent_page(
    cloud: &Cloud,
    tenant: &str,
    app: ClientId,
    scopes: &Scopes,
    redirect_uri: &str,
    state: &str,
) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("client_id", &app.to_string())
        .append_pair("scope", scopes.as_str())
        .append_pair("redirect_uri", redirect_uri)
        .append_pair("state", state)
        .finish();
    format!("https://{}/{tenant}/v2.0/adminconsent?{query}", cloud.login_host())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_of_https_or_of_this_computer_is_an_address() {
        let url: PublicUrl = "https://Onboard.Example:443/".parse().unwrap();
        assert_eq!(url.redirect_uri(), "https://onboard.example/consented");
        assert!(url.is_host("onboard.example") && url.is_host("ONBOARD.example:443"));
        for host in ["", "onboard.example:80", "onboard.example.evil", "127.0.0.1", "onboard.example:443:443"] {
            assert!(!url.is_host(host), "{host}");
        }
        let url: PublicUrl = "http://localhost:8400".parse().unwrap();
        assert!(url.is_host("localhost:8400") && !url.is_host("localhost") && !url.is_host("127.0.0.1:8400"));
        for wrong in
            ["http://onboard.example", "https://a/b", "https://a?b", "https://u@a", "ftp://a", "localhost:80", ""]
        {
            assert!(wrong.parse::<PublicUrl>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_consent_page_asks_for_the_whole_scope_and_escapes_what_it_is_given() {
        let app = "6a2f1c0e-0b6c-4d0e-9b34-51f3a5d7c0aa".parse().unwrap();
        let redirect_uri = "http://localhost:8400/consented";
        let page =
            consent_page(&Cloud::UsGovernment, "organizations", app, &Scopes::graph(), redirect_uri, "a.1.2.b&c");
        assert_eq!(
            page,
            "https://login.microsoftonline.us/organizations/v2.0/adminconsent?client_id=6a2f1c0e-0b6c-4d0e-9b34-51f3a5d7c0aa\
             &scope=https%3A%2F%2Fgraph.microsoft.com%2F.default&redirect_uri=http%3A%2F%2Flocalhost%3A8400%2Fconsented&state=a.1.2.b%26c"
        );
    }
}
